"""The protocol with a small app of its own, in this process: order, deadlines, limits, refusals and closing."""

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from functools import partial
from typing import Any

import pytest
import uvicorn

from app.connections import Connections
from app.listening import listen
from app.protocol import GuardedProtocol
from app.settings import Settings, load_settings
from tests.wire import HOST, Wire, ask, request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Respond = Callable[[bytes], Awaitable[None]]

DEADLINES = load_settings(
    head_timeout_seconds=0.3,
    body_timeout_seconds=0.4,
    idle_timeout_seconds=0.5,
    write_timeout_seconds=0.3,
    max_body_bytes=100_000,
    max_header_bytes=8192,
    max_url_bytes=1000,
    max_headers=20,
    max_connections=60,
    max_connections_per_address=50,
)
LARGE = b"x" * 20_000_000
CHUNKED = "Transfer-Encoding: chunked"


class ProbeApp:
    """Echoes the size of a body, and misbehaves on demand."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.release = threading.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        respond = partial(_respond, send)
        match scope["path"]:
            case "/wait":
                await self._wait(receive, respond)
            case "/early":
                await respond(b"early")
            case "/large":
                await respond(LARGE)
            case _:
                await self._echo(scope, receive, respond)

    async def _echo(self, scope: Message, receive: Receive, respond: Respond) -> None:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.events.append("left")
                return
            size += len(message["body"])
            if not message["more_body"]:
                break
        names = b",".join(name for name, _ in scope["headers"])
        await respond(b"%b %d %b" % (scope["raw_path"], size, names))

    async def _wait(self, receive: Receive, respond: Respond) -> None:
        await receive()
        self.events.append("waiting")
        left = asyncio.ensure_future(receive())
        while not self.release.is_set() and not left.done():
            await asyncio.sleep(0.01)
        if left.done():
            self.events.append(left.result()["type"])
            return
        left.cancel()
        await respond(b"waited")


async def _respond(send: Send, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for start in range(0, len(body), 65536):
        last = start + 65536 >= len(body)
        await send({"type": "http.response.body", "body": body[start : start + 65536], "more_body": not last})


class Probe:
    """A server in a thread of this process."""

    def __init__(self, settings: Settings) -> None:
        self.app = ProbeApp()
        self.connections = Connections(settings)
        protocol: Any = partial(GuardedProtocol, settings=settings, connections=self.connections)
        config = uvicorn.Config(
            self.app, http=protocol, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=5
        )
        self.server = uvicorn.Server(config)
        self._listener = listen("127.0.0.1", 0)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._listener]})

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self.server.started)

    def stop(self) -> None:
        self.app.release.set()
        self.server.should_exit = True
        self._thread.join()

    @property
    def protocols(self) -> list[GuardedProtocol]:
        return [one for one in self.server.server_state.connections if isinstance(one, GuardedProtocol)]


def wait_until(condition: Callable[[], object], *, seconds: float = 5.0) -> None:
    """Look again and again; a condition that never holds fails the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def shared_probe() -> Iterator[Probe]:
    probe = Probe(DEADLINES)
    probe.start()
    yield probe
    probe.stop()


@pytest.fixture
def probe(shared_probe: Probe) -> Iterator[Probe]:
    shared_probe.app.events.clear()
    shared_probe.app.release.clear()
    yield shared_probe
    shared_probe.app.release.set()
    wait_until(lambda: len(shared_probe.connections) == 0)


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


# Order


def test_pipelined_requests_are_answered_in_order(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(b"".join(request(target=f"/{number}") for number in range(1000)))
        answers = [wire.answer().body.split()[0] for _ in range(1000)]
    assert answers == [b"/%d" % number for number in range(1000)]


def test_pipelined_bodies_are_kept_apart(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(b"".join(request("POST", f"/{size}", body=b"x" * size) for size in range(1, 9000, 1000)))
        answers = [wire.answer().body.split()[:2] for _ in range(9)]
    assert answers == [[b"/%d" % size, b"%d" % size] for size in range(1, 9000, 1000)]


def test_little_is_parsed_ahead_of_a_running_request(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/wait"))
        wait_until(lambda: probe.app.events)
        threading.Thread(target=wire.send, args=[request() * 100_000], daemon=True).start()
        time.sleep(0.2)
        [protocol] = probe.protocols
        assert 0 < len(protocol.pipeline) < 150
        assert len(protocol.unparsed) < 1_000_000


def test_broken_request_is_refused_after_the_answers_before_it(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/1") + request(target="/2") + b"nonsense\r\n\r\n")
        assert [wire.answer().body.split()[0] for _ in range(2)] == [b"/1", b"/2"]
        wire.answer().assert_problem(400)
        assert wire.is_ended()


def test_queued_request_with_a_broken_body_never_runs(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/wait"))
        wait_until(lambda: probe.app.events)
        wire.send(request("POST", "/2", headers=[CHUNKED]) + b"no size\r\n")
        time.sleep(0.05)
        probe.app.release.set()
        assert wire.answer().body == b"waited"
        wire.answer().assert_problem(400)
        assert wire.is_ended()


def test_what_follows_connection_close_is_ignored(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(headers=["Connection: close"]) + request())
        assert wire.answer().headers["connection"] == "close"
        assert wire.is_ended()


# Deadlines


def test_silent_connection_is_closed_without_words(probe: Probe) -> None:
    started = time.monotonic()
    with Wire(probe.port) as wire:
        assert wire.is_ended()
    assert 0.2 < time.monotonic() - started < 2


def test_dripping_head_ends_at_an_absolute_deadline(probe: Probe) -> None:
    started = time.monotonic()
    with Wire(probe.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\n" + HOST)
        for _ in range(4):
            time.sleep(0.07)
            wire.send(b"X: y\r\n")
        problem = wire.answer().assert_problem(408)
        assert wire.is_ended()
    assert problem["detail"] == "The request's headers did not arrive within 0.3 seconds."
    assert time.monotonic() - started < 2


def test_empty_lines_do_not_put_the_deadline_off(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        for _ in range(5):
            wire.send(b"\r\n\r\n")
            time.sleep(0.07)
        wire.answer().assert_problem(408)


def test_dripping_body_ends_at_an_absolute_deadline_and_the_app_is_told(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request("POST", headers=["Content-Length: 1000"]))
        for _ in range(5):
            wire.send(b"x")
            time.sleep(0.07)
        problem = wire.answer().assert_problem(408)
        assert wire.is_ended()
    assert problem["detail"] == "The request's body did not arrive within 0.4 seconds."
    wait_until(lambda: probe.app.events == ["left"])


def test_kept_connection_is_closed_when_idle(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        for _ in range(3):  # each request starts the idle time anew
            assert wire.ask(request()).status == 200
            time.sleep(0.3)
        assert wire.is_ended()


def test_waiting_for_the_app_has_no_deadline_here(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/wait"))
        time.sleep(0.8)
        probe.app.release.set()
        assert wire.answer().body == b"waited"


def test_queued_body_is_not_late_while_we_do_not_read_it(probe: Probe) -> None:
    """A body behind a running request stays in the kernel; its sender is not slow."""
    with Wire(probe.port) as wire:
        body = b"x" * 90_000
        wire.send(request(target="/wait"))
        wait_until(lambda: probe.app.events)
        wire.send(request("POST", "/2", body=body))
        time.sleep(0.7)
        probe.app.release.set()
        assert wire.answer().body == b"waited"
        assert wire.answer().body.split()[1] == b"90000"


def test_client_that_does_not_read_is_dropped_and_little_is_kept_for_it(probe: Probe) -> None:
    with Wire(probe.port, receive_buffer_bytes=4096) as wire:
        wire.send(request(target="/large"))
        wait_until(lambda: probe.protocols and probe.protocols[0].flow.write_paused)
        [protocol] = probe.protocols
        assert protocol.write_expires_at < float("inf")
        wait_until(lambda: len(probe.connections) == 0, seconds=2)


def test_client_that_reads_slowly_but_reads_gets_all(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        assert wire.ask(request(target="/large")).body == LARGE


# Limits, on both sides


@pytest.mark.parametrize(("length", "status"), [(1000, 200), (1001, 414), (70_000, 414)])
def test_url_is_bounded(probe: Probe, length: int, status: int) -> None:
    assert ask(probe.port, request(target="/" + "a" * (length - 1))).status == status


@pytest.mark.parametrize(("count", "status"), [(20, 200), (21, 431), (20_000, 431)])
def test_number_of_headers_is_bounded(probe: Probe, count: int, status: int) -> None:
    assert ask(probe.port, request(headers=["X: y"] * (count - 1))).status == status


@pytest.mark.parametrize(("size", "status"), [(8192, 200), (8193, 431), (200_000, 431)])
def test_bytes_of_headers_are_bounded(probe: Probe, size: int, status: int) -> None:
    padding = size - len(HOST) - len("X: \r\n")
    assert ask(probe.port, request(headers=["X: " + "y" * padding])).status == status


@pytest.mark.parametrize(("size", "status"), [(100_000, 200), (100_001, 413), (100_000_000, 413)])
def test_announced_body_is_bounded(probe: Probe, size: int, status: int) -> None:
    body = b"x" * min(size, 100_001)
    assert ask(probe.port, request("POST", headers=[f"Content-Length: {size}"], body=body)).status == status


@pytest.mark.parametrize(("size", "status"), [(100_000, 200), (100_001, 413)])
def test_chunked_body_is_bounded(probe: Probe, size: int, status: int) -> None:
    body = chunked(b"x" * 50_000, b"x" * (size - 50_000))
    assert ask(probe.port, request("POST", headers=[CHUNKED], body=body)).status == status


@pytest.mark.parametrize(("count", "status"), [(16_383, 200), (16_384, 413)])
def test_number_of_chunks_is_bounded(probe: Probe, count: int, status: int) -> None:
    """The last, empty chunk counts too."""
    answer = ask(probe.port, request("POST", headers=[CHUNKED], body=chunked(*[b"x"] * count)))
    assert answer.status == status


@pytest.mark.parametrize("endless", [b"1;" + b"e" * 20_000, b"1\r\nx\r\n0\r\nTrailer: " + b"e" * 20_000])
def test_what_stands_between_chunks_is_bounded(probe: Probe, endless: bytes) -> None:
    ask(probe.port, request("POST", headers=[CHUNKED], body=endless)).assert_problem(400)


def test_batch_route_has_its_own_body_limit(probe: Probe) -> None:
    target = "/v1/predictions/batch"
    assert ask(probe.port, request("POST", target, body=b"x" * 200_000)).status == 200


def test_connections_of_one_address_are_bounded(probe: Probe) -> None:
    wires = [Wire(probe.port) for _ in range(50)]
    problem = ask(probe.port, request()).assert_problem(503)
    assert problem["detail"].startswith("50 connections are open from this address")
    for wire in wires:
        wire.socket.close()
    wait_until(lambda: len(probe.connections) == 0)
    assert ask(probe.port, request()).status == 200


def test_connections_in_all_are_bounded(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe.connections, "_most", 3)
    wires = [Wire(probe.port) for _ in range(3)]
    with Wire(probe.port) as wire:
        answer = wire.answer()  # at once, whether or not anything is asked
        assert answer.assert_problem(503)["detail"].startswith("3 connections are open,")
        assert answer.headers["retry-after"] == "1"
    for wire in wires:
        wire.socket.close()


# What a request may say


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no-host"),
        pytest.param(b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", id="two-hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: evil/..?x\r\n\r\n", id="host-with-path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: user@host\r\n\r\n", id="host-with-user"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: \r\n\r\n", id="empty-host"),
        pytest.param(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", id="version-2"),
        pytest.param(b"GET / HTTP/0.9\r\n\r\n", id="version-0.9"),
        pytest.param(b"GET http://user@host:99999/ HTTP/1.1\r\n" + HOST + b"\r\n", id="bad-target"),
        pytest.param(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", id="gzip-chunked"),
        pytest.param(b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", id="chunked-in-1.0"),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Type: image/png\r\nContent-Type: text/html\r\n\r\n",
            id="two-content-types",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx",
            id="upgrade-with-body",
        ),
    ],
)
def test_head_that_cannot_be_believed_is_refused(probe: Probe, head: bytes) -> None:
    with Wire(probe.port) as wire:
        answer = wire.ask(head)
        answer.assert_problem(400)
        assert answer.headers["connection"] == "close"
        assert wire.is_ended()


@pytest.mark.parametrize("host", ["a", "a.example:8000", "127.0.0.1", "[::1]:80", "my_service"])
def test_plain_hosts_are_accepted(probe: Probe, host: str) -> None:
    assert ask(probe.port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).status == 200


def test_http_1_0_needs_no_host_and_is_closed(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        assert wire.ask(b"GET / HTTP/1.0\r\n\r\n").status == 200
        assert wire.is_ended()


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "PROPFIND"])
def test_methods_that_no_route_has_are_refused(probe: Probe, method: str) -> None:
    answer = ask(probe.port, request(method, "/"))
    answer.assert_problem(405)
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_trailers_do_not_become_headers(probe: Probe) -> None:
    body = b"1\r\nx\r\n0\r\nX-Forged: yes\r\nHost: other\r\n\r\n"
    with Wire(probe.port) as wire:
        answer = wire.ask(request("POST", headers=[CHUNKED], body=body))
        assert answer.body.split()[2] == b"host,transfer-encoding"
        assert wire.ask(request()).status == 200


def test_upgrade_is_ignored_and_http_goes_on(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/1", headers=["Connection: upgrade", "Upgrade: websocket"]) + request(target="/2"))
        assert [wire.answer().body.split()[0] for _ in range(2)] == [b"/1", b"/2"]


def test_body_is_asked_for_only_when_it_will_be_read(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request("POST", headers=["Expect: 100-continue", "Content-Length: 1"]))
        assert wire.answer().status == 100
        assert wire.ask(b"x").status == 200
        answer = wire.ask(request("POST", headers=["Expect: 100-continue", "Content-Length: 100001"]))
        answer.assert_problem(413)


# Leaving


def test_app_is_told_when_its_client_leaves(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/wait"))
        wait_until(lambda: probe.app.events == ["waiting"])
    wait_until(lambda: probe.app.events == ["waiting", "http.disconnect"])


def test_queued_requests_of_a_client_that_left_never_run(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request(target="/wait") + request(target="/wait"))
        wait_until(lambda: probe.app.events)
    wait_until(lambda: len(probe.connections) == 0 and len(probe.app.events) > 1)
    assert probe.app.events == ["waiting", "http.disconnect"]


def test_client_in_the_middle_of_sending_can_read_why_it_is_refused(probe: Probe) -> None:
    """A plain close would reset the connection while 20 MB are on their way, and the answer with it."""
    body = b"x" * 20_000_000
    with Wire(probe.port) as wire:
        wire.socket.sendall(request("POST", body=body))
        wire.answer().assert_problem(413)
        assert wire.is_ended()


def test_answer_before_the_body_ends_the_connection_gently(probe: Probe) -> None:
    with Wire(probe.port) as wire:
        wire.send(request("POST", "/early", headers=["Content-Length: 90000"]))
        assert wire.answer().body == b"early"
        wire.socket.sendall(b"x" * 90_000)
        assert wire.is_ended()


def test_refused_client_cannot_hold_its_connection(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.LINGER_SECONDS", 0.1)
    with Wire(probe.port) as wire:
        wire.ask(b"nonsense\r\n\r\n").assert_problem(400)
        wait_until(lambda: len(probe.connections) == 0, seconds=2)


def test_connection_that_is_gone_leaves_nothing_to_collect(probe: Probe) -> None:
    """Each one used to wait in a reference cycle for the garbage collector, with all the headers it was sent."""
    gc.collect()
    gc.disable()
    try:
        ask(probe.port, request(headers=["X: y"] * 2000)).assert_problem(431)
        ask(probe.port, request())
        wait_until(lambda: len(probe.connections) == 0)
        time.sleep(0.05)
        assert not [one for one in gc.get_objects() if type(one) is GuardedProtocol]
    finally:
        gc.enable()


def test_stopping_answers_what_is_running_and_closes_what_is_idle() -> None:
    probe = Probe(DEADLINES)
    probe.start()
    with Wire(probe.port) as running, Wire(probe.port) as arriving, Wire(probe.port) as idle:
        running.send(request(target="/wait"))
        arriving.send(b"GET /late HTTP/1.1\r\n")
        idle.ask(request())
        wait_until(lambda: probe.app.events)
        probe.server.should_exit = True
        assert idle.is_ended()
        arriving.send(HOST + b"\r\n")
        answer = arriving.answer()
        assert (answer.body.split()[0], answer.headers["connection"]) == (b"/late", "close")
        assert arriving.is_ended()
        probe.app.release.set()
        assert running.answer().body == b"waited"
        assert running.is_ended()
    probe.stop()
