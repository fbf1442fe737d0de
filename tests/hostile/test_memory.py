"""What all lines promise: after 100 tries of a class, memory is where it was, and /livez answered all the while.

Allocators keep what they may need again, so the class is tried until it has what it wants, then measured; growth that goes
on shows in every round, a plateau does not. One round below the bound is enough.
"""

from collections.abc import Callable

import pytest

from tests.hostile import pictures
from tests.hostile.pictures import chunk, encode, png_with, stroke
from tests.hostile.test_bodies import BATCH, FORM, form, part
from tests.serving import Service
from tests.wire import HOST, request

TRIES, ROUNDS, GROWTH_BYTES = 100, 12, 1 << 20
POST = "/v1/predictions"
CHUNKED = "Transfer-Encoding: chunked"
SOUND = encode(stroke())


def picture(content: bytes, *headers: str) -> bytes:
    """Write the request that asks about a picture."""
    return request("POST", POST, headers=headers, body=content)


CLASSES: dict[str, Callable[[], bytes]] = {
    "large-header": lambda: request(headers=["X: " + "y" * 200_000]),
    "many-headers": lambda: request(headers=["X: y"] * 20_000),
    "long-url": lambda: request(target="/" + "a" * 70_000),
    "smuggling": lambda: request("POST", POST, headers=["Content-Length: 5", CHUNKED]),
    "nonsense": lambda: b"\x16\x03\x01" * 1000,
    "tiny-chunks": lambda: request("POST", POST, headers=[CHUNKED], body=b"1\r\nx\r\n" * 50_000),
    "endless-extension": lambda: request("POST", POST, headers=[CHUNKED], body=b"1;" + b"e" * 500_000),
    "large-body": lambda: request("POST", POST, body=b"x" * 6_000_000),
    "half-head": lambda: b"GET / HTTP/1.1\r\n" + HOST,
    "half-body": lambda: request("POST", POST, headers=["Content-Length: 100000"]) + b"x" * 50_000,
    "pipeline": lambda: request(target="/nowhere") * 300,
    "form-of-many-parts": lambda: request("POST", BATCH, headers=[FORM], body=form(*[part(b"", name="other")] * 1000)),
    "bomb": lambda: picture(pictures.bomb(9400, 9400, bits=1)),
    "text-bomb": lambda: picture(pictures.text_bomb(b"zTXt", unpacked_bytes=60_000_000)),
    "broken-png": lambda: picture(png_with(chunk(b"tEXt", b"key\0text", crc=1))),
    "truncated-jpeg": lambda: picture(encode(stroke((500, 500)), "JPEG")[:1500]),
    "deep-json": lambda: picture(b"[" * 100_000, "Content-Type: application/json"),
    "large-json": lambda: picture(b'{"picture": "' + b"A" * 4_000_000 + b'"}', "Content-Type: application/json"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_hundred_tries_leave_memory_where_it_was(service: Service, name: str) -> None:
    content = CLASSES[name]()
    tries = TRIES if len(content) < 200_000 else TRIES // 5  # the large ones cost this test more than the service
    _try(service, content, times=tries // 4)
    growths = []
    for _ in range(ROUNDS):
        before = service.processes.rss_bytes()
        _try(service, content, times=tries)
        growths.append(service.processes.rss_bytes() - before)
        if growths[-1] < GROWTH_BYTES:
            break
    assert growths[-1] < GROWTH_BYTES, growths
    assert service.live_milliseconds() < 50


def _try(service: Service, content: bytes, *, times: int) -> None:
    """Send, take one answer if there is one, and go."""
    for _ in range(times):
        with service.wire(patience_seconds=10) as wire:
            wire.send(content)
            if not content.endswith(HOST) and b"Content-Length: 100000\r" not in content:
                wire.answer()
