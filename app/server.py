"""Running the service: the listening socket, the workers, and the signals.

One worker runs in this process; several run below a supervisor that replaces the ones that die. SIGTERM and SIGINT
finish what was accepted within the grace time, refuse the rest, and exit with 0; SIGHUP reaches every worker, where the
app's lifespan takes it as "load the checkpoint again". What a connection may do is `protocol.py`'s business, what a
request means `main.py`'s, which is imported in the workers alone: the supervisor stays small.
"""

import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.connections import Connections
from app.logs import set_up_logging
from app.protocol import GuardedProtocol
from app.settings import Settings
from app.shared_metrics import shared_metrics
from model.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

BACKLOG = 2048  # uvicorn's own default; the kernel caps it at net.core.somaxconn
WORKER_ANSWERS_WITHIN_SECONDS = 30  # a worker that loads networks on a busy machine is slow, not dead

LAST_SECONDS = 2  # after the grace time: cancelled requests end, the lifespan closes

logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Answer requests until told to stop.

    Parameters
    ----------
    settings
        Where to listen, with how many workers, and every limit.

    Raises
    ------
    ConfigurationError
        If the address cannot be listened on.
    """
    set_up_logging(settings.log_level)
    _allow_many_open_files()
    listener = listen(settings.host, settings.port)
    config = make_config(settings)
    host, port = listener.getsockname()[:2]
    logger.info("Tenfold listens at http://%s:%d", f"[{host}]" if ":" in host else host, port)
    # Uvicorn raises the signal it stopped for once more when it is done; with this that is a plain return.
    signal.signal(signal.SIGTERM, _do_nothing)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with suppress(KeyboardInterrupt), shared_metrics(workers=settings.workers):
        if settings.workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            _supervise(config, listener)


def _supervise(config: uvicorn.Config, listener: socket.socket) -> None:
    """Run the workers; leave as one worker alone would if they cannot start."""
    supervisor = Supervisor(config, sockets=[listener])
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)


def make_config(settings: Settings) -> uvicorn.Config:
    """Describe the server to uvicorn.

    Parameters
    ----------
    settings
        The resolved settings; they travel to the workers inside the result, which can be pickled.

    Returns
    -------
    uvicorn.Config
        The app of `app.main`, built in the worker, on uvloop where it is installed.
    """
    return uvicorn.Config(
        partial(_build_app, settings),
        factory=True,
        http=partial(GuardedProtocol, settings=settings, connections=Connections(settings)),  # type: ignore[arg-type]  # uvicorn only calls it
        lifespan="on",
        workers=settings.workers,
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(settings.grace_seconds)),
        timeout_worker_healthcheck=WORKER_ANSWERS_WITHIN_SECONDS,
        callback_notify=_stop_orphans,
        timeout_notify=1,
    )


def listen(host: str, port: int) -> socket.socket:
    """Bind the address that every worker shares.

    Parameters
    ----------
    host
        A name or an IPv4 or IPv6 address of this machine.
    port
        A TCP port; 0 takes a free one.

    Returns
    -------
    socket.socket
        Bound, inherited by workers, and not yet listening: until a worker is ready, clients are refused.

    Raises
    ------
    ConfigurationError
        If the address is unknown, taken or not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with ExitStack() as on_failure:
            listener = on_failure.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            on_failure.pop_all()
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host!r}, port {port}: {error.strerror}. "
            "Choose another address with TENFOLD_HOST or another port with TENFOLD_PORT."
        ) from error
    listener.set_inheritable(True)
    return listener


class Supervisor(Multiprocess):
    """Uvicorn's supervisor, with SIGHUP passed on to the workers and an end that comes within the grace time."""

    def terminate_all(self) -> None:
        """Refuse new clients in every process, this one included, and tell the workers to finish."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the workers; kill those that outlive the grace time."""
        assert self.config.timeout_graceful_shutdown is not None
        deadline = time.monotonic() + self.config.timeout_graceful_shutdown + LAST_SECONDS
        for process in self.processes:
            process.process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                logger.error("Worker %s outlived the grace time and is killed", process.pid)
                process.process.kill()

    def handle_hup(self) -> None:
        """Tell every worker to load its checkpoint again."""
        for process in self.processes:
            if process.pid is not None and process.exitcode is None:
                os.kill(process.pid, signal.SIGHUP)


def _build_app(settings: Settings) -> "FastAPI":
    """Build the app in the process that will run it."""
    # A worker is a fresh interpreter: until the lifespan takes SIGHUP, the default would kill it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from app.main import create_app  # noqa: PLC0415  # the supervisor must not load the engines

    set_up_logging(settings.log_level)
    return create_app(settings)


async def _stop_orphans() -> None:
    """Stop a worker whose supervisor was killed: nobody else would."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and not supervisor.is_alive():
        logger.error("The supervisor is gone; this worker stops too")
        os.kill(os.getpid(), signal.SIGTERM)


def _allow_many_open_files() -> None:
    """Raise the soft limit on open files to the hard one: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _do_nothing(_signal: int, _frame: FrameType | None) -> None:
    """Take a signal without acting on it."""
