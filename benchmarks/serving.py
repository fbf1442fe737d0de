"""How fast is the service, next to a server that does nothing and to its own engine? `python -m benchmarks.serving`.

Everything runs on this machine, in one go, because only ratios within one run mean anything: the floor (`floor.py`), Tenfold
with its default settings, and the engine without HTTP. wrk makes the load; the pictures are MNIST test digits as PNG.
Rounds of floor and Tenfold alternate, so that a disturbance from outside meets both; of each, the median round counts.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from functools import partial
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
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of floor and of Tenfold, at each load (3)")
    chosen = parser.parse_args()
    pictures = mnist_pngs()
    with running(SERVE, ready="/readyz") as tenfold:
        status, answer = post(tenfold.port, "/v1/predictions", pictures[0], content_type="image/png")
        assert status == 200, answer
        with (
            running(FLOOR, ready="/", **{FLOOR_ANSWER_VARIABLE: str(len(answer))}) as floor,
            wrk_script(pictures) as folder,
        ):
            loads = compare(floor, tenfold, folder=folder, seconds=chosen.seconds, rounds=chosen.rounds)
        batch = batch_rates(tenfold, pictures)
        results = judge(loads, batch, tenfold)
    report(loads, batch, results)


def compare(
    floor: Server, tenfold: Server, *, folder: Path, seconds: float, rounds: int
) -> dict[int, tuple[Load, Load]]:
    """Press both servers at every number of connections; give the median rounds of both."""
    for server in (floor, tenfold):
        press(server.port, folder, connections=16, seconds=1)  # warm up
    compared = {}
    for connections in CONNECTIONS:
        load = partial(press, folder=folder, connections=connections, seconds=seconds)
        pairs = [(load(floor.port), load(tenfold.port)) for _ in range(rounds)]
        compared[connections] = (_median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs]))
    return compared


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


def judge(loads: dict[int, tuple[Load, Load]], batch: dict[str, float], tenfold: Server) -> dict[str, float]:
    """Compute what the targets are about."""
    floor, ours = loads[16]
    return {
        "rate_at_16": ours.requests_per_second / floor.requests_per_second,
        "p99_over_p50_at_16": ours.p99_milliseconds / ours.p50_milliseconds,
        "p50_over_floor_at_1": loads[1][1].p50_milliseconds / loads[1][0].p50_milliseconds,
        "batch_over_engine": batch["batch"] / batch["engine"],
        "first_answer_seconds": tenfold.first_answer_seconds,
        "resident_megabytes": tenfold.resident_megabytes(),
    }


def report(loads: dict[int, tuple[Load, Load]], batch: dict[str, float], results: dict[str, float]) -> None:
    """Print everything."""
    rows = [
        (name, load.connections, f"{load.requests_per_second:.0f}", f"{load.p50_milliseconds:.2f}",
         f"{load.p95_milliseconds:.2f}", f"{load.p99_milliseconds:.2f}", load.refused + load.other_answers)
        for pair in loads.values()
        for name, load in zip(("floor", "tenfold"), pair, strict=True)
    ]  # fmt: skip
    print_table(rows, heads=("server", "connections", "requests/s", "p50 ms", "p95 ms", "p99 ms", "not 200"))
    print()
    print_table([(name, f"{rate:.0f}") for name, rate in batch.items()], heads=("256 pictures", "pictures/s"))
    print()
    verdicts = [
        (name, f"{value:.3f}", f"{TARGETS[name][0]} {TARGETS[name][1]:g}", "yes" if holds(name, value) else "NO")
        for name, value in results.items()
    ]
    print_table(verdicts, heads=("result", "measured", "target", "holds"))
    print_json(benchmark="serving", loads=list(loads.values()), batch=batch, results=results)


def holds(name: str, value: float) -> bool:
    """Say whether a result meets its target."""
    sign, target = TARGETS[name]
    return value >= target if sign == ">=" else value <= target


if __name__ == "__main__":
    main()
