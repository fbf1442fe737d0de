"""Several workers on one socket: started, replaced when they die, told of signals, and ended in time.

Each worker is a fresh interpreter with the whole service in it, and starts an inference process of its own. They share one
listening socket instead of one each (SO_REUSEPORT), because connections that wait in the queue of a worker's own socket
would be lost with it.

Uvicorn has a supervisor, but it pings its workers and waits for their answer: while one of them starts, or hangs, it
hears no signal for seconds, and a SIGHUP ends a worker that is starting. This one only looks whether they are alive.
"""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnProcess
from types import FrameType

from uvicorn.config import STARTUP_FAILURE

from app.shared_metrics import VARIABLE

LOOK_SECONDS = 0.1
RESTART_SECONDS = 1.0  # a worker that dies at once is not started again more often than this
LAST_SECONDS = 2.0  # after the grace time: cancelled requests end, the lifespan closes

logger = logging.getLogger(__name__)


class Supervisor:
    """Keeps workers running until told to stop; takes the process's signals from its creation on.

    Parameters
    ----------
    work
        What a worker runs, given the socket; it must be possible to pickle it.
    listener
        A bound socket.
    workers
        How many.
    grace_seconds
        How long workers may take to end.
    """

    def __init__(
        self, work: Callable[[socket.socket], None], listener: socket.socket, *, workers: int, grace_seconds: float
    ) -> None:
        self._work = work
        self._listener = listener
        self._grace_seconds = grace_seconds
        self._stopping = False
        self._spawn = multiprocessing.get_context("spawn")
        self._workers: list[SpawnProcess] = []
        for number, act in ((signal.SIGTERM, self._stop), (signal.SIGINT, self._stop), (signal.SIGHUP, self._pass_on)):
            signal.signal(number, act)
        for _ in range(workers):
            self._workers.append(self._start())
        self._started = time.monotonic()

    def run(self) -> bool:
        """Supervise until SIGTERM or SIGINT, or until a worker finds that it cannot start.

        Returns
        -------
        bool
            Whether the workers could start.
        """
        while not self._stopping and not self._failed():
            self._replace_the_dead()
            self._bury_orphans()
            time.sleep(LOOK_SECONDS)
        self._listener.close()  # the workers close theirs; only then are new clients refused
        self._end()
        return not self._failed()

    def _start(self) -> SpawnProcess:
        """Start a worker, deaf to SIGHUP until it can take it: see `take_signals`."""
        worker = self._spawn.Process(target=self._work, args=(self._listener,))
        with _blocked(signal.SIGHUP):
            worker.start()
        return worker

    def _failed(self) -> bool:
        return any(worker.exitcode == STARTUP_FAILURE for worker in self._workers)

    def _replace_the_dead(self) -> None:
        dead = [worker for worker in self._workers if not worker.is_alive()]
        if not dead or time.monotonic() - self._started < RESTART_SECONDS:
            return
        for worker in dead:
            logger.error("worker %s died with exit status %s and is replaced", worker.pid, worker.exitcode)
            _forget_counts(worker)
            self._workers[self._workers.index(worker)] = self._start()
        self._started = time.monotonic()

    def _bury_orphans(self) -> None:
        """As a container's first process, take the exit status of those that came to it when a worker died."""
        if not _is_first_process():
            return
        ours = {worker.pid for worker in self._workers}
        with suppress(ChildProcessError):
            while (dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if dead.si_pid in ours:
                    return  # whose status `multiprocessing` takes; the next look finds the others
                os.waitpid(dead.si_pid, 0)

    def _end(self) -> None:
        """Tell the workers to finish, wait, and kill those that outlive the grace time."""
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + self._grace_seconds + LAST_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                logger.error("worker %s outlived the grace time and is killed", worker.pid)
                worker.kill()
                worker.join()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        """Tell every worker to load its checkpoint again."""
        for worker in self._workers:
            if worker.pid is not None and worker.is_alive():
                os.kill(worker.pid, number)


def take_signals() -> None:
    """Let a worker's own handlers decide about SIGHUP; one that came while it started is out of date."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


async def stop_orphan() -> None:
    """Stop this worker if its supervisor was killed: nobody else would."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and not supervisor.is_alive():
        logger.error("the supervisor is gone; this worker stops too")
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _blocked(number: signal.Signals) -> Iterator[None]:
    """Hold a signal back; what is started meanwhile inherits that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_first_process() -> bool:
    return os.getpid() == 1


def _forget_counts(worker: SpawnProcess) -> None:
    """Withdraw what a dead worker last said of itself from the metrics."""
    if VARIABLE not in os.environ:
        return
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # see shared_metrics.py

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped
