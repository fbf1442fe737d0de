import asyncio
import json
from io import StringIO

from app.books import MOST_NOTES, Books
from app.logs import AccessLog
from app.metrics import Metrics
from app.notes import RequestNote, RoundNote

NOTE = RequestNote(0.0, "GET", "/x", "/x", 200, 0.1, "r1", "")
ROUND = RoundNote([0.1], ["digit"], [], 0.01, 0.02)


class Desk:
    """Books, and what is in them."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.stream = StringIO()
        self.books = Books(self.metrics, AccessLog(enabled=True, stream=self.stream))

    def requests(self) -> tuple[float | None, int]:
        """Give the count of requests, and of lines."""
        labels = {"route": "/x", "method": "GET", "status": "200"}
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return self.metrics.registry.get_sample_value("tenfold_requests_total", labels), len(lines)


def test_notes_are_entered_together_and_once() -> None:
    desk = Desk()

    async def work() -> None:
        desk.books.note_request(NOTE)
        desk.books.note_request(NOTE)
        desk.books.note_round(ROUND, waiting_pictures=3)
        assert desk.requests() == (None, 0)
        desk.books.settle()

    asyncio.run(work())
    desk.books.settle()
    assert desk.requests() == (2, 2)
    assert desk.metrics.registry.get_sample_value("tenfold_queue_seconds_count") == 1
    assert desk.metrics.registry.get_sample_value("tenfold_queue_pictures") == 3


def test_many_notes_do_not_wait() -> None:
    desk = Desk()

    async def work() -> None:
        for _ in range(MOST_NOTES):
            desk.books.note_request(NOTE)

    asyncio.run(work())
    assert desk.requests() == (MOST_NOTES, MOST_NOTES)


def test_few_notes_are_entered_soon() -> None:
    desk = Desk()

    async def work() -> None:
        desk.books.note_request(NOTE)
        while desk.requests()[1] == 0:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(work(), 10))
