"""What the first network leaves in doubt of a batch waits here for a thread of its own, which puts it to all networks.

Asking all takes twenty times as long a picture as asking the first. ONNX Runtime lets go of the interpreter while it
computes, so the rounds go on meanwhile, on another core where there is one. What comes to be in doubt during a run is put
into the next one together.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import NamedTuple

from app.jobs import Job
from model.pictures import PreparedPicture

ASKED_TOGETHER = 16
"""Most pictures in one run of all networks, 11 ms: more get no cheaper, and the next job waits for its end."""

WORTH_ASKING = 3
"""So many doubts of a job are put to all networks while more of its pictures are to come. A run of one finds nothing of the
networks in the processor's caches and takes up to half as long again a picture; of the last run, the batch waits for the
end. A batch of 256 digits has a dozen doubts, one or two a round."""

LONGEST_RUN_SECONDS = 5.0
"""A run that takes longer, hundreds of times what it should, is waited for: if it hangs for ever, the parent hears nothing
more of this process, and replaces it."""


class Doubt(NamedTuple):
    """A picture that all networks are to be asked about, and its place in its job."""

    job: Job
    place: int
    picture: PreparedPicture


class Doubts:
    """A queue of doubts and the thread that empties it; a context manager that settles all of them at its end.

    Jobs take turns, so that a batch that is doubtful throughout holds up no other for longer than a run.

    Parameters
    ----------
    settle
        Deals with up to `ASKED_TOGETHER` doubts, on that thread; raises nothing.
    """

    def __init__(self, settle: Callable[[list[Doubt]], None]) -> None:
        self._settle = settle
        self._waiting: dict[Job, list[Doubt]] = {}
        self._lock = Lock()
        self._is_settling = False
        self._run = Lock()
        self._run_began = inf
        self._thread = ThreadPoolExecutor(1, "doubts")

    def __enter__(self) -> "Doubts":
        """Begin."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Wait until nothing is left in doubt."""
        self._thread.shutdown()

    def put(self, doubts: Iterable[Doubt]) -> None:
        """Add to the queue; to be called after every round, since a job whose last picture is read need not wait for more.

        Waits for a run that hangs.

        Parameters
        ----------
        doubts
            Of a round, if any; their jobs may have others here already.
        """
        if perf_counter() - self._run_began > LONGEST_RUN_SECONDS:
            with self._run:
                pass  # nothing to do but to wait
        with self._lock:
            for doubt in doubts:
                self._waiting.setdefault(doubt.job, []).append(doubt)
            if not self._is_settling and any(map(_is_worth_asking, self._waiting.values())):
                self._is_settling = True
                self._thread.submit(self._settle_all)

    def _settle_all(self) -> None:
        while doubts := self._take():
            with self._run:
                self._run_began = perf_counter()
                self._settle(doubts)
                self._run_began = inf

    def _take(self) -> list[Doubt]:
        """Take what the next run is to be about; if that is nothing, `put` has to start the next."""
        taken: list[Doubt] = []
        with self._lock:
            for doubts in filter(_is_worth_asking, list(self._waiting.values())):
                job = doubts[0].job
                del self._waiting[job]
                room = ASKED_TOGETHER - len(taken)
                taken += doubts[:room]
                if doubts[room:]:
                    self._waiting[job] = doubts[room:]  # behind the others
                    break
            self._is_settling = bool(taken)
        return taken


def _is_worth_asking(doubts: list[Doubt]) -> bool:
    job = doubts[0].job
    # A dropped job's last picture will never be read; its doubts go to the next run, which leaves them out.
    return len(doubts) >= WORTH_ASKING or job.taken == len(job.contents) or job.is_dropped
