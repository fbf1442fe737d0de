import json
import logging
import threading
from collections.abc import Iterator
from io import StringIO

import pytest

from app.logs import AccessLog, set_up_logging
from app.notes import RequestNote


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


NOTE = RequestNote(1.5, "GET", '/"\n', "/x", 200, 0.0015, "r1", "::1")


def test_access_lines_leave_in_one_write_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, writes = StringIO(), list[str]()
    monkeypatch.setattr(stream, "write", writes.append)
    AccessLog(enabled=True, stream=stream).write([NOTE, NOTE._replace(path="/2")])
    (written,) = writes
    first, second = (json.loads(line) for line in written.splitlines())
    assert (first["path"], second["path"], first["milliseconds"]) == ('/"\n', "/2", 1.5)
    assert first["time"] == "1970-01-01T00:00:01.500+00:00"


def test_log_that_cannot_be_written_costs_nobody_an_answer() -> None:
    class Full(StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    stream = Full()
    AccessLog(enabled=True, stream=stream).write([RequestNote(0.0, "GET", "/x", "/x", 200, 0.1, "r1", "")])
    assert stream.getvalue()


def test_switched_off_log_writes_nothing() -> None:
    stream = StringIO()
    AccessLog(enabled=False, stream=stream).write([NOTE])
    assert stream.getvalue() == ""
