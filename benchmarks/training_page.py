"""What the benchmark of training measured, as a file, and the page made from it: no number in it is typed by hand."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from benchmarks.training_example import EXAMPLE
from benchmarks.training_timing import Timing
from benchmarks.training_vote import VoteTiming
from model.errors import TrainingError
from training.origin import Origin
from training.rungs import BOOK_VOTE

RESULT_FILE = Path("results") / "training-speed.json"
"""Inside `docs`, or another folder."""

DOCUMENT = "training-speed.md"

MILESTONES = (0.99, 0.995)
"""Accuracies on validation whose time is told."""

_INTRODUCTION = """\
# How fast training is

This page is made from [results/training-speed.json](results/training-speed.json) by
`python -m benchmarks.training --render docs`. Everything on it was measured in one run on the same cores; accuracies are
those on validation, and times include it. On another machine only the ratios mean anything.
"""

_EXAMPLE = f"""\
*{EXAMPLE}* is the program that most people start from, written anew after the description in its README
(<https://github.com/pytorch/examples/tree/main/mnist>): two convolutions, Adadelta, a data loader, 14 epochs.
"""


@dataclass(frozen=True)
class SpeedResult:
    """One run of the benchmark.

    Parameters
    ----------
    origin
        Command, commit and machine.
    threads
        Of a single network's training.
    timings
        Single networks, and the usual example if it was asked for.
    shares
        For each recipe: which share of a step each of its parts takes.
    votes
        Whole ensembles by short schedules.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    origin: Origin
    threads: int
    timings: tuple[Timing, ...]
    shares: dict[str, dict[str, float]]
    votes: tuple[VoteTiming, ...]

    def to_json(self) -> str:
        """Write it down in one line."""
        return json.dumps(asdict(self))

    @property
    def example(self) -> Timing | None:
        """The usual example, if it was timed."""
        return next((timing for timing in self.timings if timing.name == EXAMPLE), None)


def save_result(folder: Path, result: SpeedResult) -> list[Path]:
    """Write the result and its page.

    Parameters
    ----------
    folder
        `docs`, or another; made where it is missing.
    result
        What was measured.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    TrainingError
        If the folder cannot be written.
    """
    path = folder / RESULT_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(result), indent=1) + "\n")
        (folder / DOCUMENT).write_text(write_page(result))
    except OSError as error:
        raise TrainingError(f"cannot write to {folder}: {error}; make room, or choose another --out") from error
    return [path, folder / DOCUMENT]


def load_result(folder: Path) -> SpeedResult:
    """Read `results/training-speed.json`.

    Raises
    ------
    TrainingError
        If it is not there, or is no such result.
    """
    path = folder / RESULT_FILE
    try:
        return TypeAdapter(SpeedResult).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); make it with python -m benchmarks.training") from error


def write_page(result: SpeedResult) -> str:
    """Write a result as a page of Markdown."""
    parts = [_INTRODUCTION, _networks(result), _against_the_example(result), _shares(result), _votes(result)]
    return "\n".join(part for part in [*parts, _provenance(result)] if part)


def _networks(result: SpeedResult) -> str:
    milestones = [f"to {100 * milestone:g} %" for milestone in MILESTONES]
    rows = [
        [
            timing.name,
            f"{timing.pictures_per_second:,.0f}",
            str(len(timing.seconds)),
            f"{sum(timing.seconds):,.0f} s",
            f"{100 * timing.accuracies[-1]:.2f} %",
            *(_seconds(timing.seconds_to(milestone)) for milestone in MILESTONES),
        ]
        for timing in result.timings
    ]
    threads = "one thread" if result.threads == 1 else f"{result.threads} threads"
    headings = ["recipe", "pictures a second", "epochs", "time", "accuracy", *milestones]
    return f"## One network, {threads}\n\n" + _table(headings, rows)


def _against_the_example(result: SpeedResult) -> str:
    example = result.example
    if example is None:
        return ""
    goal, total = example.accuracies[-1], sum(example.seconds)
    told = _EXAMPLE
    for timing in result.timings:
        if timing is example:
            continue
        seconds = timing.seconds_to(goal)
        told += f"`{timing.name}` "
        if seconds is None:
            told += f"does not reach its final accuracy, {100 * goal:.2f} %, in this schedule. "
        else:
            told += (
                f"reaches its final accuracy, {100 * goal:.2f} %, after {seconds:,.0f} s: {100 * seconds / total:.1f} % "
                f"of its {total:,.0f} s. "
            )
    return told.rstrip() + "\n"


def _shares(result: SpeedResult) -> str:
    if not result.shares:
        return ""
    names = list(dict.fromkeys(name for parts in result.shares.values() for name in parts))
    rows = [
        [recipe, *(f"{100 * parts[name]:.0f} %" if name in parts else "" for name in names)]
        for recipe, parts in result.shares.items()
    ]
    return "## Where a step's time goes\n\n" + _table(["recipe", *names], rows)


def _votes(result: SpeedResult) -> str:
    if not result.votes:
        return ""
    rows = [
        [
            vote.name,
            str(vote.members),
            str(vote.epochs),
            str(vote.processes),
            f"{vote.seconds:,.0f} s",
            f"{100 * min(vote.member_accuracies):.2f} to {100 * max(vote.member_accuracies):.2f} %",
            f"{100 * vote.accuracy:.2f} %",
            "yes" if vote.accuracy >= BOOK_VOTE else "no",
        ]
        for vote in result.votes
    ]
    headings = [
        "recipe",
        "networks",
        "epochs",
        "at a time",
        "time",
        "alone",
        "vote",
        f"{100 * BOOK_VOTE:.2f} % or more",
    ]
    return (
        "## A vote from a cold start\n\nBy schedules that were drawn together, without scout, field pictures and final "
        f"phase; {100 * BOOK_VOTE:.2f} % is what the chapter's five nets reach on test.\n\n" + _table(headings, rows)
    )


def _provenance(result: SpeedResult) -> str:
    origin = result.origin
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    return (
        f"## Provenance\n\n`{origin.command}` at commit `{origin.commit}` on {origin.date}; {origin.machine}; "
        f"{origin.device}; {versions}.\n"
    )


def _seconds(seconds: float | None) -> str:
    return "not reached" if seconds is None else f"{seconds:,.0f} s"


def _table(headings: list[str], rows: list[list[str]]) -> str:
    """Lay out a table whose first column stands left, the others right."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
