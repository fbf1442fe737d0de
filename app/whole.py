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
"""The extension's name, and its message's type; the message has `status`, `headers` and `body`."""

EXTENSIONS: dict[str, dict[object, object]] = {WHOLE_ANSWER: {}}


class WholeResponse(Response):
    """A response that goes out in one piece if the server can."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if WHOLE_ANSWER in scope.get("extensions", ()):
            message = {"type": WHOLE_ANSWER, "status": self.status_code, "headers": self.raw_headers, "body": self.body}
            await send(message)
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
        """Write head and body; the headers are this service's own, so they need no second check of their characters."""
        pieces = [STATUS_LINE[message["status"]]]
        for name, value in (*self.default_headers, *message["headers"]):
            if name == b"connection":  # the only thing that an answer of ours says of it is "close"
                self.keep_alive = False
            else:
                pieces += (name, b": ", value, b"\r\n")
        if not self.keep_alive:
            pieces.append(b"connection: close\r\n")
        pieces.append(b"\r\n")
        if self.scope["method"] != "HEAD":
            pieces.append(message["body"])
        return b"".join(pieces)


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
