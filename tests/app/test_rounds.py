from collections import deque
from collections.abc import Sequence

import pytest

from app import rounds
from app.jobs import Job, Outcome, Reading
from app.loading import LoadedModel
from app.rounds import ASKED_TOGETHER, ROUND_PICTURES, Round, answer_doubtful, answer_sure, read_round
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
    return answer_sure(round_, model) + answer_doubtful(round_, model)


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
    assert round_.doubtful() == [doubtful, mixed]
    assert answer_doubtful(round_, model) == [doubtful, mixed]
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
    assert len(large.outcomes) == ROUND_PICTURES + 1
    assert engine.runs == [ROUND_PICTURES, 2]


def test_doubtful_pictures_of_a_large_job_are_asked_about_together(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {1, 3}
    large = job(*[png()] * (2 * ROUND_PICTURES))
    backlog = deque([large])
    assert run(backlog, model) == []
    assert run(backlog, model) == [large]
    assert engine.runs == [ROUND_PICTURES, ROUND_PICTURES, 4]
    votes = [len(outcome.prediction.votes) for outcome in large.outcomes if isinstance(outcome, Reading)]
    asked = {place for place, count in enumerate(votes) if count == MEMBERS}
    assert asked == {1, 3, ROUND_PICTURES + 1, ROUND_PICTURES + 3}
    assert large.doubtful == []


def test_many_doubtful_pictures_are_not_put_off(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = set(range(ASKED_TOGETHER))
    large = job(*[png()] * (ROUND_PICTURES + 1))
    backlog = deque([large])
    assert run(backlog, model) == []
    assert engine.runs == [ROUND_PICTURES, ASKED_TOGETHER]
    assert None not in large.outcomes


def test_doubtful_pictures_put_off_are_forgotten_with_a_failed_job(model: LoadedModel, engine: ChosenEngine) -> None:
    engine.doubtful = {0}
    large = job(*[png()] * (ROUND_PICTURES + 1))
    backlog = deque([large])
    run(backlog, model)
    engine.failures = [EngineError("broken")]
    assert run(backlog, model) == [large]
    assert engine.runs == [ROUND_PICTURES, 1]
    assert isinstance(large.error, EngineError)


def test_job_that_failed_while_it_was_read_ahead_disturbs_no_other(model: LoadedModel, engine: ChosenEngine) -> None:
    """Its pictures are in the round, and are not asked about: predictions must not slip to the next job's."""
    failed, other = job(png(), png()), job(png(line=0))
    round_ = Round()
    read_round(round_, deque([failed, other]), limits=LIMITS)
    failed.error = EngineError("broken")
    assert answer(round_, model) == [failed, other]
    assert engine.runs == []
    assert [outcome.prediction.digit for outcome in other.outcomes if isinstance(outcome, Reading)] == [None]


def test_slow_pictures_end_a_round_early(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "perf_counter", iter(range(1000)).__next__)
    monkeypatch.setattr(rounds, "ROUND_READING_SECONDS", 2.5)
    slow = job(*[png()] * 6)
    backlog = deque([slow])
    run(backlog, model)
    assert 1 <= len(slow.outcomes) < 6
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
