"""What was measured on a split, drawn: the confusion matrix and the reliability diagram."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from model.manifest import Calibration, CalibrationBin
from model.shapes import CLASSES
from training.plots import BLUE, FAINT, INK, PAPER, SKY, SOFT, render
from training.statistics import wilson_interval


def draw_confusion(confusion: tuple[tuple[int, ...], ...]) -> bytes:
    """Draw the confusion matrix: errors in colour, right answers as plain numbers.

    Parameters
    ----------
    confusion
        10 x 10 counts: row is the true digit, column the answer.

    Returns
    -------
    bytes
        A PNG.
    """
    return render(partial(_draw_confusion, counts=np.array(confusion)), width_inches=5.2, height_inches=5.0)


def draw_reliability(calibration: Calibration) -> bytes:
    """Draw how often answers of a given probability are right, and how many there are.

    Parameters
    ----------
    calibration
        With its bins.

    Returns
    -------
    bytes
        A PNG.
    """
    return render(partial(_draw_reliability, calibration=calibration), width_inches=5.2, height_inches=5.2)


def _draw_confusion(figure: Figure, *, counts: np.ndarray) -> None:
    axes = figure.add_subplot()
    errors = counts - np.diag(np.diag(counts))
    axes.imshow(np.sqrt(errors), cmap="Blues", vmin=0, vmax=1.3 * np.sqrt(max(1, errors.max())))
    for true, answer in np.ndindex(CLASSES, CLASSES):
        _write_count(axes, true, answer, count=int(counts[true, answer]), most=int(errors.max()))
    digits = [str(digit) for digit in range(CLASSES)]
    axes.set_xticks(range(CLASSES), digits)
    axes.set_yticks(range(CLASSES), digits)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("answer")
    axes.set_ylabel("true digit")
    for digit, wrong in enumerate(errors.sum(axis=1).tolist()):
        axes.text(CLASSES - 0.2, digit, f"{wrong:,}", ha="left", va="center", fontsize=8)
    axes.text(CLASSES - 0.2, -0.85, "errors", ha="left", va="center", fontsize=8, color=SOFT)
    axes.set_title(f"{errors.sum():,} errors among {counts.sum():,}")


def _write_count(axes: Axes, true: int, answer: int, *, count: int, most: int) -> None:
    if true == answer:
        axes.text(answer, true, f"{count:,}", ha="center", va="center", fontsize=7, color=SOFT)
    elif count:
        colour = PAPER if count > 0.6 * most and most > 3 else INK
        axes.text(answer, true, str(count), ha="center", va="center", fontsize=8.5, color=colour)
    else:
        axes.text(answer, true, "·", ha="center", va="center", fontsize=8, color=FAINT)


def _draw_reliability(figure: Figure, *, calibration: Calibration) -> None:
    diagram, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    filled = [part for part in calibration.bins if part.count]
    diagram.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    for part in filled:
        _draw_bin(diagram, part)
    diagram.set_ylim(-0.02, 1.03)
    diagram.set_ylabel("share that is right")
    diagram.grid(axis="y")
    diagram.text(0.98, 0.04, _describe(calibration), ha="right", va="bottom", linespacing=1.5)
    counts.bar(
        [(part.lower + part.upper) / 2 for part in filled],
        [part.count for part in filled],
        width=0.9 / len(calibration.bins),
        color=SKY,
    )
    counts.set_yscale("log")
    counts.set_ylabel("answers")
    counts.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    counts.tick_params(axis="y", which="minor", length=0)
    counts.set_xlabel("probability of the answer")
    counts.set_xlim(0, 1.01)
    counts.xaxis.set_major_locator(MultipleLocator(0.2))
    counts.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    diagram.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))


def _describe(calibration: Calibration) -> str:
    return (
        f"expected calibration error {100 * calibration.expected_calibration_error:.2f} %\n"
        f"negative log-likelihood {calibration.negative_log_likelihood:.4f}\n"
        f"Brier score {calibration.brier_score:.4f}"
    )


def _draw_bin(axes: Axes, part: CalibrationBin) -> None:
    low, high = wilson_interval(round(part.accuracy * part.count), part.count)
    axes.plot([part.confidence] * 2, [low, high], color=BLUE, linewidth=1.1, alpha=0.55)
    axes.plot(part.confidence, part.accuracy, "o", color=BLUE, markersize=5)
