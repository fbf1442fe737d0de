"""`tenfold-train compare`: the comparison of two checkpoints, for people, programs, and as a sheet of pictures."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from model.errors import TrainingError
from model.manifest import Score
from training.comparison import Comparison, Contestant, compare, open_contestant
from training.error_sheet import SheetItem, draw_sheet
from training.mnist import load_split

_SIGNIFICANT = 0.05


def add_compare_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its options."""
    parser = commands.add_parser("compare", help="compare two checkpoints, picture by picture")
    parser.add_argument("first", type=Path, metavar="A", help="a checkpoint, or the --out of a training")
    parser.add_argument("second", type=Path, metavar="B", help="another one")
    parser.add_argument(
        "--split",
        choices=["test", "validation"],
        default="test",
        help="test: as stored in the checkpoints (default); validation: measured now, to choose by",
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="draw the pictures that are answered differently")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run_compare_command)


def run_compare_command(parsed: argparse.Namespace) -> int:
    """Compare, and say it.

    Parameters
    ----------
    parsed
        The command's options.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    TenfoldError
        If the two cannot be compared.
    """
    first = open_contestant(parsed.first, split=parsed.split)
    second = open_contestant(parsed.second, split=parsed.split)
    comparison = compare(first.evaluation, second.evaluation)
    if parsed.sheet:
        _write_sheet(comparison, parsed.sheet, split=parsed.split)
    if parsed.json:
        print(json.dumps(asdict(comparison)))
    else:
        print("\n".join(describe(comparison, first=first, second=second)))
    return 0


def describe(comparison: Comparison, *, first: Contestant, second: Contestant) -> Iterator[str]:
    """Say a comparison in lines of text.

    Parameters
    ----------
    comparison
        Of the two.
    first, second
        For their names.

    Yields
    ------
    str
        One line.
    """
    yield f"A: {first.name}: {_accuracy(comparison.first, comparison.size)}"
    yield f"B: {second.name}: {_accuracy(comparison.second, comparison.size)}"
    low, high = comparison.interval
    yield (
        f"B - A: {100 * comparison.difference:+.2f} points (95 % interval {100 * low:+.2f} to {100 * high:+.2f}) on "
        f"{comparison.size:,} {comparison.split} pictures"
    )
    yield f"Only A right: {comparison.only_first}. Only B right: {comparison.only_second}. {_verdict(comparison)}"
    yield ""
    yield "digit  pictures  errors of A  errors of B"
    for row in comparison.classes:
        yield f"{row.digit:>5}  {row.pictures:>8,}  {row.first_errors:>11}  {row.second_errors:>11}"
    yield ""
    yield f"{len(comparison.pictures)} pictures are answered differently"
    if comparison.pictures:
        yield "index  label  A  B"
    for picture in comparison.pictures:
        yield f"{picture.index:>5}  {picture.label:>5}  {picture.first_answer}  {picture.second_answer}"


def _accuracy(score: Score, size: int) -> str:
    low, high = score.interval
    return (
        f"{size - score.correct:,} errors, {100 * score.accuracy:.2f} % right "
        f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
    )


def _verdict(comparison: Comparison) -> str:
    probability = f"McNemar's exact test: p = {comparison.p_value:.2g}"
    if comparison.p_value >= _SIGNIFICANT:
        return f"{probability}; chance would explain it."
    return f"{probability}; {'B' if comparison.difference > 0 else 'A'} is better."


def _write_sheet(comparison: Comparison, path: Path, *, split: str) -> None:
    """Draw the pictures that differ, with both answers: A's, then B's."""
    if not comparison.pictures:
        raise TrainingError("no picture is answered differently, so there is no sheet to draw; leave --sheet out")
    pixels = load_split("test" if split == "test" else "validation").pixels
    items = [
        SheetItem(picture.index, picture.label, f"{picture.first_answer} {picture.second_answer}")
        for picture in comparison.pictures
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw_sheet(items, pixels))
    except OSError as error:
        raise TrainingError(f"cannot write {path}: {error}; choose another --sheet") from error
