"""The server as a process: its address, its signals, its workers."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server import listen
from model.errors import ConfigurationError
from tests.serving import Service, wait_until
from tests.wire import request

BODY = b"no picture"
HEAD = request("POST", "/v1/predictions", headers=[f"Content-Length: {len(BODY)}"])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers below a supervisor."""
    with Service(tmp_path_factory.mktemp("pair") / "log", workers=2) as service:
        wait_until(lambda: len(service.workers()) == 2)
        yield service


def test_taken_port_is_named_with_its_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port}: Address already in use.* TENFOLD_PORT"):
            listen("127.0.0.1", port)


def test_unknown_host_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Cannot listen on 'no-such-host"):
        listen("no-such-host.invalid", 0)


def test_ipv6_is_listened_on() -> None:
    with listen("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"


def test_sigterm_answers_what_was_accepted_refuses_the_rest_and_exits_with_0(tmp_path: Path) -> None:
    with Service(tmp_path / "log", grace_seconds=10) as service, service.wire() as accepted, service.wire() as idle:
        assert idle.ask(request(target="/livez")).status == 200
        accepted.send(HEAD)
        time.sleep(0.1)
        service.process.terminate()
        assert idle.is_ended()
        with pytest.raises(ConnectionRefusedError):
            service.wire()
        answer = accepted.ask(BODY)
        assert answer.status in {415, 503}
        assert answer.headers["connection"] == "close"
        assert service.process.wait(5) == 0


def test_sigterm_does_not_wait_longer_than_the_grace_time(tmp_path: Path) -> None:
    with Service(tmp_path / "log", grace_seconds=1) as service, service.wire() as wire:
        wire.send(HEAD)
        time.sleep(0.1)
        started = time.monotonic()
        service.process.terminate()
        assert service.process.wait(10) == 0
        assert 0.9 < time.monotonic() - started < 4


def test_crashed_worker_is_replaced(pair: Service) -> None:
    killed, survivor = pair.workers()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in pair.workers() and len(pair.workers()) == 2, seconds=20)
    assert survivor in pair.workers()
    wait_until(pair.is_ready)


def test_sighup_reaches_the_workers_and_replaces_none(pair: Service) -> None:
    wait_until(lambda: len(pair.workers()) == 2)
    before = pair.workers()
    pair.reload()  # one worker may be starting: it must live through that, but loads the checkpoint anyway
    already = pair.count_messages("checkpoint loaded")
    wait_until(lambda: pair.count_messages("checkpoint loaded") > already)
    wait_until(lambda: pair.count_messages("Application startup complete.") == 3)
    pair.reload()
    wait_until(lambda: pair.count_messages("checkpoint loaded") >= 3 + 2)
    assert pair.workers() == before


def test_sigterm_ends_the_workers_with_the_supervisor(tmp_path: Path) -> None:
    with Service(tmp_path / "log", workers=2, grace_seconds=5) as service:
        wait_until(lambda: len(service.workers()) == 2)
        workers = service.workers()
        with service.wire() as accepted:
            accepted.send(HEAD)
            time.sleep(0.1)
            service.process.terminate()
            time.sleep(0.7)
            with pytest.raises(ConnectionRefusedError):
                service.wire()
            assert accepted.ask(BODY).status in {415, 503}
        assert service.process.wait(10) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_workers_stop_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with Service(tmp_path / "log", workers=2) as service:
        wait_until(lambda: len(service.workers()) == 2)
        workers = service.workers()
        service.process.kill()
        wait_until(lambda: not any(_runs(worker) for worker in workers), seconds=15)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
