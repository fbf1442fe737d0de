"""HTTP/1.1 on one connection, with an end to everything: deadlines, refusals in their turn, and a gentle close.

Uvicorn speaks HTTP well but trusts its clients: its only deadline is the keep-alive's, and it drops due answers when a
later request is broken. On top of `parsing.py`, which bounds what is parsed, this adds

- an absolute deadline for the head, for the body, between requests, and for a client that does not take its answer;
- a problem document for what is refused before it reaches the app, sent after the answers still due.

`connections.py` counts connections and looks after the deadlines, `refusals.py` words refusals, `transports.py` closes.
"""

import logging
from asyncio import AbstractEventLoop, Transport
from collections.abc import Callable
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.connections import NEVER, Connections
from app.parsing import ANSWER, BODY, HEAD, IDLE, BoundedParser
from app.refusals import refusal_bytes, too_slow
from app.settings import Settings
from app.transports import ClosingTransport, PatientFlow
from model.errors import TenfoldError

LINGER_SECONDS = 2.0  # how long a refused client may go on sending before it must have read why

logger = logging.getLogger(__name__)


class GuardedProtocol(BoundedParser):
    """One connection.

    Parameters
    ----------
    config, server_state, app_state, _loop
        Uvicorn's own.
    settings
        Every limit and deadline.
    connections
        All connections of this process.
    """

    transport: ClosingTransport
    flow: PatientFlow

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        settings: Settings,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, settings=settings)
        self.all_connections = connections
        self.address = ""
        self.expires_at = self.write_expires_at = NEVER
        self.running: RequestResponseCycle | None = None
        self.refusal: TenfoldError | None = None

    # The connection and its deadlines

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Admit the connection, or say why not."""
        super().connection_made(transport)
        self.transport = ClosingTransport(transport, must_linger=self._is_sending, on_closing=self._on_closing)
        self.flow = PatientFlow(transport, must_wait=lambda: bool(self.unparsed))
        self.address = self.client[0] if self.client else ""
        self._expire_in(self.settings.head_timeout_seconds)
        try:
            self.all_connections.admit(self)
        except TenfoldError as refusal:
            self._write_refusal(refusal)
            self.transport.close()  # without lingering: to hold a flood is to lose to it

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the running request, and forget those that wait."""
        self.all_connections.release(self)
        self.transport.detach()
        self.flow.detach()
        self.pipeline.clear()
        self.unparsed = memoryview(b"")
        if self.running is not None:
            _abandon(self.running)
            self.running = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client a while to take what waits for it."""
        super().pause_writing()
        self.write_expires_at = self.loop.time() + self.settings.write_timeout_seconds

    def resume_writing(self) -> None:
        """Go on: the client has taken most of what waited."""
        super().resume_writing()
        self.write_expires_at = NEVER

    def shutdown(self) -> None:
        """Answer what has begun to arrive, then close."""
        self.stopping = True
        if self.phase is IDLE:
            self.transport.close()
        elif self.phase is not HEAD:
            super().shutdown()

    def expire(self, now: float) -> None:
        """Act on a deadline that has passed."""
        if self.transport.closing or self.write_expires_at <= now:
            self.expires_at = self.write_expires_at = NEVER
            self.transport.abort()
        elif self.phase is IDLE:
            self.transport.close()
        elif self.flow.read_paused:  # the rest may be here already: it is we who do not read
            self.expires_at = now + self.settings.body_timeout_seconds
        elif self.phase is HEAD:
            self.refuse(too_slow("headers", self.settings.head_timeout_seconds))
        else:
            self.refuse(too_slow("body", self.settings.body_timeout_seconds))

    def _expire_in(self, seconds: float) -> None:
        self.expires_at = self.loop.time() + seconds

    def on_phase(self) -> None:
        """Set the deadline of a phase once, when it outlasts the bytes that began it."""
        if self.timed is self.phase:
            return
        self.timed = self.phase
        if self.phase is ANSWER:
            self.expires_at = NEVER
        elif self.phase is BODY:
            self._expire_in(self.settings.body_timeout_seconds)
        else:
            self._expire_in(self.settings.head_timeout_seconds)

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless nobody wants it any more."""
        if not self.transport.closing and self.refusal is None:
            super().data_received(data)

    # Answering and refusing

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with what waited for this answer: a request, a refusal, unparsed bytes, or the client."""
        self.server_state.total_requests += 1
        if self.transport.closing:
            return
        if self._is_sending():  # answered before its body had come: where the next request begins is not known
            self.transport.close()
            return
        self.running = None
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self.refusal is not None:
            self._send_refusal(self.refusal)
        elif self.phase is ANSWER:
            self.phase = self.timed = IDLE
            self._expire_in(self.settings.idle_timeout_seconds)
        if not self.pipeline:
            self._read_on()

    def _read_on(self) -> None:
        """Go on with the rest of the request that now runs, or with the next one; some of it may be here already."""
        if self.unparsed:
            self.parse_on()
            self.on_phase()
        self.flow.resume_reading()

    def refuse(self, error: TenfoldError) -> None:
        """Take nothing more, and say why once the answers still due are out."""
        # Without its traceback, whose frames hold this connection with everything that it was sent.
        self.refusal = error.with_traceback(None)
        self.unparsed = memoryview(b"")
        self.timed, self.expires_at = self.phase, NEVER
        if self.phase is BODY:
            self._withdraw()
        if self.running is None:
            self._send_refusal(error)

    def _withdraw(self) -> None:
        """Take back the request whose body is refused: it is the last in the queue, or running."""
        if self.pipeline:
            self.pipeline.popleft()
        elif self.running is not None and self.running.response_started:
            self.transport.close()  # a second answer would be read as part of the first
        elif self.running is not None:
            _abandon(self.running)
            self.running = None

    def _send_refusal(self, error: TenfoldError) -> None:
        self._write_refusal(error)
        self.transport.linger()

    def _write_refusal(self, error: TenfoldError) -> None:
        logger.info("refused a request from %s: %s", self.address, error)
        note_refusal: Callable[[Exception], None] | None = self.app_state.get("note_refusal")
        if note_refusal is not None:
            note_refusal(error)
        self.transport.write(refusal_bytes(error, target=self.url, headers=self.server_state.default_headers))

    def _is_sending(self) -> bool:
        """Tell whether the running request's body is still to come."""
        return self.running is not None and self.running.more_body

    def _on_closing(self, lingering: bool) -> None:  # noqa: FBT001  # a callback's only argument
        self._expire_in(LINGER_SECONDS if lingering else self.settings.write_timeout_seconds)


def _abandon(cycle: RequestResponseCycle) -> None:
    """Tell an app that its client is gone."""
    cycle.disconnected = True
    cycle.message_event.set()
