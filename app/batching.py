"""The event loop's side of inference: what has been accepted, who waits for it, and until when.

The loop neither decodes nor infers; it keeps the books, and `inference_link.py` talks to the process that does the rest. The
queue is bounded, and what has no room is refused at once. A round's results come back in one message, so that a busy loop
wakes once a round and not once a request.

A job whose client has gone, or whose deadline has passed, is dropped before its pictures are read. Looking whether a
client is still there costs a task, so it starts only for jobs that have waited `LOOK_SECONDS`; most are answered by then.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter

from starlette.types import Receive

from app.books import Books
from app.errors import ClientGoneError, DeadlineError, InferenceCrashedError, OverloadedError, StoppingError
from app.inference_link import InferenceLink
from app.inference_process import RunningProcess
from app.messages import (
    Abandonment,
    Command,
    Completion,
    LoadRefusal,
    ModelDescription,
    Report,
    Submission,
    Timings,
    carried,
)
from app.metrics import Metrics
from app.model_state import ModelState
from app.notes import RoundNote
from app.orders import Order
from model.errors import TenfoldError

LOOK_SECONDS = 0.025
"""How often waiting jobs are counted and looked at, and how long one waits before its client is: the deadline's grain."""

HANG_DEADLINES = 3
"""So many deadlines without a word of waiting jobs, and the inference process is taken to hang, and is replaced."""

CLOSE_SECONDS = 1.0
"""How long the inference process may take to end: the server has waited for all answers by then, or given them up. Less
than a supervisor's `LAST_SECONDS`, so that a worker kills a process that hangs before it is killed itself."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """Who waits for a job, and the places in the queue that it takes until the inference process is done with it."""

    pictures: int
    submitted: float
    future: asyncio.Future[tuple[bytes, Timings]]
    receive: Receive | None
    watch: asyncio.Task[None] | None = None


class Batcher:
    """Accepts jobs, and has them answered by the inference process.

    Parameters
    ----------
    start
        Starts that process.
    model
        Told which model answers.
    metrics, books
        Where the queue and deaths of the process are counted, and where rounds are.
    capacity
        Most pictures accepted and not yet answered.
    timeout_seconds
        Longest wait of one job.
    """

    def __init__(
        self,
        start: Callable[[], RunningProcess],
        *,
        model: ModelState,
        metrics: Metrics,
        books: Books,
        capacity: int,
        timeout_seconds: float,
    ) -> None:
        self._link = InferenceLink(start, receive=self._receive, lose=self._lose)
        self._model = model
        self._metrics = metrics
        self._books = books
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._numbers = count()
        self._waiters: dict[int, _Waiter] = {}
        self._loads: list[asyncio.Future[bool]] = []
        self._held_pictures = 0
        self._closed = False
        self._look: asyncio.TimerHandle | None = None
        self._heard = 0.0

    async def open(self, *, patience_seconds: float) -> None:
        """Start to work for the running event loop, and wait until the model is loaded, or refused.

        Parameters
        ----------
        patience_seconds
            How long to wait; a load that takes longer goes on, and jobs are refused meanwhile.
        """
        self._loop = asyncio.get_running_loop()
        loaded = self._expect_load()
        await self._link.open()
        await asyncio.wait([loaded], timeout=patience_seconds)

    async def close(self) -> None:
        """Answer what was accepted, refuse the rest."""
        self._closed = True
        await self._link.close(timeout_seconds=min(CLOSE_SECONDS, self._timeout_seconds))

    async def reload(self) -> bool:
        """Load the checkpoint again, while the model that answers now goes on.

        Returns
        -------
        bool
            False if it cannot be used; then the old model stays.
        """
        loaded = self._expect_load()
        self._link.send(Command.RELOAD)
        return await loaded

    def _expect_load(self) -> asyncio.Future[bool]:
        loaded: asyncio.Future[bool] = self._loop.create_future()
        self._loads.append(loaded)
        return loaded

    @property
    def process(self) -> int | None:
        """The inference process's number; None where there is none."""
        return self._link.pid

    @property
    def stuck(self) -> bool:
        """Whether nothing was heard of waiting jobs for longer than any of them may take."""
        return bool(self._waiters) and perf_counter() - self._heard > self._timeout_seconds

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
        order: Order,
        *,
        consult_all: bool = False,
        receive: Receive | None = None,
    ) -> tuple[bytes, Timings]:
        """Read pictures and have something made of the outcomes.

        Parameters
        ----------
        contents
            Encoded pictures; may be empty.
        order
            What is to be made.
        consult_all
            Ask every member about every picture.
        receive
            The request's ASGI channel, its body read; where given, the job ends when the client leaves.

        Returns
        -------
        result
            What was ordered.
        timings
            Where the time went.

        Raises
        ------
        TenfoldError
            That the order cannot be carried out: of its picture, say.
        UnavailableError
            If the queue is full, the deadline passes, no model is loaded or the service is shutting down.
        ClientGoneError
            If the client left.
        InferenceCrashedError
            If the process died with this job.
        """
        pictures = max(1, len(contents))
        self.check_room(pictures)
        number, submitted = next(self._numbers), perf_counter()
        waiter = _Waiter(pictures, submitted, self._loop.create_future(), receive)
        if not self._waiters:
            self._heard = submitted
        self._waiters[number] = waiter
        self._held_pictures += pictures
        self._link.send(Submission(number, carried(contents), order, consult_all, submitted))
        del contents  # gone once it is sent: a body is to be held by one of the processes, not by both
        if self._look is None:
            self._look = self._loop.call_later(LOOK_SECONDS, self._look_around)
        return await waiter.future

    def count_waiting(self) -> None:
        """Tell the metrics how many pictures wait now."""
        self._metrics.queue_pictures.set(self._held_pictures)

    # What comes from the inference process

    def _receive(self, report: Report) -> None:
        self._heard = perf_counter()
        if isinstance(report, Completion):
            self._complete(report)
        elif isinstance(report, RoundNote):
            self._books.note_round(report)
        elif isinstance(report, ModelDescription):
            self._model.take(report)
            self._note_load(loaded=True)
        elif isinstance(report, LoadRefusal):
            self._model.refuse(report.reason)
            self._note_load(loaded=False)
        else:
            self._metrics.crashes.inc()

    def _note_load(self, *, loaded: bool) -> None:
        if self._loads and not (first := self._loads.pop(0)).done():
            first.set_result(loaded)

    def _complete(self, completion: Completion) -> None:
        """Give a result to whoever still waits, and its places in the queue back."""
        number, result, error, timings = completion
        waiter = self._waiters.pop(number)
        self._held_pictures -= waiter.pictures
        if waiter.watch is not None:
            waiter.watch.cancel()
        if waiter.future.done():
            return
        if error is not None:
            waiter.future.set_exception(error)
        else:
            waiter.future.set_result((result, Timings(*timings)))

    def _lose(self, reason: str) -> None:
        """Fail everything that the process held."""
        self._metrics.crashes.inc()
        self._model.withdraw()
        while self._loads:
            self._note_load(loaded=False)
        for number in list(self._waiters):
            self._complete(Completion(number, b"", InferenceCrashedError(reason), (0.0, 0.0, 0.0)))

    # Who waits no longer

    def _look_around(self) -> None:
        """End what has waited too long, and look after the clients of what has waited a while."""
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_around) if self._waiters else None
        self.count_waiting()
        now = perf_counter()
        if self._waiters and now - self._heard > HANG_DEADLINES * self._timeout_seconds:
            self._link.give_up()
        for number, waiter in list(self._waiters.items()):
            age = now - waiter.submitted
            if age < LOOK_SECONDS:
                break  # the rest is younger
            if waiter.future.done():
                continue  # abandoned
            if age > self._timeout_seconds:
                self._abandon(number, waiter, self._expired(), reason="deadline")
            elif waiter.watch is None and waiter.receive is not None:
                waiter.watch = self._loop.create_task(self._watch(number, waiter, waiter.receive))

    async def _watch(self, number: int, waiter: _Waiter, receive: Receive) -> None:
        """Wait for the client to leave."""
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = ClientGoneError("The client closed the connection.")
        self._abandon(number, waiter, gone, reason="client_gone")

    def _abandon(self, number: int, waiter: _Waiter, error: TenfoldError, *, reason: str) -> None:
        """End a job for its client now; the inference process drops it when it comes to it."""
        self._link.send(Abandonment(number, reason))
        if not waiter.future.done():
            waiter.future.set_exception(error)

    def _expired(self) -> DeadlineError:
        return DeadlineError(
            f"No answer was ready within {self._timeout_seconds:g} seconds; send fewer pictures, or try again."
        )
