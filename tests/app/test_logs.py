import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from io import StringIO

import pytest

from app.logs import MOST_HELD_LINES, AccessLog, set_up_logging


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """The log of a process, put back as it was afterwards."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    set_up_logging("info", stream=stream)
    yield stream
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def lines(stream: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_message_is_one_line_of_json(stream: StringIO) -> None:
    logging.getLogger("a").info("two\nlines %s", 1, extra={"fields": {"extra": "é"}})
    logging.getLogger("a").debug("not shown")
    (line,) = lines(stream)
    assert (line["level"], line["logger"], line["message"], line["extra"]) == ("info", "a", "two\nlines 1", "é")
    assert str(line["time"]).endswith("+00:00")


def test_exception_is_in_its_line(stream: StringIO) -> None:
    try:
        int("why")
    except ValueError:
        logging.getLogger("a").exception("failed")
    assert "ValueError: invalid literal" in str(lines(stream)[0]["exception"])


def test_death_of_a_thread_is_logged(stream: StringIO) -> None:
    def die() -> None:
        raise ValueError("why")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    assert "ValueError: why" in str(lines(stream)[0]["exception"])


def write(log: AccessLog, count: int = 1) -> None:
    for _ in range(count):
        log.write(method="GET", path='/"\n', status=200, seconds=0.0015, request_id="r1", client="::1")


def test_access_lines_leave_together_and_in_order() -> None:
    stream = StringIO()

    async def work() -> None:
        log = AccessLog(enabled=True, stream=stream)
        write(log, 2)
        assert stream.getvalue() == ""
        log.flush()

    asyncio.run(work())
    assert [(line["path"], line["milliseconds"]) for line in lines(stream)] == [('/"\n', 1.5)] * 2


def test_many_lines_do_not_wait() -> None:
    stream = StringIO()

    async def work() -> None:
        write(AccessLog(enabled=True, stream=stream), MOST_HELD_LINES + 1)

    asyncio.run(work())
    assert len(lines(stream)) == MOST_HELD_LINES + 1


def test_switched_off_log_writes_nothing() -> None:
    stream = StringIO()
    log = AccessLog(enabled=False, stream=stream)
    write(log)
    log.flush()
    assert stream.getvalue() == ""
