"""`ladder.md` and `ladder.png`, made from `results/ladder.json` alone: no number in them is typed by hand."""

import textwrap
from pathlib import Path

from model.errors import TrainingError
from model.manifest import Score
from training.ladder_plots import draw_ladder
from training.ladder_results import LadderResult, RungResult, SeedResult, VoteResult, load_result
from training.origin import Origin
from training.rungs import BOOK_VOTE, CORRECTIONS, VOTE, Rung, schedule_rungs

DOCUMENT, PLOT = "ladder.md", "ladder.png"

_INTRODUCTION = """\
# The chapter's ladder

Chapter 6 of M. Nielsen's *Neural Networks and Deep Learning* (2015, <http://neuralnetworksanddeeplearning.com/chap6.html>)
climbs from one hidden layer to a vote of five convolutional networks, a rung at a time. Here are its networks, trained by
our code, beside its numbers.

This page and its plot are made from [results/ladder.json](results/ladder.json) by `tenfold-train ladder --render docs`.
"""

_QUICK = """
> **A first look, not the chapter's schedule.** Every network has taken 25,000 steps (5 epochs of 50,000 pictures, or 1 of
> 250,000), where the chapter takes 300,000 to 1,500,000; everything else is the chapter's. The numbers show the shape of
> the ladder and say nothing about whether the book's numbers are reached.
"""

_READING = """
## How to read it

A net is trained on 50,000 pictures (rungs 5 to 8: five-folded by one-pixel shifts) in batches of 10 by plain gradient
descent, and judged after its last epoch on the 10,000 test pictures, which choose nothing. *Ours* is the mean over the
seeds and their standard deviation. The *interval* is the 95 % Wilson interval of that mean on a test set of this size: it
says what these pictures, whatever the seeds, leave open. *Best run* is the test accuracy of the seed that was best on
validation, which is how the book chose its number (of three runs, at the epoch that was best on validation). *Time* is
one net's mean wall time.

## What is corrected

"""


def render_ladder(folder: Path) -> list[Path]:
    """Write the document and the plot of a folder's result.

    Parameters
    ----------
    folder
        With `results/ladder.json` in it.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    TrainingError
        If the result cannot be read, or the folder not be written.
    """
    result = load_result(folder)
    contents = {DOCUMENT: write_document(result).encode(), PLOT: draw_ladder(result)}
    try:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise TrainingError(f"cannot write to {folder}: {error}; make room, then run again") from error
    return [folder / name for name in contents]


def write_document(result: LadderResult) -> str:
    """Write the ladder as a page of Markdown.

    Parameters
    ----------
    result
        What was measured.

    Returns
    -------
    str
        The page.
    """
    corrections = "".join(
        textwrap.fill(f"- {correction}", 120, subsequent_indent="  ") + "\n" for correction in CORRECTIONS
    )
    parts = [_INTRODUCTION, _QUICK if result.schedule == "quick" else "", "\n", _table(result), _missing(result)]
    if result.vote:
        parts.append(_about_vote(result.vote, test_size=result.test_size))
    parts += [f"\n![The ladder: errors of the book and ours]({PLOT})\n", _READING, corrections, _origins(result)]
    return "".join(parts)


def _table(result: LadderResult) -> str:
    named = {rung.key: rung for rung in schedule_rungs(result.schedule)}
    lines = [
        "| rung | network | parameters | epochs | book | ours | seeds | 95 % interval | best run | time |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(named[rung.key], rung) for rung in result.rungs),
    ]
    if result.vote:
        vote = result.vote
        lines.append(
            f"| {VOTE} | Vote of five nets of rung 7 | {vote.parameters:,} | - | {_percent(BOOK_VOTE)} "
            f"| {_percent(vote.votes.accuracy)} | 5 | {_interval(vote.votes.interval)} | - | - |"
        )
    return "\n".join(lines) + "\n"


def _missing(result: LadderResult) -> str:
    measured = {rung.key for rung in result.rungs}
    names = [f"{rung.title} ({rung.number})" for rung in schedule_rungs(result.schedule) if rung.key not in measured]
    names += [] if result.vote else [f"the vote ({VOTE})"]
    return "" if not names else "\n" + textwrap.fill(f"Not trained yet: {'; '.join(names)}.", 120) + "\n"


def _row(rung: Rung, result: RungResult) -> str:
    deviation = "" if result.standard_deviation is None else f" ± {100 * result.standard_deviation:.2f}"
    minutes = sum(seed.seconds for seed in result.seeds) / len(result.seeds) / 60
    return (
        f"| {rung.number} | {rung.title} | {result.parameters:,} | {result.epochs} | {_percent(rung.book_accuracy)} "
        f"| {_percent(result.mean)}{deviation} | {len(result.seeds)} | {_interval(result.interval)} "
        f"| {_percent(_best(result).test.accuracy)} | {minutes:.1f} min |"
    )


def _best(result: RungResult) -> SeedResult:
    return next(seed for seed in result.seeds if seed.seed == result.best_seed)


def _about_vote(vote: VoteResult, *, test_size: int) -> str:
    text = (
        f"\nThe vote makes {_errors(vote.votes, test_size)}. The soft vote (the digit with the highest mean\n"
        f"probability, which is what Tenfold serves) makes {_errors(vote.mean_probability, test_size)}.\n"
    )
    spread = vote.all_ensembles
    if spread:
        text += (
            f"Over all {spread.ensembles:,} ensembles of {spread.size} that can be drawn from {spread.members} nets, the "
            f"soft vote has {_percent(spread.mean)} ± {100 * spread.standard_deviation:.2f}.\n"
        )
    return text


def _origins(result: LadderResult) -> str:
    """List where the nets were measured, in the order of their rungs, each place and day once."""
    origins = dict.fromkeys(_write_origin(seed.origin) for rung in result.rungs for seed in rung.seeds)
    return (
        "\n## Where the numbers come from\n\n"
        + "".join(f"- {origin}\n" for origin in origins)
        + f"\nSeeds from 0 upwards; training split 50,000, validation 10,000, test {result.test_size:,} pictures of MNIST.\n"
    )


def _write_origin(origin: Origin) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in origin.versions.items())
    return (
        f"`{origin.command}`, measured on {origin.date} at commit `{origin.commit}`, on {origin.machine} "
        f"({origin.device}), {versions}."
    )


def _errors(measured: Score, test_size: int) -> str:
    return f"{test_size - measured.correct:,} errors ({_percent(measured.accuracy)})"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _interval(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f} %"
