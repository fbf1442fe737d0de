"""What happens at ten times what the service can do? `python -m benchmarks.overload [--seconds 60]`.

Every request wants all members asked, which is what costs most. First the capacity for that is measured with wrk at 16
connections. Then wrk sends from so many connections that far more waits than the queue holds, and takes each refusal as
leave to ask again at once; how many times the capacity that came to is told (`asked_over_capacity`). A probe
with a connection of its own posts pictures one by one meanwhile, so that the latency of what is accepted is seen apart from
that of refusals. It holds if everything is answered with 200 or 503, accepted answers come in bounded time, memory stays
flat, and one second after the end a request takes as long as before.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.loads import Server, mnist_pngs, press, print_json, print_table, running, wrk_script
from benchmarks.serving import SERVE

CONNECTIONS = 900
QUEUE = 256
TARGET = "/v1/predictions?members=all"
BOUND_SECONDS = 12.0  # the default deadline, and what the way in and out may take on a busy machine
GROWTH_MEGABYTES = 8.0


@dataclass
class Probe:
    """A client that asks again and again, and notes what it gets."""

    port: int
    pictures: Sequence[bytes]
    accepted_seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    resident_megabytes: list[float] = field(default_factory=list)

    def ask(self) -> int:
        """Post one picture, note how long the answer took, give its status."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            started = time.perf_counter()
            picture = self.pictures[len(self.accepted_seconds) % len(self.pictures)]
            connection.request("POST", TARGET, picture, {"Content-Type": "image/png"})
            response = connection.getresponse()
            response.read()
            seconds = time.perf_counter() - started
        finally:
            connection.close()
        (self.accepted_seconds if response.status == 200 else self.refused_seconds).append(seconds)
        self.without_retry_after += response.status == 503 and response.headers["Retry-After"] is None
        return response.status

    def run(self, stop: threading.Event, server: Server) -> None:
        """Ask until told to stop."""
        while not stop.wait(0.02):
            self.ask()
            self.resident_megabytes.append(server.resident_megabytes())


def main() -> None:
    """Measure, print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="of overload, whole ones as wrk wants them (60)")
    chosen = parser.parse_args()
    pictures = mnist_pngs()
    variables = {"TENFOLD_QUEUE_SIZE": str(QUEUE), "TENFOLD_MAX_CONNECTIONS_PER_ADDRESS": str(2 * CONNECTIONS)}
    with (
        running(SERVE, ready="/readyz", **variables) as server,
        wrk_script(pictures) as folder,
    ):
        results = overload(server, folder, pictures=pictures, seconds=chosen.seconds)
    print_table([(name, f"{value:.3f}") for name, value in results.items()], heads=("result", "measured"))
    print_json(benchmark="overload", connections=CONNECTIONS, queue=QUEUE, results=results, holds=holds(results))


def overload(server: Server, folder: Path, *, pictures: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Press the server far beyond its capacity, and look at it before, meanwhile and afterwards."""
    capacity = press(server.port, folder, connections=16, seconds=5, target=TARGET).requests_per_second
    press(
        server.port, folder, connections=CONNECTIONS, seconds=3, target=TARGET
    )  # memory that many connections need once
    time.sleep(1)
    before = Probe(server.port, pictures)
    for _ in range(30):
        before.ask()
    resident_before = server.resident_megabytes()
    during, stop = Probe(server.port, pictures), threading.Event()
    thread = threading.Thread(target=during.run, args=(stop, server))
    thread.start()
    load = press(server.port, folder, connections=CONNECTIONS, seconds=seconds, target=TARGET)
    stop.set()
    thread.join()
    time.sleep(1)
    after = Probe(server.port, pictures)
    for _ in range(30):
        after.ask()
    return {
        "capacity_per_second": capacity,
        "asked_per_second": load.requests_per_second,
        "asked_over_capacity": load.requests_per_second / capacity,
        "refused_share": load.refused / (load.requests_per_second * seconds),
        "lost": load.other_answers,
        "accepted_p50_seconds": statistics.median(during.accepted_seconds or [0.0]),
        "accepted_p99_seconds": _p99(during.accepted_seconds),
        "refused_p99_seconds": _p99(during.refused_seconds),
        "refused_without_retry_after": during.without_retry_after,
        "resident_growth_megabytes": max(during.resident_megabytes) - resident_before,
        "p50_before_seconds": statistics.median(before.accepted_seconds),
        "p50_one_second_after_seconds": statistics.median(after.accepted_seconds),
        "refused_one_second_after": len(after.refused_seconds),
    }


def _p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(0.99 * len(seconds))] if seconds else 0.0


def holds(results: dict[str, float]) -> bool:
    """Say whether the service stood it."""
    return (
        results["lost"] == results["refused_without_retry_after"] == results["refused_one_second_after"] == 0
        and 0 < results["accepted_p99_seconds"] < BOUND_SECONDS
        and results["resident_growth_megabytes"] < GROWTH_MEGABYTES
        and results["p50_one_second_after_seconds"] < 3 * results["p50_before_seconds"]
    )


if __name__ == "__main__":
    main()
