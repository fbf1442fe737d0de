"""Where members differ: how often two of them do, and how many are wrong at once.

An ensemble is better than its members only where they err on different pictures; this is the plot that shows it.
"""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.shapes import Labels, Mask, Votes
from training.plots import BLUE, INK, PAPER, SOFT, VERMILLION, render

_ROOM_FOR_COUNTS = 12  # members; beyond, the matrix is colour alone


def draw_disagreement(votes: Votes, labels: Labels, *, right: Mask) -> bytes:
    """Draw pairwise differences, and the pictures by the number of members that are wrong.

    Parameters
    ----------
    votes
        Int64 (members, N).
    labels
        Int64 (N,).
    right
        Bool (N,): where the ensemble is right.

    Returns
    -------
    bytes
        A PNG.
    """
    draw = partial(_draw, votes=votes, wrong_members=(votes != labels).sum(axis=0), right=right)
    return render(draw, width_inches=7.0, height_inches=3.3)


def count_differences(votes: Votes) -> np.ndarray:
    """Count for each pair of members the pictures that they answer differently: int64 (members, members)."""
    counts: np.ndarray = (votes[:, None] != votes[None]).sum(axis=2)
    return counts


def _draw(figure: Figure, *, votes: Votes, wrong_members: np.ndarray, right: Mask) -> None:
    pairs, shares = figure.subplots(1, 2, width_ratios=[1, 1.25])
    _draw_pairs(pairs, count_differences(votes))
    _draw_shares(shares, wrong_members, right=right, members=len(votes))


def _draw_pairs(axes: Axes, counts: np.ndarray) -> None:
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=1.4 * max(1, counts.max()))
    if len(counts) <= _ROOM_FOR_COUNTS:
        for first, second in np.ndindex(*counts.shape):
            text = "" if first == second else f"{counts[first, second]:,}"
            axes.text(second, first, text, ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(counts)))
    axes.set_yticks(range(len(counts)))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("member")
    axes.set_ylabel("member")
    axes.set_title("Answers that differ")


def _draw_shares(axes: Axes, wrong_members: np.ndarray, *, right: Mask, members: int) -> None:
    numbers = np.arange(1, members + 1)
    saved = np.array([((wrong_members == number) & right).sum() for number in numbers])
    lost = np.array([((wrong_members == number) & ~right).sum() for number in numbers])
    axes.bar(numbers, saved, color=BLUE, width=0.72, label="the ensemble is right")
    axes.bar(numbers, lost, bottom=saved, color=VERMILLION, width=0.72, label="the ensemble is wrong")
    for number, good, bad in zip(numbers.tolist(), saved.tolist(), lost.tolist(), strict=True):
        axes.text(number, good + bad, f"{good + bad:,}", ha="center", va="bottom", fontsize=8, color=INK)
    axes.set_xticks(numbers)
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("members that are wrong")
    axes.set_title("Pictures that some member gets wrong")
    axes.legend(loc="upper right", facecolor=PAPER, labelcolor=SOFT)
    axes.set_ylim(0, 1.15 * max(1, (saved + lost).max()))
