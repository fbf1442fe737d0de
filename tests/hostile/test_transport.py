"""Lines 1 to 20 of the hostile inputs: the HTTP transport."""

import resource
import socket
import threading
import time

import pytest

from tests.hostile.conftest import BODY_SECONDS, HEAD_SECONDS, IDLE_SECONDS, WRITE_SECONDS
from tests.hostile.pictures import encode, stroke
from tests.serving import Service, wait_until
from tests.wire import HOST, Wire, request

CHUNKED = "Transfer-Encoding: chunked"
POST = "/v1/predictions"
SOUND = encode(stroke())
OPENAPI = request(target="/openapi.json")


def refused(service: Service, content: bytes, *statuses: int) -> None:
    """Send bytes that must be refused with a problem document and a closed connection."""
    with service.wire() as wire:
        answer = wire.ask(content)
        answer.assert_problem(*statuses)
        assert answer.headers["connection"] == "close"
        assert wire.is_ended()


def connect_many(service: Service, count: int, *, addresses: int) -> list[Wire]:
    """Open many connections, spread over client addresses so that none meets its cap."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 200), hard))
    return [service.wire(from_address=f"127.0.1.{1 + number % addresses}") for number in range(count)]


def test_line_01_a_thousand_idle_sockets_are_closed_while_livez_answers(service: Service) -> None:
    wires = connect_many(service, 1000, addresses=5)
    assert service.live_milliseconds() < 50
    started = time.monotonic()
    assert all(wire.is_ended() for wire in wires)
    assert time.monotonic() - started < HEAD_SECONDS + 3
    for wire in wires:
        wire.socket.close()


def test_line_02_dripping_headers_end_at_the_deadline(service: Service) -> None:
    started = time.monotonic()
    with service.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\n" + HOST)
        while time.monotonic() - started < HEAD_SECONDS * 0.8:
            wire.send(b"X: y\r\n")
            time.sleep(0.05)
        wire.answer().assert_problem(408)
        assert wire.is_ended()
    assert time.monotonic() - started < HEAD_SECONDS + 2


def test_line_03_dripping_body_ends_at_the_deadline(service: Service) -> None:
    started = time.monotonic()
    with service.wire() as wire:
        wire.send(request("POST", POST, headers=["Content-Length: 100000"]))
        while time.monotonic() - started < BODY_SECONDS * 0.8:
            wire.send(b"x")
            time.sleep(0.05)
        wire.answer().assert_problem(408)
        assert wire.is_ended()
    assert time.monotonic() - started < BODY_SECONDS + 2


def test_line_04_client_that_never_reads_is_dropped(service: Service) -> None:
    """Megabytes of answers are asked for; the kernel takes some, the service keeps next to none, then it gives up."""
    before = service.processes.rss_bytes()
    with service.wire(receive_buffer_bytes=4096) as wire:
        wire.socket.settimeout(WRITE_SECONDS + 5)
        sender = threading.Thread(target=wire.send, args=[OPENAPI * 20_000])
        sender.start()
        sender.join(WRITE_SECONDS + 5)
        assert not sender.is_alive()  # the dropped connection ended its sending
    assert service.processes.rss_bytes() - before < 8 << 20


def test_line_05_200_kilobyte_header_is_431(service: Service) -> None:
    refused(service, request(headers=["X: " + "y" * 200_000]), 431)


def test_line_06_20_000_headers_are_431(service: Service) -> None:
    refused(service, request(headers=["X: y"] * 20_000), 431)


def test_line_07_70_kilobyte_url_is_414(service: Service) -> None:
    refused(service, request(target="/" + "a" * 70_000), 414)


def test_line_08_content_length_with_transfer_encoding_is_400(service: Service) -> None:
    refused(service, request("POST", POST, headers=["Content-Length: 5", CHUNKED], body=b"0\r\n\r\n"), 400)
    refused(service, request("POST", POST, headers=[CHUNKED, "Content-Length: 5"], body=b"0\r\n\r\n"), 400)


def test_line_09_two_content_lengths_are_400(service: Service) -> None:
    refused(service, request("POST", POST, headers=["Content-Length: 1", "Content-Length: 2"], body=b"xx"), 400)


@pytest.mark.parametrize("length", ["-1", "+1", "0x10", "1, 1", "", "9" * 20, "9" * 400])
def test_line_10_impossible_content_length_is_400(service: Service, length: str) -> None:
    refused(service, request("POST", POST, headers=[f"Content-Length: {length}"], body=b"x"), 400)


def test_line_10_huge_content_length_is_413(service: Service) -> None:
    refused(service, request("POST", POST, headers=[f"Content-Length: {2**63}"], body=b"x"), 413)


def test_line_11_no_host_and_two_hosts_are_400(service: Service) -> None:
    refused(service, b"GET / HTTP/1.1\r\n\r\n", 400)
    refused(service, b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400)


@pytest.mark.parametrize("host", ["evil/..?x", "a b", "a,b", "user@a", "a#b", "a\\b", "<script>", "a:99999999", "%00"])
def test_line_12_evil_host_is_400(service: Service, host: str) -> None:
    refused(service, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), 400)


@pytest.mark.parametrize(
    "lines",
    [
        b"X: a\r\n b\r\n",
        b"X: a\n",
        b"X: a\0b\r\n",
        b"X: a\rb\r\n",
        b"X\0: a\r\n",
        b"X : a\r\n",
        b" X: a\r\n",
        b": a\r\n",
    ],
    ids=["folded", "bare-lf", "nul", "bare-cr", "nul-in-name", "space-before-colon", "leading-space", "no-name"],
)
def test_line_13_header_that_breaks_the_grammar_is_400(service: Service, lines: bytes) -> None:
    refused(service, b"GET / HTTP/1.1\r\n" + HOST + lines + b"\r\n", 400)


def test_line_14_a_million_one_byte_chunks_are_413_in_constant_memory(service: Service) -> None:
    body = b"1\r\nx\r\n" * 1_000_000 + b"0\r\n\r\n"
    refused(service, request("POST", POST, headers=[CHUNKED], body=body), 413)
    before = service.processes.rss_bytes()
    refused(service, request("POST", POST, headers=[CHUNKED], body=body), 413)
    assert service.processes.rss_bytes() - before < 1 << 20


@pytest.mark.parametrize("size", [b"zz", b"-1", b"0x1", b"", b"1 ", b"f" * 17, b"1\n"])
def test_line_15_bad_chunk_size_is_400(service: Service, size: bytes) -> None:
    refused(service, request("POST", POST, headers=[CHUNKED], body=size + b"\r\nx\r\n0\r\n\r\n"), 400)


def test_line_15_missing_last_chunk_ends_at_the_deadline(service: Service) -> None:
    refused(service, request("POST", POST, headers=[CHUNKED], body=b"1\r\nx\r\n"), 408)


def test_line_16_too_large_a_body_is_not_asked_for(service: Service) -> None:
    refused(service, request("POST", POST, headers=["Expect: 100-continue", "Content-Length: 100000000"]), 413)


@pytest.mark.parametrize(
    "hello",
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 64, b"\xff" * 64],
    ids=["http2", "tls", "zeros", "ones"],
)
def test_line_17_other_protocols_are_400(service: Service, hello: bytes) -> None:
    refused(service, hello, 400)


@pytest.mark.parametrize("head", ["CONNECT example.org:443", "TRACE /", "TRACE /v1/predictions", "DEBUG /"])
def test_line_17_methods_that_nothing_answers_are_405_or_400(service: Service, head: str) -> None:
    refused(service, f"{head} HTTP/1.1\r\n".encode() + HOST + b"\r\n", 400, 405)


def test_line_18_a_thousand_pipelined_requests_are_answered_in_order(service: Service) -> None:
    before = service.processes.rss_bytes()
    with service.wire() as wire:
        sender = threading.Thread(target=wire.send, args=[b"".join(request(target=f"/{n}") for n in range(1000))])
        sender.start()
        assert [wire.answer().json()["instance"] for _ in range(1000)] == [f"/{n}" for n in range(1000)]
        sender.join()
    assert service.processes.rss_bytes() - before < 4 << 20


def test_line_19_job_of_a_client_that_left_is_dropped_and_counted(service: Service) -> None:
    """Far more work than a moment holds, from clients that leave at once."""
    before = service.metric("tenfold_abandoned_total")
    question = request("POST", POST + "?members=all", headers=["Content-Type: image/png"], body=SOUND)
    for _ in range(3):
        wires = [service.wire() for _ in range(200)]
        for wire in wires:
            wire.send(question)
        for wire in wires:
            wire.socket.close()
    wait_until(lambda: service.metric("tenfold_abandoned_total") > before)


def test_line_20_connections_of_one_address_are_capped(service: Service) -> None:
    wires = [service.wire() for _ in range(300)]
    with service.wire() as refused_wire:
        problem = refused_wire.answer().assert_problem(503)
    assert problem["type"] == "/problems/too-many-connections"
    assert service.live_milliseconds(address="127.0.0.2") < 50
    for wire in wires:
        wire.socket.close()


def test_kept_connection_is_closed_when_idle(service: Service) -> None:
    with service.wire() as wire:
        assert wire.ask(request(target="/livez")).status == 200
        started = time.monotonic()
        assert wire.is_ended()
    assert time.monotonic() - started < IDLE_SECONDS + 2


def test_half_closed_client_is_no_client(service: Service) -> None:
    """The end of what a client sends cannot be told from its leaving; both end the connection."""
    with service.wire() as wire:
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_ended()
