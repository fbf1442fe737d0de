"""The log: one JSON object a line on standard error, with times in UTC and never a byte of a picture.

Program messages go through `logging` as usual. Access lines, one a request, do not: at thousands a second `logging` would
cost more than the answer. They are written as text, and leave as many together as `books.py` has collected.
"""

import json
import logging
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from app.notes import RequestNote

_QUIET = ("uvicorn.access",)


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, object] = {
            "time": _timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up_logging(level: str, *, stream: TextIO | None = None) -> None:
    """Send all of the process's messages to one stream as JSON lines.

    Parameters
    ----------
    level
        Least severe level that is written.
    stream
        Standard error if None.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).disabled = True
    threading.excepthook = _log_thread_failure


def _log_thread_failure(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        logging.getLogger(__name__).critical("thread died", exc_info=arguments.exc_value)


def _timestamp(seconds: float) -> str:
    """Write a time to the millisecond, such as 2026-11-23T10:00:00.123+00:00."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}+00:00"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    """Write the part that thousands of lines share."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=64)
def _quoted(path: str) -> str:
    """Escape what JSON must; most requests go to a handful of paths."""
    return json.dumps(path)


class AccessLog:
    """Writes one line a request.

    Parameters
    ----------
    enabled
        Whether to write at all.
    stream
        Standard error if None.
    """

    def __init__(self, *, enabled: bool, stream: TextIO | None = None) -> None:
        self._enabled = enabled
        self._stream = stream

    def write(self, requests: Sequence[RequestNote]) -> None:
        """Write the lines of answered requests, all at once.

        Parameters
        ----------
        requests
            In order.
        """
        if self._enabled and requests:
            stream = self._stream or sys.stderr
            with suppress(OSError):  # a full disk or a reader that has left must not cost an answer
                stream.write("".join(map(_write_line, requests)))
                stream.flush()


def _write_line(note: RequestNote) -> str:
    """Write one line; only the path can hold what JSON must escape: the others are ours, or were checked."""
    return (
        f'{{"time": "{_timestamp(note.at_seconds)}", "level": "info", "logger": "access", "method": "{note.method}", '
        f'"path": {_quoted(note.path)}, "status": {note.status}, "milliseconds": {note.seconds * 1000:.2f}, '
        f'"request_id": "{note.request_id}", "client": "{note.client}"}}\n'
    )
