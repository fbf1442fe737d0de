"""The process that runs the networks, apart from the event loop's: neither waits for the other's hold on the interpreter.

Started by `start_process`, which is all that the event loop's process uses of this module; what the other end does is
`inference.py`'s. The process takes no signal: it ends when it is told to, or when the socket to its parent is closed, so
that it finishes what was accepted whatever a terminal or a service manager sends to all processes at once. One that hangs
hears neither; where its parent is killed, Linux kills it too.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.logs import set_up_logging

if TYPE_CHECKING:
    from app.settings import Settings

# The parent's own path, so that both ends are the same program wherever it was started; `-c` would put the folder there.
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from app.inference_process import InferenceOptions, main; main({number}, {options!r}, parent={parent})"
)
_PR_SET_PDEATHSIG = 1
"""prctl(2): which signal this process is sent when the thread that started it ends."""


@dataclass(frozen=True)
class InferenceOptions:
    """What the process must know; as plain values, which the command line carries.

    Parameters
    ----------
    checkpoint, engine, data
        As in `app.loading.ModelSource`.
    max_pixels
        Of one picture.
    log_level
        Least severe level that is written.
    """

    checkpoint: str
    engine: str
    data: str | None
    max_pixels: int
    log_level: str


def inference_options(settings: "Settings") -> InferenceOptions:
    """Choose what the process must know of the settings."""
    return InferenceOptions(
        checkpoint=str(settings.checkpoint),
        engine=settings.engine,
        data=str(settings.data) if settings.data is not None else None,
        max_pixels=settings.max_pixels,
        log_level=settings.log_level,
    )


class RunningProcess(Protocol):
    """The other end, once it runs."""

    link: socket.socket
    """To be read from and written to; closing it ends the process."""

    pid: int | None

    def end(self) -> int | None:
        """Kill it if it still runs, and give its exit status."""


class _ChildProcess:
    def __init__(self, link: socket.socket, process: "subprocess.Popen[bytes]") -> None:
        self.link = link
        self.pid: int | None = process.pid
        self._process = process

    def end(self) -> int | None:
        if self._process.poll() is None:
            self._process.kill()
        return self._process.wait()


def start_process(options: InferenceOptions) -> RunningProcess:
    """Start the process: a fresh interpreter, because the threads of ONNX Runtime and CUDA do not survive a fork.

    Parameters
    ----------
    options
        What it runs.

    Returns
    -------
    RunningProcess
        It does not outlive the thread that calls this. It begins with a `ModelDescription` or a `LoadRefusal`; what is sent
        to it before that waits.

    Raises
    ------
    OSError
        If the system has no room for another process or socket.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        program = _PROGRAM.format(path=sys.path, number=theirs.fileno(), options=options, parent=os.getpid())
        process = subprocess.Popen(  # noqa: S603  # this program, with settings quoted by Python
            [sys.executable, "-c", program], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, close_fds=True
        )
    return _ChildProcess(ours, process)


def main(number: int, options: InferenceOptions, *, parent: int) -> None:
    """Run the process.

    Parameters
    ----------
    number
        The socket's file descriptor.
    options
        What to run.
    parent
        Number of the process that started this one.
    """
    _die_with(parent)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    set_up_logging(options.log_level)
    from app.inference import InferenceLoop  # noqa: PLC0415  # the parent must not load the engines
    from app.loading import ModelSource, load_model  # noqa: PLC0415
    from model.decoding import PictureLimits  # noqa: PLC0415

    source = ModelSource(
        Path(options.checkpoint),
        options.engine,  # type: ignore[arg-type]  # the settings' own check is the check
        Path(options.data) if options.data else None,
    )
    loop = InferenceLoop(
        socket.socket(fileno=number),
        partial(load_model, source),
        limits=PictureLimits(max_pixels=options.max_pixels),
    )
    gc.freeze()  # for what is loaded now lives as long as the process; see `app/server.py`
    loop.run()


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, which nothing else could tell it while it hangs."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415  # the parent has no use for it

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # it died before the kernel knew
