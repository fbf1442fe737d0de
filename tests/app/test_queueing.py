"""The queue alone; with a process behind it, it is tested in `test_batching.py`."""

import asyncio

import pytest

from app.errors import DeadlineError, InferenceCrashedError, OverloadedError
from app.messages import Completion
from app.metrics import Metrics
from app.queueing import WaitingQueue


def queue_of(abandoned: list[tuple[int, str]], *, capacity: int = 5, timeout_seconds: float = 20.0) -> WaitingQueue:
    """A queue that works for the running loop."""
    queue = WaitingQueue(
        Metrics(),
        capacity=capacity,
        timeout_seconds=timeout_seconds,
        abandon=lambda number, reason: abandoned.append((number, reason)),
        give_up=lambda: None,
    )
    queue.open()
    return queue


def test_places_are_taken_until_the_process_is_done_with_a_job() -> None:
    async def work() -> None:
        queue = queue_of([])
        waiter = queue.enter(4, receive=None)
        queue.check_room(1)
        with pytest.raises(OverloadedError, match="4 pictures are waiting already; at most 5 may"):
            queue.check_room(2)
        queue.complete(Completion(waiter.number, b"answer", None, (0.1, 0.2, 0.3)))
        assert (await waiter.future)[0] == b"answer"
        queue.check_room(5)

    asyncio.run(work())


def test_job_that_nobody_waits_for_keeps_its_places_and_its_answer_goes_nowhere() -> None:
    async def work() -> None:
        abandoned: list[tuple[int, str]] = []
        queue = queue_of(abandoned, timeout_seconds=0.01)
        waiter = queue.enter(5, receive=None)
        with pytest.raises(DeadlineError, match=r"within 0\.01 seconds"):
            await waiter.future
        assert abandoned == [(waiter.number, "deadline")]
        assert queue.stuck
        with pytest.raises(OverloadedError):
            queue.check_room(1)
        queue.complete(Completion(waiter.number, b"late", None, (0.0, 0.0, 0.0)))
        assert not queue.stuck
        queue.check_room(5)

    asyncio.run(work())


def test_all_that_waits_fails_together() -> None:
    async def work() -> None:
        queue = queue_of([])
        waiters = [queue.enter(1, receive=None) for _ in range(3)]
        queue.fail(InferenceCrashedError("gone"))
        for waiter in waiters:
            with pytest.raises(InferenceCrashedError):
                await waiter.future
        queue.check_room(5)

    asyncio.run(work())
