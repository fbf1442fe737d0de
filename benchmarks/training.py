"""How fast training is, and how much of it is arithmetic: pictures a second, where the time goes, time to an accuracy.

    python -m benchmarks.training [--recipe quick standard seed] [--epochs 4] [--example-epochs 14] [--vote quick standard]
    python -m benchmarks.training --render docs

Beside it, in the same run on the same cores, stands the program that most people start from: the usual PyTorch example for
MNIST, written anew for this benchmark after the description in its README (two convolutions, dropout, two dense layers,
Adadelta at 1.0 with 0.7 decay an epoch, batches of 64 from a data loader, 14 epochs;
https://github.com/pytorch/examples/tree/main/mnist).

`--vote` trains whole ensembles by a short schedule as well, members side by side. Everything is judged on validation. It
prints a page (`benchmarks/training_page.py`), then one line of JSON; `--out` keeps both.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.training_example import train_example
from benchmarks.training_page import DOCUMENT, RESULT_FILE, SpeedResult, load_result, save_result, write_page
from benchmarks.training_shares import measure_shares
from benchmarks.training_timing import time_recipe
from benchmarks.training_vote import time_vote
from model.errors import TenfoldError
from training.devices import choose_device
from training.mnist import load_split
from training.origin import describe_origin
from training.presets import RECIPES


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
    parser.add_argument("--vote", nargs="*", choices=sorted(RECIPES), default=[], help="ensembles to train as well")
    parser.add_argument("--vote-epochs", type=int, default=4, help="of every member of them")
    parser.add_argument("--steps", type=int, default=100, help="over which shares of time are measured")
    parser.add_argument("--limit", type=int, default=None, help="training and validation pictures, for a trial")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"write {DOCUMENT} and {RESULT_FILE} here")
    parser.add_argument(
        "--render", type=Path, metavar="DIR", help=f"measure nothing; make the page of DIR/{RESULT_FILE}"
    )
    return parser.parse_args(arguments)


def _run(parsed: argparse.Namespace) -> None:
    if parsed.render:
        for path in save_result(parsed.render, load_result(parsed.render)):
            print(path)
        return
    result = _measure(parsed)
    print(write_page(result))
    if parsed.out:
        save_result(parsed.out, result)
    print(result.to_json())


def _measure(parsed: argparse.Namespace) -> SpeedResult:
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
    votes = [
        time_vote(RECIPES[name], epochs=parsed.vote_epochs, splits=(training, validation), device=device)
        for name in parsed.vote
    ]
    origin = describe_origin("python -m benchmarks.training " + _options(parsed), device=device)
    return SpeedResult(origin, torch.get_num_threads(), tuple(timings), shares, tuple(votes))


def _options(parsed: argparse.Namespace) -> str:
    """Tell what was asked for, without the folders of the machine."""
    options = f"--recipe {' '.join(parsed.recipe)} --epochs {parsed.epochs} --example-epochs {parsed.example_epochs}"
    if parsed.threads:
        options += f" --threads {parsed.threads}"
    if parsed.vote:
        options += f" --vote {' '.join(parsed.vote)} --vote-epochs {parsed.vote_epochs}"
    return options + (f" --limit {parsed.limit}" if parsed.limit else "")


if __name__ == "__main__":
    sys.exit(main())
