"""The event loop's side of inference: takes jobs, has the inference process do them, and tells whoever waits.

The loop neither decodes nor infers: `queueing.py` keeps who waits, and `inference_link.py` talks to the process that does
the rest. A round's results come back in one message, so that a busy loop wakes once a round and not once a request.
"""

import asyncio
from collections.abc import Callable, Sequence

from starlette.types import Receive

from app.books import Books
from app.errors import InferenceCrashedError, StoppingError
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
    carried,
)
from app.metrics import Metrics
from app.model_state import ModelState
from app.notes import RoundNote
from app.orders import Order
from app.queueing import Answer, WaitingQueue

CLOSE_SECONDS = 1.0
"""How long the inference process may take to end: the server has waited for all answers by then, or given them up. Less
than a supervisor's `LAST_SECONDS`, so that a worker kills a process that hangs before it is killed itself."""


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
    capacity, timeout_seconds
        As for `WaitingQueue`.

    Attributes
    ----------
    queue
        Who waits.
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
        self.queue = WaitingQueue(
            metrics,
            capacity=capacity,
            timeout_seconds=timeout_seconds,
            abandon=self._abandon,
            give_up=self._link.give_up,
        )
        self._model = model
        self._metrics = metrics
        self._books = books
        self._loads: list[asyncio.Future[bool]] = []
        self._closing_seconds = min(CLOSE_SECONDS, timeout_seconds)
        self._closed = False

    async def open(self, *, patience_seconds: float) -> None:
        """Start to work for the running event loop, and wait until the model is loaded, or refused.

        Parameters
        ----------
        patience_seconds
            How long to wait; a load that takes longer goes on, and jobs are refused meanwhile.
        """
        self.queue.open()
        loaded = self._expect_load()
        await self._link.open()
        await asyncio.wait([loaded], timeout=patience_seconds)

    async def close(self) -> None:
        """Answer what was accepted, refuse the rest."""
        self._closed = True
        await self._link.close(timeout_seconds=self._closing_seconds)

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
        loaded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._loads.append(loaded)
        return loaded

    @property
    def process(self) -> int | None:
        """The inference process's number; None where there is none."""
        return self._link.pid

    def check_room(self, pictures: int) -> None:
        """Refuse pictures that would not be taken.

        Raises
        ------
        OverloadedError
            At once, so that a client learns it before its body is read.
        StoppingError
            If the service is shutting down.
        """
        if self._closed:
            raise StoppingError("The service is shutting down.")
        self.queue.check_room(pictures)

    async def submit(
        self,
        contents: Sequence[bytes],
        order: Order,
        *,
        consult_all: bool = False,
        receive: Receive | None = None,
    ) -> Answer:
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
        waiter = self.queue.enter(pictures, receive=receive)
        self._link.send(Submission(waiter.number, carried(contents), order, consult_all, waiter.submitted))
        del contents  # gone once it is sent: a body is to be held by one of the processes, not by both
        return await waiter.future

    def _abandon(self, number: int, reason: str) -> None:
        self._link.send(Abandonment(number, reason))

    # What comes from the inference process

    def _receive(self, report: Report) -> None:
        self.queue.hear()
        if isinstance(report, Completion):
            self.queue.complete(report)
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

    def _lose(self, reason: str) -> None:
        """Fail everything that the process held."""
        self._metrics.crashes.inc()
        self._model.withdraw()
        while self._loads:
            self._note_load(loaded=False)
        self.queue.fail(InferenceCrashedError(reason))
