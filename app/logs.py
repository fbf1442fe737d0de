"""The log: one JSON object a line on standard error, with times in UTC and never a byte of a picture.

Program messages go through `logging` as usual. Access lines, one a request, do not: at thousands a second `logging` would
cost more than the answer. They are written as text and leave in one write every `FLUSH_SECONDS`.
"""

import asyncio
import json
import logging
import sys
import threading
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import TextIO

FLUSH_SECONDS = 0.1
"""How long an access line may wait: short for a reader, long enough for hundreds of lines to share one write."""

MOST_HELD_LINES = 1000
"""Lines that trigger a write early."""

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
        self.enabled = enabled
        self._stream = stream
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, *, method: str, path: str, status: int, seconds: float, request_id: str, client: str) -> None:
        """Note one answered request; call it on the event loop.

        Parameters
        ----------
        method, path, status
            Of the request and its answer; no query, no headers.
        seconds
            From the request's head to its answer's last byte.
        request_id, client
            Who asked.
        """
        if not self.enabled:
            return
        # Only the path can hold what JSON must escape: the others are ours, or were checked.
        self._lines.append(
            f'{{"time": "{_timestamp(time())}", "level": "info", "logger": "access", "method": "{method}", '
            f'"path": {_quoted(path)}, "status": {status}, "milliseconds": {seconds * 1000:.2f}, '
            f'"request_id": "{request_id}", "client": "{client}"}}\n'
        )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        elif len(self._lines) > MOST_HELD_LINES:
            self.flush()

    def flush(self) -> None:
        """Write the lines that wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        stream = self._stream or sys.stderr
        stream.write("".join(lines))
        stream.flush()
