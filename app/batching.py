"""The event loop's side of inference: what has been accepted, who waits for it, and until when.

The loop neither decodes nor infers; it keeps the books. The queue is bounded, and what has no room is refused at once. A
round's results come back in one call, so that a busy loop wakes once a round and not once a request.

A job whose client has gone, or whose deadline has passed, is dropped before its pictures are read. Looking whether a
client is still there costs a task, so it starts only for jobs that have waited `LOOK_SECONDS`; most are answered by then.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar, cast

from starlette.types import Receive

from app.books import Books
from app.errors import ClientGoneError, OverloadedError, StoppingError
from app.inference import InferenceThread
from app.jobs import AnyJob, Finish, Job, Timings, expired
from app.loading import LoadedModel
from app.metrics import Metrics
from app.notes import RoundNote
from model.decoding import PictureLimits
from model.errors import TenfoldError

LOOK_SECONDS = 0.025
"""How often waiting jobs are looked at, and how long one waits before its client is: the deadline's resolution."""

GATHER_SECONDS = {"cuda": 0.001}
"""How long a round waits for company, by the engine's device; not at all on a CPU."""

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiter:
    """Who waits for a job, and the places in the queue that it takes until the thread is done with it."""

    job: AnyJob
    pictures: int
    future: asyncio.Future[object]
    receive: Receive | None
    watch: asyncio.Task[None] | None = None


class Batcher:
    """Accepts jobs from the event loop, and has them answered by an inference thread.

    Parameters
    ----------
    model
        Gives the model of the next round; may raise `NotReadyError`.
    metrics, books
        Where deaths of the thread are counted, and where rounds are.
    capacity
        Most pictures accepted and not yet answered.
    timeout_seconds
        Longest wait of one job.
    limits
        Of one picture.
    """

    def __init__(
        self,
        model: Callable[[], LoadedModel],
        *,
        metrics: Metrics,
        books: Books,
        capacity: int,
        timeout_seconds: float,
        limits: PictureLimits,
    ) -> None:
        self._model = model
        self._books = books
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._thread = InferenceThread(
            model, self._hand_over, metrics=metrics, limits=limits, gather_seconds=self._gather_seconds
        )
        self._waiters: dict[AnyJob, _Waiter] = {}
        self._held_pictures = 0
        self._closed = False
        self._look: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Start to work for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        """Answer what was accepted, refuse the rest; call it off the event loop, which the answers need."""
        self._closed = True
        self._thread.stop(timeout_seconds=self._timeout_seconds)

    @property
    def stuck(self) -> bool:
        """Whether the thread has been in one round for longer than any job may take."""
        return self._thread.busy_seconds() > self._timeout_seconds

    def check_room(self, pictures: int) -> None:
        """Refuse pictures that the queue has no room for.

        Raises
        ------
        OverloadedError
            At once, so that a client learns it before its body is read.
        StoppingError
            If the service is shutting down.
        """
        if self._closed:
            raise StoppingError("The service is shutting down.")
        if self._held_pictures + pictures > self._capacity:
            raise OverloadedError(
                f"{self._held_pictures} pictures are waiting already; at most {self._capacity} may; "
                f"try again in {OverloadedError.retry_after_seconds} second."
            )

    async def submit(
        self,
        contents: Sequence[bytes],
        finish: Finish[Result],
        *,
        consult_all: bool = False,
        receive: Receive | None = None,
    ) -> tuple[Result, Timings]:
        """Read pictures and make a result of the outcomes.

        Parameters
        ----------
        contents
            Encoded pictures; may be empty.
        finish
            Makes the result on the inference thread; a `TenfoldError` from it is raised here.
        consult_all
            Ask every member about every picture.
        receive
            The request's ASGI channel, its body read; where given, the job ends when the client leaves.

        Returns
        -------
        result
            What `finish` made.
        timings
            Where the time went.

        Raises
        ------
        UnavailableError
            If the queue is full, the deadline passes, no model is loaded or the service is shutting down.
        ClientGoneError
            If the client left.
        InferenceCrashedError
            If the thread died with this job.
        """
        pictures = max(1, len(contents))
        self.check_room(pictures)
        job = cast(AnyJob, Job(contents, consult_all, finish, submitted=perf_counter()))
        future: asyncio.Future[object] = self._loop.create_future()
        self._waiters[job] = _Waiter(job, pictures, future, receive)
        self._held_pictures += pictures
        self._thread.put(job)
        if self._look is None:
            self._look = self._loop.call_later(LOOK_SECONDS, self._look_around)
        return cast(Result, await future), job.timings

    async def run(self, work: Callable[[LoadedModel], Result], *, receive: Receive | None = None) -> Result:
        """Run work that reads no picture on the inference thread, bounded like any job: see `submit`."""
        result, _ = await self.submit((), lambda model, _: work(model), receive=receive)
        return result

    def _gather_seconds(self) -> float:
        """Wait for company only where that pays."""
        try:
            return GATHER_SECONDS.get(self._model().classifier.engine.device, 0.0)
        except TenfoldError:
            return 0.0

    def _hand_over(self, jobs: Sequence[AnyJob], note: RoundNote | None) -> None:
        """Wake the event loop once for many jobs; called on the inference thread."""
        try:
            self._loop.call_soon_threadsafe(self._deliver, jobs, note)
        except RuntimeError:  # the loop closed while the last round ran: nobody is left to answer
            logger.warning("the event loop closed before its last answers")

    def _deliver(self, jobs: Sequence[AnyJob], note: RoundNote | None) -> None:
        """Give results to whoever still waits, and places in the queue back."""
        for job in jobs:
            waiter = self._waiters.pop(job, None)
            if waiter is None:
                continue  # a job that failed half-way comes by twice
            self._held_pictures -= waiter.pictures
            if waiter.watch is not None:
                waiter.watch.cancel()
            if waiter.future.done():
                continue
            if job.error is not None:
                waiter.future.set_exception(job.error)
            else:
                waiter.future.set_result(job.result)
        if note is not None:
            self._books.note_round(note, waiting_pictures=self._held_pictures)

    def _look_around(self) -> None:
        """End what has waited too long, and look after the clients of what has waited a while."""
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_around) if self._waiters else None
        now = perf_counter()
        for waiter in list(self._waiters.values()):
            age = now - waiter.job.submitted
            if age < LOOK_SECONDS:
                break  # the rest is younger
            if waiter.future.done():
                continue  # abandoned
            if age > self._timeout_seconds:
                self._abandon(waiter, expired(self._timeout_seconds), reason="deadline")
            elif waiter.watch is None and waiter.receive is not None:
                waiter.watch = self._loop.create_task(self._watch(waiter, waiter.receive))

    async def _watch(self, waiter: _Waiter, receive: Receive) -> None:
        """Wait for the client to leave."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._abandon(waiter, ClientGoneError("The client closed the connection."), reason="client_gone")

    def _abandon(self, waiter: _Waiter, error: TenfoldError, *, reason: str) -> None:
        """End a job for its client now; the thread drops it when it comes to it."""
        waiter.job.abandoned = reason
        if not waiter.future.done():
            waiter.future.set_exception(error)
