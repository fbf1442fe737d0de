"""The real service in a process of its own, for tests that need its sockets, signals and memory."""

import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.processes import ProcessTree
from tests.wire import Wire, request

SERVE = "from app.server import serve; from app.settings import load_settings; serve(load_settings())"
ROOT = Path(__file__).parent.parent


def wait_until(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Look again and again; a condition that never holds fails the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def free_port() -> int:
    """Choose a port that nobody has, below those that the system itself gives out.

    One of those may be taken again before the service binds it: by another's connection, or by our own that asks whether
    the service is there already and meets itself.
    """
    while True:
        port = 15_000 + secrets.randbelow(15_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class HangingCheckpoint:
    """A checkpoint whose reader hangs in the system's own code, because its manifest is a pipe that nobody writes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifest = folder / "manifest.json"
        os.mkfifo(self._manifest)

    @contextmanager
    def being_read(self) -> Iterator[None]:
        """Wait until somebody reads it, who then hangs until the block ends."""
        wait_until(self._open, seconds=60)
        try:
            yield
        finally:
            os.close(self._writer)

    def _open(self) -> bool:
        try:
            self._writer = os.open(self._manifest, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False  # no reader yet
        return True


class Service:
    """`tenfold serve` with settings by variables, its log in a file."""

    def __init__(self, log: Path, **settings: object) -> None:
        self.port = free_port()
        self.log = log
        variables = {f"TENFOLD_{name.upper()}": str(value) for name, value in settings.items()}
        self._environment = {**os.environ, "TENFOLD_PORT": str(self.port), **variables}

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE], env=self._environment, cwd=ROOT, stdout=log, stderr=log
            )
        try:
            wait_until(self.is_ready, seconds=60)
        except AssertionError:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the service did not start:\n{self.log.read_text()[-3000:]}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()

    def is_ready(self) -> bool:
        """Ask /readyz; a process that has ended fails the test at once."""
        assert self.process.poll() is None, f"the service ended:\n{self.log.read_text()[-3000:]}"
        try:
            with self.wire() as wire:
                return wire.ask(request(target="/readyz")).status == 200
        except (OSError, EOFError):
            return False

    def wire(self, **options: Any) -> Wire:
        """Open a connection."""
        return Wire(self.port, **options)

    @property
    def processes(self) -> ProcessTree:
        """All that the service runs as: workers, and what runs the networks of each."""
        return ProcessTree(self.process.pid)

    def workers(self) -> list[int]:
        """List the worker processes below the supervisor."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def reload(self) -> None:
        """Send SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    def live_milliseconds(self, *, address: str = "127.0.0.2", tries: int = 7) -> float:
        """Measure how long /livez takes on a new connection from another address: the median of some tries.

        The median, because on a machine with other work a single answer waits for its turn on the processor.
        """
        return statistics.median(self._time_live(address) for _ in range(tries))

    def _time_live(self, address: str) -> float:
        started = time.perf_counter()
        with Wire(self.port, from_address=address) as wire:
            assert wire.ask(request(target="/livez")).status == 200
        return (time.perf_counter() - started) * 1000

    def metric(self, name: str) -> float:
        """Add up a metric's samples, whatever their labels."""
        with self.wire() as wire:
            lines = wire.ask(request(target="/metrics")).body.decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def count_messages(self, words: str) -> int:
        """Count the messages in the log that contain some words."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return sum(words in line.get("message", "") for line in lines)
