"""Running the service: one worker here or several below a supervisor, and the signals.

SIGTERM and SIGINT finish what was accepted within the grace time, refuse the rest, and exit with 0; SIGHUP reaches every
worker, where the app's lifespan takes it as "load the checkpoint again". What a connection may do is `protocol.py`'s
business, what a request means `main.py`'s, which is imported in the workers alone: the supervisor stays small.
"""

import gc
import logging
import resource
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app.connections import Connections
from app.inference_process import inference_options, start_process
from app.listening import BACKLOG, listen, multiply
from app.logs import set_up_logging
from app.protocol import GuardedProtocol
from app.settings import Settings
from app.shared_metrics import shared_metrics
from app.supervisor import Supervisor, stop_orphan, take_signals

if TYPE_CHECKING:
    from fastapi import FastAPI

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
    SystemExit
        If a worker cannot start; its log line says why.
    """
    set_up_logging(settings.log_level)
    _allow_many_open_files()
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    logger.info("listening at http://%s:%d", f"[{host}]" if ":" in host else host, port)
    work = partial(run_worker, settings)
    with listener, shared_metrics(workers=settings.workers):
        if settings.workers == 1:
            work(listener)
            return
        started = Supervisor(work, listener, workers=settings.workers, grace_seconds=settings.grace_seconds).run()
    if not started:
        sys.exit(STARTUP_FAILURE)


def run_worker(settings: Settings, listener: socket.socket) -> None:
    """Answer requests in this process, which may be a fresh interpreter.

    Parameters
    ----------
    settings
        Every limit.
    listener
        A bound socket, perhaps shared with other workers.
    """
    set_up_logging(settings.log_level)
    take_signals()
    # Uvicorn raises the signal it stopped for once more when it is done; with this that is a plain return.
    signal.signal(signal.SIGTERM, _do_nothing)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(make_config(settings)).run(sockets=multiply(listener))


def make_config(settings: Settings) -> uvicorn.Config:
    """Describe a worker's server to uvicorn.

    Parameters
    ----------
    settings
        The resolved settings.

    Returns
    -------
    uvicorn.Config
        The app of `app.main` behind guarded connections, on uvloop where it is installed.
    """
    return uvicorn.Config(
        partial(_build_app, settings),
        factory=True,
        http=partial(GuardedProtocol, settings=settings, connections=Connections(settings)),  # type: ignore[arg-type]  # uvicorn only calls it
        lifespan="on",
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(settings.grace_seconds)),
        callback_notify=stop_orphan,
        timeout_notify=1,
    )


def _build_app(settings: Settings) -> "FastAPI":
    """Build the app once uvicorn has set up the process; the networks are loaded beside that, in theirs."""
    started = start_process(inference_options(settings))
    from app.main import create_app  # noqa: PLC0415  # the supervisor needs no framework

    app = create_app(settings, started=started)
    # All of this lives as long as the process. To look through it for garbage stopped the service for 45 ms every other
    # second under load; without it a full collection takes 1 ms.
    gc.freeze()
    return app


def _allow_many_open_files() -> None:
    """Raise the soft limit on open files to the hard one: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _do_nothing(_signal: int, _frame: FrameType | None) -> None:
    """Take a signal without acting on it."""
