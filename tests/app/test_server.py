"""The server as a process: its address, its signals, its workers."""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server import make_config, serve
from app.settings import load_settings
from app.supervisor import LAST_SECONDS
from tests.serving import ROOT, SERVE, HangingCheckpoint, Service, free_port, wait_until
from tests.wire import ask, request

BODY = b"no picture"
HEAD = request("POST", "/v1/predictions", headers=[f"Content-Length: {len(BODY)}"])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers below a supervisor."""
    with Service(tmp_path_factory.mktemp("pair") / "log", workers=2) as service:
        wait_until(lambda: _have_all_started(service), seconds=60)
        yield service


@pytest.fixture
def kept_process() -> Iterator[None]:
    """Undo what serving does to the process that these tests run in."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    root = logging.getLogger()
    logs, level, hook = root.handlers[:], root.level, threading.excepthook
    yield
    gc.unfreeze()
    root.handlers[:], root.level, threading.excepthook = logs, level, hook
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


def test_one_worker_serves_in_this_process_until_sigterm(kept_process: None) -> None:
    port = free_port()
    statuses: list[int] = []

    def ask_then_stop() -> None:
        try:
            wait_until(lambda: _answers(port), seconds=60)
            statuses.append(ask(port, request(target="/livez")).status)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    client = threading.Thread(target=ask_then_stop)
    client.start()
    serve(load_settings(port=port, log_level="error"))
    client.join()
    assert statuses == [200]


def test_what_is_loaded_at_start_is_not_looked_through_for_garbage(kept_process: None) -> None:
    """Full collections stopped the service for 45 ms every other second under load."""
    make_config(load_settings()).load()
    assert gc.get_freeze_count() > 10_000


def test_workers_that_cannot_start_end_with_uvicorns_status(
    kept_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failed:
        def __init__(self, *_: object, **__: object) -> None: ...

        def run(self) -> bool:
            return False

    monkeypatch.setattr("app.server.Supervisor", Failed)
    with pytest.raises(SystemExit, match="3"):
        serve(load_settings(port=0, workers=2, log_level="error"))


def _answers(port: int) -> bool:
    try:
        return ask(port, request(target="/livez")).status == 200
    except OSError:
        return False


def test_sigterm_answers_what_was_accepted_refuses_the_rest_and_exits_with_0(tmp_path: Path) -> None:
    with (
        Service(tmp_path / "log", grace_seconds=60) as service,
        service.wire() as accepted,
        service.wire() as idle,
    ):
        assert idle.ask(request(target="/livez")).status == 200
        accepted.send(HEAD)
        time.sleep(0.1)
        service.process.terminate()
        assert idle.is_ended()
        wait_until(lambda: _is_refused(service))
        answer = accepted.ask(BODY)
        assert answer.status in {415, 503}
        assert answer.headers["connection"] == "close"
        assert service.process.wait(30) == 0
        assert f'"path": "/v1/predictions", "status": {answer.status},' in service.log.read_text()


def test_sigterm_does_not_wait_longer_than_the_grace_time(tmp_path: Path) -> None:
    with Service(tmp_path / "log", grace_seconds=1, body_timeout_seconds=600) as service, service.wire() as wire:
        wire.send(HEAD)
        time.sleep(0.1)
        started = time.monotonic()
        service.process.terminate()
        assert service.process.wait(60) == 0
        assert time.monotonic() - started > 0.9


def test_sigterm_stops_a_server_whose_first_load_hangs(tmp_path: Path) -> None:
    """It waited for its model before it heard of the signal."""
    checkpoint = HangingCheckpoint(tmp_path)
    variables = {"TENFOLD_CHECKPOINT": str(tmp_path), "TENFOLD_GRACE_SECONDS": "4", "TENFOLD_PORT": str(free_port())}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=ROOT, env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    ) as server:
        try:
            with checkpoint.being_read():
                started = time.monotonic()
                server.terminate()
                assert server.wait(30) == 0
                assert time.monotonic() - started < 4 + LAST_SECONDS
        finally:
            server.kill()


def test_server_answers_while_its_first_load_takes_long(tmp_path: Path) -> None:
    checkpoint = HangingCheckpoint(tmp_path)
    variables = {"TENFOLD_CHECKPOINT": str(tmp_path), "TENFOLD_GRACE_SECONDS": "1", "TENFOLD_PORT": str(free_port())}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=ROOT, env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    ) as server:
        try:
            with checkpoint.being_read():
                port = int(variables["TENFOLD_PORT"])
                wait_until(lambda: _answers(port), seconds=30)
                answer = ask(port, request(target="/readyz"))
                assert (answer.status, "still being loaded" in answer.body.decode()) == (503, True)
        finally:
            server.kill()


def test_crashed_worker_is_replaced(pair: Service) -> None:
    killed, survivor = pair.workers()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in pair.workers() and len(pair.workers()) == 2, seconds=60)
    assert survivor in pair.workers()
    wait_until(pair.is_ready, seconds=60)


def test_sighup_reloads_in_every_worker_and_replaces_none(pair: Service) -> None:
    wait_until(lambda: _have_all_started(pair), seconds=60)
    before, loaded = pair.workers(), pair.count_messages("checkpoint loaded")
    pair.reload()
    wait_until(lambda: pair.count_messages("checkpoint loaded") == loaded + 2, seconds=60)
    assert pair.workers() == before


def test_sigterm_ends_the_workers_with_the_supervisor(tmp_path: Path) -> None:
    with Service(tmp_path / "log", workers=2, grace_seconds=60) as service:
        wait_until(lambda: _have_all_started(service), seconds=60)
        workers = service.workers()
        with service.wire() as accepted:
            accepted.send(HEAD)
            time.sleep(0.1)
            service.process.terminate()
            wait_until(lambda: _is_refused(service))
            assert accepted.ask(BODY).status in {415, 503}
        assert service.process.wait(30) == 0
        assert not any(_runs(worker) for worker in workers)


def test_workers_stop_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with Service(tmp_path / "log", workers=2) as service:
        wait_until(lambda: _have_all_started(service), seconds=60)
        workers = service.workers()
        service.process.kill()
        wait_until(lambda: not any(_runs(worker) for worker in workers), seconds=30)


def _have_all_started(service: Service) -> bool:
    """Whether every worker, those that replaced others too, is at work."""
    started = service.count_messages("Application startup complete.")
    return len(service.workers()) == 2 and started == 2 + service.count_messages("is replaced")


def _is_refused(service: Service) -> bool:
    """Whether new clients are; one that the kernel still queued is none."""
    try:
        service.wire().socket.close()
    except ConnectionRefusedError:
        return True
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
