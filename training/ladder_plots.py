"""The ladder as one plot: the book's errors beside ours, with what a test split of 10,000 leaves open."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from training.ladder_results import LadderResult, RungResult
from training.plots import BLUE, FAINT, PAPER, SOFT, VERMILLION, render
from training.rungs import BOOK_VOTE, VOTE, schedule_rungs
from training.statistics import wilson_interval

_BOOK_TEST_SIZE = 10_000
_APART = 0.17  # between the book's mark and ours, in rows
_TICKS = (20, 30, 50, 100, 200, 300, 500, 1000)


def draw_ladder(result: LadderResult) -> bytes:
    """Draw errors in 10,000 test pictures, rung by rung.

    Parameters
    ----------
    result
        At least one rung.

    Returns
    -------
    bytes
        A PNG.
    """
    rows = len(result.rungs) + (result.vote is not None)
    return render(partial(_draw, result=result), width_inches=7.0, height_inches=1.5 + 0.36 * rows)


def _draw(figure: Figure, *, result: LadderResult) -> None:
    axes = figure.add_subplot()
    named = {rung.key: rung for rung in schedule_rungs(result.schedule)}
    names = []
    for row, rung in enumerate(result.rungs):
        _draw_book(axes, row, accuracy=named[rung.key].book_accuracy)
        _draw_rung(axes, row, rung=rung)
        names.append(f"{named[rung.key].title}  {rung.key.partition('.')[0]}")
    if result.vote:
        _draw_book(axes, len(names), accuracy=BOOK_VOTE)
        _draw_ours(axes, len(names), accuracy=result.vote.votes.accuracy, interval=result.vote.votes.interval)
        names.append(f"Vote of five  {VOTE}")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    _style_scale(axes)
    axes.set_title("The chapter's ladder" + (": a first look, shortened" if result.schedule == "quick" else ""))
    _add_legend(figure, axes)


def _style_scale(axes: Axes) -> None:
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    shown = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(shown, [f"{tick}\n{100 - tick / 100:g} %" for tick in shown])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", which="minor", length=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.invert_xaxis()
    axes.set_xlabel("errors in 10,000 test pictures, and accuracy: better to the right")


def _errors(accuracy: float) -> float:
    return 10_000 * (1 - accuracy)


def _draw_book(axes: Axes, row: int, *, accuracy: float) -> None:
    low, high = wilson_interval(round(accuracy * _BOOK_TEST_SIZE), _BOOK_TEST_SIZE)
    axes.plot([_errors(low), _errors(high)], [row - _APART] * 2, color=VERMILLION, linewidth=1, alpha=0.6)
    axes.plot(
        _errors(accuracy), row - _APART, "D", color=PAPER, markeredgecolor=VERMILLION, markersize=5, label="the book"
    )


def _draw_rung(axes: Axes, row: int, *, rung: RungResult) -> None:
    _draw_ours(axes, row, accuracy=rung.mean, interval=rung.interval)
    if len(rung.seeds) > 1:
        errors = [_errors(seed.test.accuracy) for seed in rung.seeds]
        axes.plot(errors, [row + _APART] * len(errors), "|", color=SOFT, markersize=8, label="one seed", zorder=1)


def _draw_ours(axes: Axes, row: int, *, accuracy: float, interval: tuple[float, float]) -> None:
    low, high = interval
    axes.plot([_errors(low), _errors(high)], [row + _APART] * 2, color=BLUE, linewidth=1.6)
    axes.plot(_errors(accuracy), row + _APART, "o", color=BLUE, markersize=5.5, label="ours (mean over seeds)")
    axes.axhline(row + 0.5, color=FAINT, linewidth=0.5)


def _add_legend(figure: Figure, axes: Axes) -> None:
    """Name every kind of mark once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    figure.legend(once.values(), once.keys(), loc="outside lower right", ncols=3)
