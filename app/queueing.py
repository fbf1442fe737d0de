"""Who waits for an answer, and until when: the bounded queue of one worker, as its event loop keeps it.

What has no room is refused at once. A job whose client has gone, or whose deadline has passed, ends for its client here,
and is dropped by the inference process before its pictures are read. Looking whether a client is still there costs a
task, so it starts only for jobs that have waited `LOOK_SECONDS`; most are answered by then.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import TypeAlias

from starlette.types import Receive

from app.errors import ClientGoneError, DeadlineError, OverloadedError
from app.messages import Completion, Timings
from app.metrics import Metrics
from model.errors import TenfoldError

Answer: TypeAlias = tuple[bytes, Timings]

LOOK_SECONDS = 0.025
"""How often waiting jobs are counted and looked at, and how long one waits before its client is: the deadline's grain."""

HANG_DEADLINES = 3
"""So many deadlines without a word of waiting jobs, and the inference process is taken to hang, and is replaced."""


@dataclass(slots=True, eq=False)
class Waiter:
    """Who waits for a job, and the places in the queue that it takes until the inference process is done with it."""

    number: int
    pictures: int
    submitted: float
    future: asyncio.Future[Answer]
    receive: Receive | None
    watch: asyncio.Task[None] | None = None


class WaitingQueue:
    """Holds what was accepted and is not answered.

    Parameters
    ----------
    metrics
        Told how many pictures wait.
    capacity
        Most pictures accepted and not yet answered.
    timeout_seconds
        Longest wait of one job.
    abandon
        Called with a job's number and the reason when nobody waits for it any more.
    give_up
        Called when the inference process is taken to hang.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        capacity: int,
        timeout_seconds: float,
        abandon: Callable[[int, str], None],
        give_up: Callable[[], None],
    ) -> None:
        self._metrics = metrics
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._tell_abandoned = abandon
        self._give_up = give_up
        self._numbers = count()
        self._waiters: dict[int, Waiter] = {}
        self._held_pictures = 0
        self._look: asyncio.TimerHandle | None = None
        self._heard = 0.0

    def open(self) -> None:
        """Work for the running event loop."""
        self._loop = asyncio.get_running_loop()

    @property
    def stuck(self) -> bool:
        """Whether nothing was heard of waiting jobs for longer than any of them may take."""
        return bool(self._waiters) and perf_counter() - self._heard > self._timeout_seconds

    def check_room(self, pictures: int) -> None:
        """Refuse pictures that there is no room for.

        Raises
        ------
        OverloadedError
            Where they would be more than the capacity.
        """
        if self._held_pictures + pictures > self._capacity:
            raise OverloadedError(
                f"{self._held_pictures} pictures are waiting already; at most {self._capacity} may; "
                f"try again in {OverloadedError.retry_after_seconds} second."
            )

    def enter(self, pictures: int, *, receive: Receive | None) -> Waiter:
        """Take a job in.

        Parameters
        ----------
        pictures
            Places that it takes.
        receive
            The request's ASGI channel, its body read; where given, the job ends when the client leaves.

        Returns
        -------
        Waiter
            Its future is the answer.
        """
        submitted = perf_counter()
        waiter = Waiter(next(self._numbers), pictures, submitted, self._loop.create_future(), receive)
        if not self._waiters:
            self._heard = submitted
        self._waiters[waiter.number] = waiter
        self._held_pictures += pictures
        if self._look is None:
            self._look = self._loop.call_later(LOOK_SECONDS, self._look_around)
        return waiter

    def hear(self) -> None:
        """Take note that the inference process has said something."""
        self._heard = perf_counter()

    def complete(self, completion: Completion) -> None:
        """Give a result to whoever still waits, and its places back."""
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

    def fail(self, error: TenfoldError) -> None:
        """Fail everything that waits."""
        for number in list(self._waiters):
            self.complete(Completion(number, b"", error, (0.0, 0.0, 0.0)))

    def count_waiting(self) -> None:
        """Tell the metrics how many pictures wait now."""
        self._metrics.queue_pictures.set(self._held_pictures)

    def _look_around(self) -> None:
        """End what has waited too long, and look after the clients of what has waited a while."""
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_around) if self._waiters else None
        self.count_waiting()
        now = perf_counter()
        if self._waiters and now - self._heard > HANG_DEADLINES * self._timeout_seconds:
            self._give_up()
        for waiter in list(self._waiters.values()):
            age = now - waiter.submitted
            if age < LOOK_SECONDS:
                break  # the rest is younger
            if waiter.future.done():
                continue  # abandoned
            if age > self._timeout_seconds:
                self._abandon(waiter, self._expired(), reason="deadline")
            elif waiter.watch is None and waiter.receive is not None:
                waiter.watch = self._loop.create_task(self._watch(waiter, waiter.receive))

    async def _watch(self, waiter: Waiter, receive: Receive) -> None:
        """Wait for the client to leave."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._abandon(waiter, ClientGoneError("The client closed the connection."), reason="client_gone")

    def _abandon(self, waiter: Waiter, error: TenfoldError, *, reason: str) -> None:
        """End a job for its client now; the inference process drops it when it comes to it."""
        self._tell_abandoned(waiter.number, reason)
        if not waiter.future.done():
            waiter.future.set_exception(error)

    def _expired(self) -> DeadlineError:
        return DeadlineError(
            f"No answer was ready within {self._timeout_seconds:g} seconds; send fewer pictures, or try again."
        )
