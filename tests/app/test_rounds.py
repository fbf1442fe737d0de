from collections import deque
from collections.abc import Sequence

import pytest

from app import rounds
from app.jobs import Job, Outcome, Reading
from app.loading import LoadedModel
from app.rounds import ROUND_PICTURES, Round, answer_doubts, answer_sure, read_round
from model.checkpoint import Checkpoint
from model.decoding import PictureLimits
from model.errors import EngineError, PictureError, PictureFormatError, TenfoldError
from tests.app.samples import MEMBERS, ChosenEngine, chosen_model, png

LIMITS = PictureLimits()

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def engine() -> ChosenEngine:
    return ChosenEngine()


@pytest.fixture
def model(tiny_checkpoint: Checkpoint, engine: ChosenEngine) -> LoadedModel:
    return chosen_model(tiny_checkpoint, engine)


def job(*contents: bytes, consult_all: bool = False) -> Job:
    return Job(contents, consult_all, lambda _, outcomes: b"%d outcomes" % len(outcomes), submitted=0.0)


def answer(round_: Round, model: LoadedModel) -> list[Job]:
    return answer_sure(round_, model) + answer_doubts(Round(), round_.doubts, model)


def run(backlog: deque[Job], model: LoadedModel) -> list[Job]:
    round_ = Round()
    read_round(round_, backlog, limits=LIMITS)
    return answer(round_, model)


def test_waiting_jobs_share_one_run_of_the_networks(model: LoadedModel, engine: ChosenEngine) -> None:
    jobs = [job(png()) for _ in range(5)]
    assert run(deque(jobs), model) == jobs
    assert engine.runs == [5]


def test_jobs_that_want_every_member_are_run_apart(model: LoadedModel, engine: ChosenEngine) -> None:
    alone, together = job(png()), job(png(), consult_all=True)
    run(deque([together, alone]), model)
    assert engine.runs == [1, 1]
    assert [len(j.outcomes[0].prediction.votes) for j in (alone, together) if isinstance(j.outcomes[0], Reading)] == [
        1,
        3,
    ]


def test_sure_digits_are_done_before_the_doubtful_ones(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {1, 3}
    doubtful, sure, mixed = job(png()), job(png()), job(png(), png(line=0), png(), b"GIF89a")
    round_ = Round()
    read_round(round_, deque([sure, doubtful, mixed]), limits=LIMITS)
    assert answer_sure(round_, model) == [sure]
    assert [(doubt.job, doubt.place) for doubt in round_.doubts] == [(doubtful, 0), (mixed, 2)]
    assert answer_doubts(Round(), round_.doubts, model) == [doubtful, mixed]
    assert engine.runs == [4, 2]
    assert [type(outcome) for outcome in mixed.outcomes] == [Reading, Reading, Reading, PictureFormatError]
    votes = [len(outcome.prediction.votes) for outcome in mixed.outcomes if isinstance(outcome, Reading)]
    assert votes == [1, 0, 3]


def test_job_of_bad_pictures_that_wants_every_member_is_done(model: LoadedModel, engine: ChosenEngine) -> None:
    bad = job(b"GIF89a", consult_all=True)
    assert run(deque([bad]), model) == [bad]
    assert engine.runs == []


def test_bad_picture_fails_alone_and_order_is_kept(model: LoadedModel) -> None:
    mixed = job(png(), b"GIF89a", png(line=0), png())
    assert run(deque([mixed]), model) == [mixed]
    kinds = [outcome.prediction.digit if isinstance(outcome, Reading) else type(outcome) for outcome in mixed.outcomes]
    assert kinds == [3, PictureFormatError, None, 3]


def test_job_without_pictures_is_completed(model: LoadedModel, engine: ChosenEngine) -> None:
    empty = job()
    assert run(deque([empty]), model) == [empty]
    assert empty.result == b"0 outcomes"
    assert engine.runs == []


def test_large_job_goes_on_behind_those_that_came_meanwhile(model: LoadedModel, engine: ChosenEngine) -> None:
    large, single = job(*[png()] * (ROUND_PICTURES + 1)), job(png())
    backlog = deque([large])
    assert run(backlog, model) == []
    backlog.appendleft(single)
    backlog.rotate(-1)
    assert run(backlog, model) == [large, single]
    assert None not in large.outcomes
    assert engine.runs == [ROUND_PICTURES, 2]


def test_doubts_of_several_rounds_find_their_places(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {1, 3}
    large = job(*[png()] * ROUND_PICTURES, *[png(line=0)], *[png()] * (ROUND_PICTURES - 1))
    backlog, rounds_ = deque([large]), [Round(), Round()]
    for round_ in rounds_:
        read_round(round_, backlog, limits=LIMITS)
        assert answer_sure(round_, model) == []
    doubts = rounds_[1].doubts + rounds_[0].doubts
    assert answer_doubts(Round(), doubts, model) == [large]
    assert engine.runs == [ROUND_PICTURES, ROUND_PICTURES - 1, 4]
    votes = [len(outcome.prediction.votes) for outcome in large.outcomes if isinstance(outcome, Reading)]
    assert {place: count for place, count in enumerate(votes) if count != 1} == {
        1: MEMBERS, 3: MEMBERS, ROUND_PICTURES: 0, ROUND_PICTURES + 2: MEMBERS, ROUND_PICTURES + 4: MEMBERS
    }  # fmt: skip


def test_job_whose_doubts_are_settled_early_is_done_with_its_last_round(
    model: LoadedModel, engine: ChosenEngine
) -> None:
    engine.doubtful = {0}
    large = job(*[png()] * (ROUND_PICTURES + 1))
    backlog = deque([large])
    assert run(backlog, model) == []
    assert large.outcomes.count(None) == 1
    engine.doubtful = set()
    assert run(backlog, model) == [large]
    assert None not in large.outcomes


def test_doubts_of_a_job_that_nobody_waits_for_are_not_asked_about(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {0, 1}
    gone, waiting = job(png()), job(png())
    first, second = Round(), Round()
    read_round(first, deque([gone, waiting]), limits=LIMITS)
    answer_sure(first, model)
    gone.abandoned = "client_gone"
    assert answer_doubts(second, first.doubts, model) == [waiting]
    assert second.dropped == [gone]
    assert engine.runs == [2, 1]


def test_failed_doubts_fail_their_jobs_and_what_comes_of_them_later(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {0}
    large = job(*[png()] * (ROUND_PICTURES + 1))
    backlog, first = deque([large]), Round()
    read_round(first, backlog, limits=LIMITS)
    answer_sure(first, model)
    engine.failures = [EngineError("broken")]
    assert answer_doubts(Round(), first.doubts, model) == [large]
    assert isinstance(large.error, EngineError)
    later = Round()
    read_round(later, backlog, limits=LIMITS)
    assert (later.parts, later.dropped) == ([], [large])


def test_job_that_fails_while_it_is_in_a_round_disturbs_no_other(model: LoadedModel, engine: ChosenEngine) -> None:
    """Its doubts may fail on their thread meanwhile: predictions must not slip to the next job's."""
    failed, other = job(png(), png()), job(png(line=0))
    round_ = Round()
    read_round(round_, deque([failed, other]), limits=LIMITS)
    failed.error = EngineError("broken")
    assert other in answer(round_, model)
    assert [outcome.prediction.digit for outcome in other.outcomes if isinstance(outcome, Reading)] == [None]


def test_slow_pictures_end_a_round_early(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "perf_counter", iter(range(1000)).__next__)
    monkeypatch.setattr(rounds, "ROUND_READING_SECONDS", 2.5)
    slow = job(*[png()] * 6)
    backlog = deque([slow])
    run(backlog, model)
    assert 1 <= 6 - slow.outcomes.count(None) < 6
    assert list(backlog) == [slow]


def test_abandoned_job_is_dropped_unread(model: LoadedModel, engine: ChosenEngine) -> None:
    gone, waiting = job(b"never looked at"), job(png())
    gone.abandoned = "client_gone"
    round_ = Round()
    read_round(round_, deque([gone, waiting]), limits=LIMITS)
    assert answer(round_, model) == [waiting]
    assert round_.dropped == [gone]
    assert engine.runs == [1]


def test_engine_failure_fails_every_job_of_its_run(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.failures = [EngineError("broken")]
    jobs = [job(png()), job(png())]
    assert run(deque(jobs), model) == jobs
    assert all(isinstance(j.error, EngineError) for j in jobs)


def test_rest_of_a_failed_job_is_dropped(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.failures = [EngineError("broken")]
    large = job(*[png()] * (ROUND_PICTURES + 1))
    backlog = deque([large])
    assert run(backlog, model) == [large]
    round_ = Round()
    read_round(round_, backlog, limits=LIMITS)
    assert (round_.parts, round_.dropped) == ([], [large])


def test_error_of_finish_becomes_the_jobs(model: LoadedModel) -> None:
    def refuse(_: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
        raise PictureError("no")

    refused: Job = Job((png(),), False, refuse, submitted=0.0)
    assert run(deque([refused]), model) == [refused]
    assert isinstance(refused.error, TenfoldError)


def test_times_are_noted(model: LoadedModel) -> None:
    timed = job(png())
    run(deque([timed]), model)
    assert timed.timings.queue_seconds > 0
    assert timed.timings.decode_seconds > 0
    assert timed.timings.inference_seconds > 0
