"""The queue of doubts, with a thread that waits for its gate and notes what it is given."""

import threading
from collections.abc import Iterator

import pytest

from app.doubts import ASKED_TOGETHER, WORTH_ASKING, Doubt, Doubts
from app.jobs import Job
from model.pictures import read_picture
from tests.app.samples import png

LARGE = 100


class Settler:
    """Settles doubts once its gate is open, and notes the jobs of each run."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.runs: list[list[Doubt]] = []

    def __call__(self, doubts: list[Doubt]) -> None:
        """Note a run."""
        self.entered.set()
        assert self.gate.wait(20)
        self.runs.append(doubts)

    def counts(self) -> list[int]:
        """How many doubts each run had."""
        return list(map(len, self.runs))


@pytest.fixture
def settler() -> Settler:
    return Settler()


@pytest.fixture
def doubts(settler: Settler) -> Iterator[Doubts]:
    with Doubts(settler) as doubts:
        yield doubts
        settler.gate.set()


def read_job(pictures: int = 1) -> Job:
    job = Job((png(),) * pictures, False, lambda *_: b"", submitted=0.0)
    job.taken = pictures
    return job


def doubts_of(job: Job, count: int) -> list[Doubt]:
    picture = read_picture(png())
    return [Doubt(job, place, picture) for place in range(count)]


def test_doubts_that_come_during_a_run_are_put_into_the_next_together(doubts: Doubts, settler: Settler) -> None:
    doubts.put(doubts_of(read_job(), 1))
    assert settler.entered.wait(20)
    for _ in range(3):
        doubts.put(doubts_of(read_job(), 1))
    settler.gate.set()
    doubts.__exit__()
    assert settler.counts() == [1, 3]


def test_jobs_take_turns(doubts: Doubts, settler: Settler) -> None:
    large, small = read_job(LARGE), read_job()
    doubts.put(doubts_of(large, 3 * ASKED_TOGETHER))
    assert settler.entered.wait(20)
    doubts.put(doubts_of(small, 1))
    settler.gate.set()
    doubts.__exit__()
    assert settler.counts() == [ASKED_TOGETHER] * 3 + [1]
    assert [any(doubt.job is small for doubt in run) for run in settler.runs] == [False, False, True, False]
    assert [doubt.place for run in settler.runs for doubt in run if doubt.job is large] == list(range(48))


def test_few_doubts_of_a_job_wait_for_its_last_picture(doubts: Doubts, settler: Settler) -> None:
    large = read_job(LARGE)
    large.taken -= 1
    doubts.put(doubts_of(large, WORTH_ASKING - 1))
    doubts.put([])
    assert not settler.entered.wait(0.05)
    large.taken += 1
    doubts.put([])
    settler.gate.set()
    doubts.__exit__()
    assert settler.counts() == [WORTH_ASKING - 1]


def test_doubts_of_a_job_that_nobody_waits_for_are_not_kept(doubts: Doubts, settler: Settler) -> None:
    """Nor are its pictures, which may be tens of megabytes."""
    large = read_job(LARGE)
    large.taken -= 1
    doubts.put(doubts_of(large, WORTH_ASKING - 1))
    large.abandoned = "client_gone"
    settler.gate.set()
    doubts.put([])
    assert settler.entered.wait(20)
    doubts.__exit__()
    assert settler.counts() == [WORTH_ASKING - 1]


def test_many_doubts_of_a_job_do_not(doubts: Doubts, settler: Settler) -> None:
    large = read_job(LARGE)
    large.taken -= 1
    doubts.put(doubts_of(large, WORTH_ASKING))
    assert settler.entered.wait(20)


def test_run_that_hangs_is_waited_for(doubts: Doubts, settler: Settler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else rounds without doubts would go on, and nobody would notice."""
    monkeypatch.setattr("app.doubts.LONGEST_RUN_SECONDS", 0.0)
    doubts.put(doubts_of(read_job(), 1))
    assert settler.entered.wait(20)
    later = threading.Thread(target=doubts.put, args=([],))
    later.start()
    later.join(0.1)
    assert later.is_alive()
    settler.gate.set()
    later.join(20)
    assert not later.is_alive()


def test_nothing_is_left_at_the_end(settler: Settler) -> None:
    settler.gate.set()
    with Doubts(settler) as doubts:
        for _ in range(50):
            doubts.put(doubts_of(read_job(), 1))
    assert sum(settler.counts()) == 50
