"""How fast training is, and how much of it is arithmetic: pictures a second, where the time goes, time to an accuracy.

    python -m benchmarks.training [--recipe quick standard seed] [--epochs 4] [--example-epochs 14] [--limit N]

Beside it, in the same run on the same cores, stands the program that most people start from: the usual PyTorch example for
MNIST, written anew for this benchmark after the description in its README (two convolutions, dropout, two dense layers,
Adadelta at 1.0 with 0.7 decay an epoch, batches of 64 from a data loader, 14 epochs;
https://github.com/pytorch/examples/tree/main/mnist).

Both are judged on validation. One table, then one line of JSON.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.training_example import train_example
from benchmarks.training_shares import measure_shares
from benchmarks.training_timing import Timing, time_recipe
from model.errors import TenfoldError
from training.devices import choose_device
from training.mnist import load_split
from training.origin import describe_origin
from training.presets import RECIPES

MILESTONES = (0.99, 0.995)
"""Accuracies on validation whose time is told."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark.

    Parameters
    ----------
    arguments
        As typed, without the program's name; None for the real ones.

    Returns
    -------
    int
        Exit status.
    """
    parsed = _parse(arguments)
    try:
        _run(parsed)
    except TenfoldError as error:
        print(f"benchmarks.training: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.training", description="Measure the speed of training.")
    parser.add_argument("--recipe", nargs="*", choices=sorted(RECIPES), default=["standard"], help="what to measure")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto", help="where")
    parser.add_argument("--threads", type=int, default=None, help="cores of the example and of a member (default: all)")
    parser.add_argument("--epochs", type=int, default=4, help="of one member of each recipe")
    parser.add_argument("--example-epochs", type=int, default=14, help="of the usual example; 0 leaves it out")
    parser.add_argument("--steps", type=int, default=100, help="over which shares of time are measured")
    parser.add_argument("--limit", type=int, default=None, help="training and validation pictures, for a trial")
    return parser.parse_args(arguments)


def _run(parsed: argparse.Namespace) -> None:
    device = choose_device(parsed.device)
    if parsed.threads:
        torch.set_num_threads(parsed.threads)
    training, validation = (load_split(name).first(parsed.limit or 50_000) for name in ("training", "validation"))
    timings, shares = [], {}
    for name in parsed.recipe:
        with tempfile.TemporaryDirectory() as folder:
            timings.append(
                time_recipe(
                    RECIPES[name], Path(folder), epochs=parsed.epochs, splits=(training, validation), device=device
                )
            )
        shares[name] = measure_shares(RECIPES[name], training, steps=parsed.steps, device=device)
    if parsed.example_epochs:
        timings.append(train_example(training, validation, epochs=parsed.example_epochs, device=device))
    _print_table(timings, shares)
    origin = describe_origin("python -m benchmarks.training " + _options(parsed), device=device)
    result = {
        "origin": asdict(origin),
        "threads": torch.get_num_threads(),
        "split": "validation",
        "timings": [asdict(timing) | {"seconds_to": _milestones(timing)} for timing in timings],
        "shares": shares,
    }
    print(json.dumps(result))


def _options(parsed: argparse.Namespace) -> str:
    options = f"--recipe {' '.join(parsed.recipe)} --epochs {parsed.epochs} --example-epochs {parsed.example_epochs}"
    return options + (f" --limit {parsed.limit}" if parsed.limit else "")


def _milestones(timing: Timing) -> dict[str, float | None]:
    return {f"{100 * accuracy:g} %": timing.seconds_to(accuracy) for accuracy in MILESTONES}


def _print_table(timings: Sequence[Timing], shares: dict[str, dict[str, float]]) -> None:
    table = Table(title="Training, judged on validation")
    headings = ["", "pictures a second", "epochs", "seconds", "accuracy", *(f"s to {100 * m:g} %" for m in MILESTONES)]
    for heading in headings:
        table.add_column(heading, justify="left" if not heading else "right")
    for timing in timings:
        reached = [f"{seconds:.0f}" if seconds else "-" for seconds in _milestones(timing).values()]
        accuracy = f"{100 * timing.accuracies[-1]:.2f} %"
        cells = [f"{timing.pictures_per_second:,.0f}", str(len(timing.seconds)), f"{sum(timing.seconds):.1f}", accuracy]
        table.add_row(timing.name, *cells, *reached)
    console = Console()
    console.print(table)
    for name, parts in shares.items():
        told = ", ".join(f"{part} {100 * share:.0f} %" for part, share in parts.items())
        console.print(f"{name}: {told}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
