"""`tenfold-train wild`: its options, and the two modules that do the work (`wild.py`, `wild_report.py`)."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from model.classifier import open_classifier
from model.manifest import SHIPPED_CHECKPOINT
from training.wild import WildResult, evaluate_wild
from training.wild_report import write_results


def add_wild_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its options."""
    wild = commands.add_parser("wild", help="judge a checkpoint on pictures that are not MNIST")
    wild.add_argument(
        "sources", nargs="+", metavar="PATH", help="folder of LABEL_name.png, npz file, or redrawn:SPLIT:COUNT"
    )
    wild.add_argument("--checkpoint", type=Path, default=SHIPPED_CHECKPOINT, metavar="DIR", help="default: the shipped")
    wild.add_argument(
        "--out", type=Path, metavar="DIR", help="write wild.md, results/wild.json and an error sheet here"
    )
    wild.set_defaults(run=lambda parsed: run_wild(parsed.sources, checkpoint=parsed.checkpoint, output=parsed.out))


def run_wild(sources: Sequence[str | Path], *, checkpoint: Path, output: Path | None) -> int:
    """Judge a checkpoint on wild pictures, print a line for each set, and write the results where asked to.

    Parameters
    ----------
    sources
        Folders, npz files, or `redrawn:SPLIT:COUNT`.
    checkpoint
        The checkpoint's folder.
    output
        Where page, JSON and error sheet go; None for nowhere.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    TenfoldError
        If a source or the checkpoint cannot be used.
    """
    classifier = open_classifier(checkpoint)
    results: list[WildResult] = []
    for source in sources:
        for result in evaluate_wild(classifier, [source]):
            results.append(result)
            print(_line(result), flush=True)
    if output is not None:
        # Where the sets lie on this machine is nobody's business.
        names = [str(source) if ":" in str(source) else Path(source).name for source in sources]
        write_results(results, classifier, output, command=shlex.join(["tenfold-train", "wild", *names]))
    return 0


def _line(result: WildResult) -> str:
    digits = [answer for answer in result.answers if answer.picture.label >= 0]
    others = [answer for answer in result.answers if answer.picture.label < 0]
    parts = []
    if digits:
        right = sum(not answer.is_error for answer in digits)
        parts.append(f"{100 * right / len(digits):.2f} % right ({len(digits) - right} errors in {len(digits):,})")
    if others:
        taken = sum(answer.is_error for answer in others)
        parts.append(f"{100 * taken / len(others):.2f} % taken for digits ({taken} of {len(others):,})")
    return f"{result.name}: " + "; ".join(parts)
