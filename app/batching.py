"""The way from the event loop to the networks and back: a bounded queue, one inference thread, a deadline for each job.

Requests that wait together are run together, and nobody waits for company: the thread takes what is there when it comes
back from the last round. A round's results return to the event loop in one call, so that a busy loop wakes once a round
and not once a request. Decoding and inference happen on that thread alone; the event loop only keeps the books.

A job whose client has gone, or whose deadline has passed, is dropped before its pictures are decoded. Looking whether a
client is still there costs a task, so it starts only for jobs that have waited `LOOK_SECONDS`; most are answered by then.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import perf_counter, sleep
from typing import TypeVar, cast

from starlette.types import Receive

from app.errors import ClientGoneError, InferenceCrashedError, OverloadedError, StoppingError
from app.loading import LoadedModel
from app.metrics import Metrics
from app.rounds import Finish, Job, RoundReport, Timings, expired, run_round
from model.decoding import PictureLimits
from model.errors import TenfoldError

LOOK_SECONDS = 0.025
"""How often waiting jobs are looked at, and how long one waits before its client is: the deadline's resolution."""

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiter:
    """The event loop's side of a job."""

    job: Job[object]
    future: asyncio.Future[object]
    receive: Receive | None
    watch: asyncio.Task[None] | None = None


class Batcher:
    """Runs jobs in micro-batches on one thread of its own.

    Parameters
    ----------
    model
        Gives the model of the next round; may raise `NotReadyError`.
    metrics
        Where rounds are counted.
    capacity
        Most pictures accepted and not yet answered.
    timeout_seconds
        Longest wait of one job.
    limits
        Of one picture.
    gather_seconds
        How long a round waits for company: 0 on a CPU, where waiting is lost; about a millisecond on a GPU, where a run
        of one costs as much as a run of many.
    """

    def __init__(
        self,
        model: Callable[[], LoadedModel],
        *,
        metrics: Metrics,
        capacity: int,
        timeout_seconds: float,
        limits: PictureLimits,
        gather_seconds: float = 0.0,
    ) -> None:
        self._model = model
        self._metrics = metrics
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._limits = limits
        self._gather_seconds = gather_seconds
        self._queue: SimpleQueue[Job[object] | None] = SimpleQueue()
        self._backlog: deque[Job[object]] = deque()
        self._waiters: dict[Job[object], _Waiter] = {}
        self._held_pictures = 0
        self._round_started: float | None = None
        self._closed = False
        self._look: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Start the thread; call it on the event loop that will submit."""
        self._loop = asyncio.get_running_loop()
        self._thread = self._start_thread()

    def close(self) -> None:
        """End the thread after what it has accepted; later submissions are refused."""
        self._closed = True
        if self._look is not None:
            self._look.cancel()
        self._queue.put(None)
        self._thread.join(self._timeout_seconds)

    @property
    def stuck(self) -> bool:
        """Whether the thread has been in one round for longer than any job may take."""
        started = self._round_started
        return started is not None and perf_counter() - started > self._timeout_seconds

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
        weight = max(1, len(contents))
        self.check_room(weight)
        job = cast(Job[object], Job(contents, consult_all, finish, submitted=perf_counter()))
        future: asyncio.Future[object] = self._loop.create_future()
        self._waiters[job] = _Waiter(job, future, receive)
        self._held_pictures += weight
        self._queue.put(job)
        if self._look is None:
            self._look = self._loop.call_later(LOOK_SECONDS, self._look_around)
        return cast(Result, await future), job.timings

    async def run(self, work: Callable[[LoadedModel], Result], *, receive: Receive | None = None) -> Result:
        """Run work that needs no picture decoded on the inference thread, bounded like any job: see `submit`."""
        result, _ = await self.submit((), lambda model, _: work(model), receive=receive)
        return result

    # The event loop's side

    def _deliver(self, jobs: Sequence[Job[object]]) -> None:
        """Hand results to whoever still waits, and give their places in the queue back."""
        for job in jobs:
            self._held_pictures -= max(1, len(job.contents))
            waiter = self._waiters.pop(job, None)
            if waiter is None:
                continue
            if waiter.watch is not None:
                waiter.watch.cancel()
            if waiter.future.done():
                continue
            if job.error is not None:
                waiter.future.set_exception(job.error)
            else:
                waiter.future.set_result(job.result)
        self._metrics.queue_pictures.set(self._held_pictures)

    def _look_around(self) -> None:
        """End what has waited too long, and look after the clients of what has waited a while."""
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_around) if self._waiters else None
        now = perf_counter()
        for waiter in list(self._waiters.values()):
            age = now - waiter.job.submitted
            if age < LOOK_SECONDS:
                break  # the rest is younger
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
        self._waiters.pop(waiter.job, None)
        waiter.job.abandoned = reason
        if not waiter.future.done():
            waiter.future.set_exception(error)

    # The inference thread's side

    def _start_thread(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="inference", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        """Run rounds until told to stop; should one of them break, leave a new thread behind."""
        in_flight: list[Job[object]] = []
        whole = False
        try:
            while self._run_next(in_flight):
                pass
            whole = True
        finally:
            if not whole:
                self._replace_thread(in_flight)

    def _replace_thread(self, in_flight: list[Job[object]]) -> None:
        """Fail what this thread held and start another; the error itself goes on to `threading.excepthook`."""
        self._round_started = None
        self._metrics.crashes.inc()
        for job in in_flight:
            if job in self._backlog:
                self._backlog.remove(job)
            job.error = InferenceCrashedError("The inference thread died.")
        self._hand_over(in_flight)
        self._thread = self._start_thread()

    def _run_next(self, in_flight: list[Job[object]]) -> bool:
        """Wait for jobs and run one round of them; say whether there will be another."""
        if not self._gather():
            return False
        self._round_started = perf_counter()
        in_flight.clear()
        try:
            model = self._model()
        except TenfoldError as error:
            in_flight.extend(self._backlog)
            self._backlog.clear()
            for job in in_flight:
                job.error = error
            self._hand_over(in_flight)
        else:
            report = run_round(self._backlog, model, in_flight=in_flight, limits=self._limits)
            self._hand_over([*report.left, *report.dropped])
            self._count(report)
        self._round_started = None
        return True

    def _gather(self) -> bool:
        """Move what waits into the backlog; wait only if nothing does. False ends the thread."""
        if not self._backlog and not self._admit(self._queue.get()):
            return False
        if self._gather_seconds:
            sleep(self._gather_seconds)
        try:
            while self._admit(self._queue.get_nowait()):
                pass
        except Empty:
            return True
        self._queue.put(None)  # found behind accepted jobs: they are answered first
        return True

    def _admit(self, job: Job[object] | None) -> bool:
        if job is not None:
            self._backlog.append(job)
        return job is not None

    def _hand_over(self, jobs: Sequence[Job[object]]) -> None:
        """Wake the event loop once for all of a round's jobs."""
        if jobs:
            try:
                self._loop.call_soon_threadsafe(self._deliver, tuple(jobs))
            except RuntimeError:  # the loop closed while the last round ran: nobody is left to answer
                logger.warning("the event loop closed before its last answers")

    def _count(self, report: RoundReport) -> None:
        metrics = self._metrics
        for seconds in report.waits:
            metrics.queue_seconds.observe(seconds)
        for verdict in report.verdicts:
            metrics.verdicts.labels(verdict).inc()
        for job in report.dropped:
            metrics.abandoned.labels(job.abandoned).inc()
        if report.verdicts:
            metrics.batch_pictures.observe(len(report.verdicts))
            metrics.decode_seconds.observe(report.decode_seconds)
            metrics.inference_seconds.observe(report.inference_seconds)
