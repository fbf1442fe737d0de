"""The supervisor in this process, with workers that only note what happens to them."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.listening import listen
from app.supervisor import Supervisor, stop_orphan
from tests.app import workers
from tests.serving import wait_until

Work = Callable[[Path, socket.socket], None]


@pytest.fixture(autouse=True)
def restored_signals() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def supervise(
    work: Work, folder: Path, script: Callable[[], None], *, count: int = 1, grace_seconds: float = 5
) -> bool:
    """Run a supervisor here, and a script of what happens beside it; the script's failure is the test's."""
    listener = listen("127.0.0.1", 0)
    failures: list[BaseException] = []

    def play() -> None:
        try:
            script()
        except BaseException as failure:
            failures.append(failure)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    player = threading.Thread(target=play)
    supervisor = Supervisor(partial(work, folder), listener, workers=count, grace_seconds=grace_seconds)
    player.start()
    try:
        started = supervisor.run()
    finally:
        player.join()
    assert listener.fileno() == -1
    if failures:
        raise failures[0]
    return started


def pids(folder: Path, word: str) -> set[int]:
    return {int(path.name.split("-")[1]) for path in folder.glob(f"{word}-*")}


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_workers_are_told_of_sighup_and_end_at_sigterm(tmp_path: Path) -> None:
    def script() -> None:
        wait_until(lambda: len(pids(tmp_path, "started")) == 2)
        os.kill(os.getpid(), signal.SIGHUP)
        wait_until(lambda: pids(tmp_path, "hangup") == pids(tmp_path, "started"))

    assert supervise(workers.work_until_told, tmp_path, script, count=2)
    assert not any(map(is_running, pids(tmp_path, "started")))


def test_sighup_does_not_end_a_worker_that_is_starting(tmp_path: Path) -> None:
    """An interpreter that has not set its handlers would die of it."""

    def script() -> None:
        for _ in range(20):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.01)
        wait_until(lambda: pids(tmp_path, "started"))
        time.sleep(0.3)
        assert len(pids(tmp_path, "started")) == 1

    assert supervise(workers.work_until_told, tmp_path, script)


def test_killed_worker_is_replaced(tmp_path: Path) -> None:
    def script() -> None:
        wait_until(lambda: pids(tmp_path, "started"))
        [first] = pids(tmp_path, "started")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(pids(tmp_path, "started")) == 2)

    assert supervise(workers.work_until_told, tmp_path, script)


def test_first_process_of_a_container_buries_what_dead_workers_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed worker's inference process comes to it, and would stay a zombie."""

    def script() -> None:
        wait_until(lambda: pids(tmp_path, "started"))
        orphan = os.posix_spawn("/bin/true", ["true"], {})
        monkeypatch.setattr("app.supervisor._is_first_process", lambda: True)
        wait_until(lambda: not is_running(orphan))

    assert supervise(workers.work_until_told, tmp_path, script)


def test_worker_that_dies_at_once_is_not_started_in_a_storm(tmp_path: Path) -> None:
    def script() -> None:
        wait_until(lambda: pids(tmp_path, "started"))
        time.sleep(1.5)
        assert len(pids(tmp_path, "started")) <= 3

    supervise(workers.crash, tmp_path, script)


def test_worker_that_outlives_the_grace_time_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.supervisor.LAST_SECONDS", 0.1)

    def script() -> None:
        wait_until(lambda: pids(tmp_path, "started"))

    assert supervise(workers.ignore_everything, tmp_path, script, grace_seconds=0.1)
    assert not any(map(is_running, pids(tmp_path, "started")))


def test_worker_that_cannot_start_ends_all(tmp_path: Path) -> None:
    """It would fail the same way each time; whoever started the service must learn it."""

    def script() -> None:
        wait_until(lambda: pids(tmp_path, "started"))
        time.sleep(0.5)

    assert not supervise(workers.fail_to_start, tmp_path, script)


@pytest.mark.parametrize("alive", [True, False], ids=["alive", "gone"])
def test_worker_stops_only_when_its_supervisor_is_gone(monkeypatch: pytest.MonkeyPatch, *, alive: bool) -> None:
    class Parent:
        def is_alive(self) -> bool:
            return alive

    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("multiprocessing.parent_process", Parent)
    monkeypatch.setattr("os.kill", lambda *sending: sent.append(sending))
    asyncio.run(stop_orphan())
    assert sent == ([] if alive else [(os.getpid(), signal.SIGTERM)])
