"""A transport that closes gently, and a flow that does not read ahead of a full pipeline.

Uvicorn closes the transport from several places, some of them while the client is still sending. Closing a socket with
unread bytes makes the kernel reset the connection, and a client that was about to read its answer may lose it. So a
close in the middle of a request only says that nothing more follows, and discards what still comes for a while; the
idea is nginx's `lingering_close` (https://nginx.org/en/docs/http/ngx_http_core_module.html#lingering_close).

Both hold their protocol, and it holds them. When the connection is gone they let go of it: else each connection would wait
with all it was sent for the garbage collector's last generation, which may be hundreds of megabytes away.
"""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl


class ClosingTransport(asyncio.Transport):
    """The part of a transport that uvicorn uses, with our way to close.

    Parameters
    ----------
    inner
        The event loop's transport.
    must_linger
        Whether the client is in the middle of sending.
    on_closing
        Called once when the closing begins; its argument tells whether we linger.
    """

    def __init__(
        self, inner: asyncio.Transport, *, must_linger: Callable[[], bool], on_closing: Callable[[bool], None]
    ) -> None:
        super().__init__()
        self.closing = False
        self.write = inner.write  # type: ignore[method-assign]  # twice per answer: a method of ours would cost 0.2 us
        self.abort = inner.abort  # type: ignore[method-assign]
        self._inner = inner
        self._must_linger = must_linger
        self._on_closing = on_closing

    def is_closing(self) -> bool:
        """Tell whether nothing more is to be written."""
        return self.closing or self._inner.is_closing()

    def close(self) -> None:
        """Close as soon as what was written is out; gently where the client is still sending."""
        if self._must_linger():
            self.linger()
        else:
            self._begin(lingering=False)

    def linger(self) -> None:
        """Say that nothing more follows, and go on reading."""
        self._begin(lingering=self._inner.can_write_eof())  # TLS cannot close one half

    def detach(self) -> None:
        """Let go of the protocol; the connection is gone."""
        self.closing = True
        self._must_linger, self._on_closing = _never, _ignore

    def _begin(self, *, lingering: bool) -> None:
        if self.closing:
            return
        self.closing = True
        self._on_closing(lingering)
        if lingering:
            self._inner.write_eof()
            self._inner.resume_reading()
        else:
            self._inner.close()


class PatientFlow(FlowControl):
    """Uvicorn's flow control, except that nothing is read while earlier bytes wait to be parsed.

    An app resumes reading whenever it waits for its request's body or for its client to leave; while requests of the same
    connection are queued behind it, each time would pile up more bytes.

    Parameters
    ----------
    transport
        The event loop's transport.
    must_wait
        Whether bytes wait.
    """

    def __init__(self, transport: asyncio.Transport, *, must_wait: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._must_wait = must_wait

    def detach(self) -> None:
        """Let go of the protocol; the connection is gone."""
        self._must_wait = _never

    def resume_reading(self) -> None:
        """Read on, unless bytes wait."""
        if self.read_paused and not self._must_wait():
            super().resume_reading()


def _never() -> bool:
    return False


def _ignore(_: bool) -> None:  # noqa: FBT001  # stands in for a callback
    """Do nothing."""
