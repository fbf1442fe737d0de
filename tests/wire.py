"""HTTP as bytes on a socket, for tests that must send what no client library would."""

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

HOST = b"Host: tenfold.test\r\n"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)

    def assert_problem(self, *statuses: int) -> dict[str, Any]:
        """Check that this is a problem document with one of the statuses and a request id, and return it."""
        assert self.status in statuses, (self.status, self.body[:300])
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json()
        assert set(problem) == {"type", "title", "status", "detail", "instance", "request_id"}
        assert problem["status"] == self.status
        assert problem["request_id"] == self.headers["x-request-id"]
        assert len(self.body) - len(problem["instance"]) < 1500
        return dict(problem)


def request(
    method: str = "GET", target: str = "/", *, headers: Iterable[str] = (), body: bytes = b"", version: str = "1.1"
) -> bytes:
    """Write a request with a Host, and a Content-Length if it has a body and the headers say nothing of it."""
    lines = [f"{method} {target} HTTP/{version}", "Host: tenfold.test", *headers]
    framed = any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in lines)
    if body and not framed:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Wire:
    """One connection to a server, and the answers on it."""

    def __init__(
        self,
        port: int,
        *,
        receive_buffer_bytes: int | None = None,
        patience_seconds: float = 10.0,
        from_address: str = "127.0.0.1",
    ) -> None:
        self.socket = socket.socket()
        self.socket.bind((from_address, 0))
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(patience_seconds)
        try:
            self.socket.connect(("127.0.0.1", port))
            if self.socket.getsockname() == self.socket.getpeername():  # nobody listens, and TCP met itself
                raise ConnectionRefusedError(f"nothing listens at port {port}")
        except OSError:
            self.socket.close()
            raise
        self._held = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, content: bytes) -> Self:
        """Send; a server that has closed meanwhile is no error, its answer counts."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(content)
        return self

    def answer(self) -> Answer:
        """Read one answer; interim ones (100) count."""
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        return Answer(status, headers, self._read_body(headers))

    def ask(self, content: bytes) -> Answer:
        """Send a request and read its answer."""
        return self.send(content).answer()

    def is_ended(self) -> bool:
        """Wait for the server to end the connection; False if bytes come instead."""
        try:
            return not self._held and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return b"".join(iter(self._read_chunk, b""))
        return self._read(int(headers.get("content-length", "0")))

    def _read_chunk(self) -> bytes:
        size = int(self._read_until(b"\r\n"), 16)
        return self._read(size + 2)[:size]

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._held:
            self._receive()
        return self._take(self._held.index(end), skip=len(end))

    def _read(self, size: int) -> bytes:
        while len(self._held) < size:
            self._receive()
        return self._take(size)

    def _take(self, size: int, *, skip: int = 0) -> bytes:
        found = bytes(self._held[:size])
        del self._held[: size + skip]
        return found

    def _receive(self) -> None:
        received = self.socket.recv(65536)
        if not received:
            raise EOFError(f"the server closed the connection after {bytes(self._held[:100])!r}")
        self._held += received


def ask(port: int, content: bytes) -> Answer:
    """Ask one question on a connection of its own."""
    with Wire(port) as wire:
        return wire.ask(content)
