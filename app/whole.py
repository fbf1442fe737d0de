"""Answers in one piece: head and body in one message, and in one write to the socket.

ASGI sends an answer's head and its body apart, and uvicorn writes each to the socket as it comes. That is two system calls,
and twice the client is woken; of a small answer's 30 us on the server they are 9. So our server offers the extension below
(https://asgi.readthedocs.io/en/stable/extensions.html), and a `WholeResponse` takes it up where it is offered. Everywhere
else, in tests without a server say, it is a response like any other.
"""

from typing import Any, cast

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

WHOLE_ANSWER = "tenfold.whole_answer"
"""The extension's name, and its message's type. The message has `status`; `lines`, the headers as they go over the wire,
each with its end; `body`; and `close`, whether the connection ends with it. It is never a page."""

CONNECTION_CLOSE = (b"connection", b"close")
_END = b"\r\n"
_LAST_END = b"connection: close\r\n\r\n"
EXTENSIONS: dict[str, dict[object, object]] = {WHOLE_ANSWER: {}}


class WholeResponse(Response):
    """A response that goes out in one piece if the server can."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if WHOLE_ANSWER in scope.get("extensions", ()):
            headers = self.raw_headers
            # They are this service's own, and need no second look at their characters.
            lines = b"".join([b"%b: %b\r\n" % header for header in headers if header != CONNECTION_CLOSE])
            closes = CONNECTION_CLOSE in headers
            await send(
                {"type": WHOLE_ANSWER, "status": self.status_code, "lines": lines, "body": self.body, "close": closes}
            )
        else:
            await super().__call__(scope, receive, send)


class WholeAnswerCycle(RequestResponseCycle):
    """Uvicorn's request and its answer, which may also come whole."""

    async def send(self, message: ASGISendEvent) -> None:
        """Write a message to the socket."""
        if message["type"] == WHOLE_ANSWER:
            await self._send_whole(cast(dict[str, Any], message))
        else:
            await super().send(message)

    async def _send_whole(self, message: Message) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        assert not self.response_started
        self.response_started = self.response_complete = True
        self.message_event.set()
        self.transport.write(self._encode(message))
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _encode(self, message: Message) -> bytes:
        if message["close"]:
            self.keep_alive = False
        server_lines = [b"%b: %b\r\n" % header for header in self.default_headers]
        end = _END if self.keep_alive else _LAST_END
        body = b"" if self.scope["method"] == "HEAD" else message["body"]
        return b"".join([STATUS_LINE[message["status"]], *server_lines, message["lines"], end, body])


class WithoutWholeAnswers:
    """Middleware that hides the extension from the app, for the sake of what only knows ASGI's own messages.

    Parameters
    ----------
    app
        Answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope.pop("extensions", None)
        await self.app(scope, receive, send)
