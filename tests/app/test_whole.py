"""Answers in one piece: by a server that takes them, and by one that does not."""

import asyncio
import logging
from functools import partial
from typing import Any

import pytest
from starlette.types import Message
from uvicorn.protocols.http.flow_control import FlowControl

from app.main import create_app
from app.settings import Settings, load_settings
from app.whole import EXTENSIONS, WHOLE_ANSWER, WholeAnswerCycle, WholeResponse


class Line(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True


def answer(
    response: WholeResponse, *, method: str = "GET", keep_alive: bool = True, disconnected: bool = False
) -> tuple[Line, list[str]]:
    """Send a response through a cycle; give what is written, and whether the cycle said that it is done."""
    line, done = Line(), list[str]()

    async def send() -> None:
        scope: Any = {"type": "http", "method": method, "extensions": EXTENSIONS}
        logger = logging.getLogger(__name__)
        cycle = WholeAnswerCycle(
            scope, line, FlowControl(line), logger, logger, False, [(b"date", b"now")], asyncio.Event(), False,
            keep_alive, lambda: done.append("done"),
        )  # fmt: skip
        cycle.disconnected = disconnected
        await response(scope, cycle.receive, cycle.send)  # type: ignore[arg-type]  # uvicorn's messages are typed

    asyncio.run(send())
    return line, done


def test_whole_answer_is_one_write() -> None:
    line, done = answer(WholeResponse(b"body", 404, headers={"a": "b"}))
    assert line.writes == [b"HTTP/1.1 404 Not Found\r\ndate: now\r\na: b\r\ncontent-length: 4\r\n\r\nbody"]
    assert (line.closed, done) == (False, ["done"])


@pytest.mark.parametrize(("headers", "keep_alive"), [({"connection": "close"}, True), ({}, False)])
def test_last_answer_of_a_connection_says_so_once_and_closes(headers: dict[str, str], *, keep_alive: bool) -> None:
    line, _ = answer(WholeResponse(b"", headers=headers), keep_alive=keep_alive)
    assert line.writes[0].count(b"connection: close\r\n") == 1
    assert line.closed


def test_head_is_answered_without_the_body() -> None:
    line, _ = answer(WholeResponse(b"body"), method="HEAD")
    assert line.writes[0].endswith(b"content-length: 4\r\n\r\n")


def test_client_that_left_is_sent_nothing() -> None:
    line, done = answer(WholeResponse(b"body"), disconnected=True)
    assert (line.writes, done) == ([], [])


@pytest.mark.parametrize("origins", ["", "https://a.example"])
def test_whole_answer_is_not_sent_past_the_headers_of_other_origins(settings: Settings, origins: str) -> None:
    app = create_app(load_settings(checkpoint=settings.checkpoint, log_level="error", cors_origins=origins))
    sent: list[Message] = []
    headers = [(b"host", b"localhost"), (b"origin", b"https://a.example")]
    scope = {"type": "http", "method": "POST", "path": "/v1/predictions", "query_string": b"", "client": None,
             "headers": headers, "extensions": EXTENSIONS}  # fmt: skip

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await app(scope, partial(asyncio.sleep, 0), send)  # type: ignore[arg-type]  # nothing is received without a model

    asyncio.run(ask())
    assert len(sent) == (2 if origins else 1)
    assert ((b"access-control-allow-origin", b"https://a.example") in sent[0].get("headers", ())) == bool(origins)
    assert (sent[0]["type"], sent[0]["status"]) == ("http.response.start" if origins else WHOLE_ANSWER, 503)
