"""How fast is the service, next to a server that does nothing and to its own engine? `python -m benchmarks.serving`.

Everything runs on this machine, in one go, because only ratios within one run mean anything: the floors (`floor.py`),
Tenfold with its default settings, and the engine without HTTP. wrk makes the load; the pictures are MNIST's test digits.
Rounds of the servers alternate, so that a disturbance from outside meets all of them; of each, the median round counts. The
targets are held against the bare floor; the ratio to a plain FastAPI route is told beside it.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.settings import load_settings
from benchmarks.loads import (
    FLOOR_ANSWER_VARIABLE,
    Load,
    Server,
    mnist_pngs,
    multipart,
    post,
    press,
    print_json,
    print_table,
    running,
    wrk_script,
)
from model.classifier import Classifier, open_classifier
from model.pictures import read_picture

SERVE = "from app.server import serve; from app.settings import load_settings; serve(load_settings())"
FLOOR = "from benchmarks.floor import main; main()"
Loads = dict[int, dict[str, Load]]
"""By number of connections, then by server."""

CONNECTIONS = (1, 16, 64)
BATCH = 256
TARGETS = {
    "rate_at_16": (">=", 0.45),
    "p99_over_p50_at_16": ("<=", 5.0),
    "p50_over_floor_at_1": ("<=", 3.5),
    "batch_over_engine": (">=", 0.8),
    "first_answer_seconds": ("<=", 1.0),
    "resident_megabytes": ("<=", 150.0),
}


def main() -> None:
    """Measure, print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="of each round, whole ones as wrk wants them (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of floor and of Tenfold, at each load (3)")
    chosen = parser.parse_args()
    pictures = mnist_pngs()
    with running(SERVE, ready="/readyz") as tenfold:
        status, answer = post(tenfold.port, "/v1/predictions", pictures[0], content_type="image/png")
        assert status == 200, answer
        answered = {FLOOR_ANSWER_VARIABLE: str(len(answer))}
        with (
            running(FLOOR, "bare", ready="/", **answered) as bare,
            running(FLOOR, "fastapi", ready="/", **answered) as framework,
            wrk_script(pictures) as folder,
        ):
            servers = {"bare floor": bare, "fastapi floor": framework, "tenfold": tenfold}
            loads = compare(servers, folder, seconds=chosen.seconds, rounds=chosen.rounds)
        batch = batch_rates(tenfold, pictures)
        results = judge(loads, batch, tenfold)
    report(loads, batch, results)


def compare(servers: Mapping[str, Server], folder: Path, *, seconds: float, rounds: int) -> Loads:
    """Press the servers in turn at every number of connections; give the median round of each."""
    for server in servers.values():
        press(server.port, folder, connections=16, seconds=1)  # warm up
    return {
        connections: _compare_at(connections, servers, folder, seconds=seconds, rounds=rounds)
        for connections in CONNECTIONS
    }


def _compare_at(
    connections: int, servers: Mapping[str, Server], folder: Path, *, seconds: float, rounds: int
) -> dict[str, Load]:
    measured: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            measured[name].append(press(server.port, folder, connections=connections, seconds=seconds))
    return {name: _median(loads) for name, loads in measured.items()}


def _median(loads: Sequence[Load]) -> Load:
    return sorted(loads, key=lambda load: load.requests_per_second)[len(loads) // 2]


def batch_rates(tenfold: Server, pictures: Sequence[bytes]) -> dict[str, float]:
    """Measure pictures a second: of batch requests, of the engine on prepared images, of engine and decoding in process."""
    settings = load_settings()
    classifier = open_classifier(settings.checkpoint, engine=settings.engine)
    body, content_type = multipart(pictures[:BATCH])
    prepared = [read_picture(picture) for picture in pictures[:BATCH]]

    def request() -> None:
        status, answer = post(tenfold.port, "/v1/predictions/batch", body, content_type=content_type)
        assert status == 200, answer

    def engine() -> None:
        classifier.classify_prepared(prepared)

    def in_process() -> None:
        _read_and_classify(classifier, pictures[:BATCH])

    works = {"batch": request, "engine": engine, "in_process": in_process}
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(15):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - started)
    return {name: BATCH / statistics.median(times[2:]) for name, times in seconds.items()}


def _read_and_classify(classifier: Classifier, pictures: Sequence[bytes]) -> None:
    classifier.classify_prepared([read_picture(picture) for picture in pictures])


def judge(loads: Loads, batch: Mapping[str, float], tenfold: Server) -> dict[str, float]:
    """Compute what the targets are about, and the ratio to a plain FastAPI route."""
    ours = loads[16]["tenfold"]
    return {
        "rate_at_16": ours.requests_per_second / loads[16]["bare floor"].requests_per_second,
        "rate_at_16_over_fastapi": ours.requests_per_second / loads[16]["fastapi floor"].requests_per_second,
        "p99_over_p50_at_16": ours.p99_milliseconds / ours.p50_milliseconds,
        "p50_over_floor_at_1": loads[1]["tenfold"].p50_milliseconds / loads[1]["bare floor"].p50_milliseconds,
        "batch_over_engine": batch["batch"] / batch["engine"],
        "first_answer_seconds": tenfold.first_answer_seconds,
        "resident_megabytes": tenfold.resident_megabytes(),
    }


def report(loads: Loads, batch: Mapping[str, float], results: Mapping[str, float]) -> None:
    """Print everything."""
    rows = [
        (name, load.connections, f"{load.requests_per_second:.0f}", f"{load.p50_milliseconds:.2f}",
         f"{load.p95_milliseconds:.2f}", f"{load.p99_milliseconds:.2f}", load.refused + load.other_answers)
        for servers in loads.values()
        for name, load in servers.items()
    ]  # fmt: skip
    print_table(rows, heads=("server", "connections", "requests/s", "p50 ms", "p95 ms", "p99 ms", "not 200"))
    print()
    print_table([(name, f"{rate:.0f}") for name, rate in batch.items()], heads=("256 pictures", "pictures/s"))
    print()
    print_table([_verdict(*result) for result in results.items()], heads=("result", "measured", "target", "holds"))
    print_json(benchmark="serving", loads=loads, batch=batch, results=results)


def _verdict(name: str, value: float) -> tuple[str, str, str, str]:
    """Hold a result against its target, if it has one."""
    if name not in TARGETS:
        return name, f"{value:.3f}", "", ""
    sign, target = TARGETS[name]
    holds = value >= target if sign == ">=" else value <= target
    return name, f"{value:.3f}", f"{sign} {target:g}", "yes" if holds else "NO"


if __name__ == "__main__":
    main()
