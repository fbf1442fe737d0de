"""Soak the service in a hundred thousand requests, good and bad: `python -m benchmarks.soak`.

Does it ever fail, does it keep anything? Several clients send a fixed, seeded mixture of sound pictures, batches, pages,
broken pictures, broken bodies and broken HTTP to one service. It holds if no answer is a 5xx but 503, nothing stays
unanswered, and the service's memory grows by less than 5 MB between the first tenth, when everything has been used once,
and the end.
"""

import argparse
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.loads import machine
from tests.hostile import pictures
from tests.hostile.pictures import NOT_PICTURES, chunk, encode, png_with, stroke
from tests.hostile.test_bodies import BATCH, FORM, form, part
from tests.serving import Service
from tests.wire import Wire, request

CLIENTS = 8
GROWTH_BYTES = 5 * 1024 * 1024
POST = "/v1/predictions"
JSON = "Content-Type: application/json"


def mixture() -> list[tuple[int, bytes]]:
    """Give the requests with their weights."""
    photo = encode(stroke((600, 400), mode="RGB", paper="white", ink="navy"), "JPEG")
    sound = [encode(stroke()), photo, *pictures.sound_and_awkward().values()]
    broken = [*NOT_PICTURES.values(), photo[:700], png_with(chunk(b"tEXt", b"k\0t", crc=1)), pictures.animated("GIF")]
    bad_http = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        request(headers=["X: " + "y" * 40_000]),
        request(headers=["X: y"] * 200),
        request(target="/" + "a" * 9000),
        request("POST", POST, headers=["Content-Length: 99999999"]),
        request("POST", POST, headers=["Transfer-Encoding: chunked"], body=b"zz\r\n"),
        request("TRACE"),
    ]
    bad_bodies = [
        request("POST", POST, headers=[JSON], body=b"[" * 5000),
        request("POST", POST, headers=[JSON], body=b'{"picture": "%%"}'),
        request("POST", POST, headers=[FORM], body=form(part(b"x", name="other"))),
        request("POST", POST, headers=["Content-Encoding: gzip"], body=b"x" * 100),
        request("POST", POST + "?include=other", body=b"x"),
    ]
    pages = [request(target=target) for target in ("/livez", "/readyz", "/v1/model", "/v1/gallery", "/", "/nowhere")]
    batch = form(*[part(content, name="pictures") for content in (*sound, *broken)])
    return [
        *[(400, request("POST", POST, body=content)) for content in sound],
        *[(60, request("POST", POST, body=content)) for content in broken],
        *[(40, content) for content in (*bad_http, *bad_bodies, *pages)],
        (20, request("POST", BATCH, headers=[FORM], body=batch)),
        (5, request("POST", POST, body=pictures.bomb(9400, 9400, bits=1))),
    ]


def send(wire: Callable[[], Wire], requests: list[bytes], answers: Counter[int], *, tick: Callable[[], None]) -> None:
    """Send all requests one after the other, on a new connection whenever the service has closed the last."""
    connection = wire()
    for content in requests:
        answer = connection.ask(content)
        answers[answer.status] += 1
        tick()
        if answer.headers.get("connection") == "close":
            connection.socket.close()
            connection = wire()
    connection.socket.close()


def main() -> None:
    """Soak, and print one line of JSON; the exit status tells whether it held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000, help="in all (100000)")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder, Service(Path(folder) / "log", log_level="warning") as service:
        started = time.monotonic()
        answers, resident = soak(service, chosen.requests)
        seconds = time.monotonic() - started
    growth = resident[-1] - resident[0]
    failures = sum(count for status, count in answers.items() if status >= 500 and status != 503)
    lost = chosen.requests - sum(answers.values())
    held = not failures and not lost and growth < GROWTH_BYTES
    print(
        json.dumps(
            {
                "machine": machine(),
                "requests": chosen.requests,
                "seconds": round(seconds, 1),
                "answers": dict(sorted(answers.items())),
                "lost": lost,
                "resident_megabytes": [round(size / 2**20, 1) for size in resident],
                "growth_megabytes": round(growth / 2**20, 2),
                "held": held,
            }
        )
    )
    raise SystemExit(not held)


def soak(service: Service, count: int) -> tuple[Counter[int], list[int]]:
    """Send the mixture from several clients; give the answers and the memory at each tenth."""
    weights, requests = zip(*mixture(), strict=True)
    chance = random.Random(0)
    resident: list[int] = []
    tallies = [Counter[int]() for _ in range(CLIENTS)]

    def tick() -> None:
        done = sum(tally.total() for tally in tallies)
        if done * 10 // count > len(resident):
            resident.append(service.processes.rss_bytes())

    shares = [chance.choices(requests, weights, k=count // CLIENTS) for _ in range(CLIENTS - 1)]
    shares.append(chance.choices(requests, weights, k=count - sum(map(len, shares))))
    clients = [
        threading.Thread(target=send, args=(service.wire, share, tally), kwargs={"tick": tick})
        for share, tally in zip(shares, tallies, strict=True)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    resident.append(service.processes.rss_bytes())
    return sum(tallies, Counter()), resident


if __name__ == "__main__":
    main()
