"""The event loop's end of the socket to the inference process: starts it, talks to it, and starts another should it die."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import cast

from app.frames import FrameReader, pack
from app.inference_process import RunningProcess
from app.messages import Command, Report, Request

RESTART_SECONDS = 1.0
"""A process that dies at once is not started again more often than this."""

logger = logging.getLogger(__name__)


class InferenceLink:
    """Keeps one inference process running.

    Parameters
    ----------
    start
        Starts it.
    receive
        Takes each message from it, on the event loop.
    lose
        Called when it has died, with the reason; nothing that was sent to it will be answered.
    """

    def __init__(
        self, start: Callable[[], RunningProcess], *, receive: Callable[[Report], None], lose: Callable[[str], None]
    ) -> None:
        self._start = start
        self._receive = receive
        self._lose = lose
        self._outbox: list[Request] = []
        self._transport: asyncio.WriteTransport | None = None
        self._process: RunningProcess | None = None
        self._stopping = False
        self.ended = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process's number; None where there is none."""
        return self._process.pid if self._process is not None else None

    async def open(self) -> None:
        """Start the process, for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._started = monotonic()
        self._process = self._start()
        transport, _ = await self._loop.create_unix_connection(
            lambda: _Ear(self._hear, self._end), sock=self._process.link
        )
        self._transport = transport
        self._flush()

    def send(self, message: Request) -> None:
        """Send a message; those of one turn of the event loop leave together."""
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(message)

    async def close(self, *, timeout_seconds: float) -> None:
        """Have the process answer what it was sent, and end; it is killed if that takes too long.

        Parameters
        ----------
        timeout_seconds
            How long it may take.
        """
        self._stopping = True
        self.send(Command.STOP)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), timeout_seconds)
        if self._transport is not None:
            self._transport.abort()
        if self._process is not None:
            await _end(self._process)

    def give_up(self) -> None:
        """Take the process for dead, as if it had ended: it is killed and replaced."""
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        if self._transport is not None and self._outbox:
            messages, self._outbox = self._outbox, []
            self._transport.writelines(pack(messages))

    def _hear(self, message: object) -> None:
        self._receive(cast(Report, message))

    def _end(self) -> None:
        """Take note that the other end is closed."""
        self._transport = None
        self.ended.set()
        if not self._stopping:
            self._loop.create_task(self._replace())

    async def _replace(self) -> None:
        """Give up what was sent to the dead process, and start another."""
        assert self._process is not None
        status = await _end(self._process)
        self._process = None
        self._outbox.clear()
        how = _describe_end(status)
        logger.error("the inference process died and is replaced", extra={"fields": {"status": status, "reason": how}})
        self._lose(f"The inference process died ({how}); another is being started.")
        while not self._stopping:
            await asyncio.sleep(max(0.0, self._started + RESTART_SECONDS - monotonic()))
            if self._stopping:
                return  # told to stop meanwhile: nobody would end another
            try:
                await self.open()
            except OSError as error:
                logger.error("the inference process cannot be started", extra={"fields": {"reason": str(error)}})  # noqa: TRY400  # the reason is all there is to know
            else:
                self.ended.clear()
                return


def _describe_end(status: int | None) -> str:
    """Say in words what an exit status tells, and what to do about it."""
    if status == -signal.SIGKILL:
        return "killed, by an operator, for hanging, or by the kernel for want of memory: then give it more"
    if status is not None and status < 0:
        return f"signal {-status}, a fault in native code: please report it with the log before this line"
    return f"exit status {status}: the log before this line says why"


async def _end(process: RunningProcess) -> int | None:
    """End a process beside the event loop, or on it where the system has no room for a thread: it takes milliseconds."""
    try:
        return await asyncio.to_thread(process.end)
    except RuntimeError:
        return process.end()


class _Ear(asyncio.Protocol):
    """Hears what comes over the socket."""

    def __init__(self, hear: Callable[[object], None], end: Callable[[], None]) -> None:
        self._hear = hear
        self._end = end
        self._frames = FrameReader()

    def data_received(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            self._hear(message)

    def connection_lost(self, _: Exception | None) -> None:
        self._end()
