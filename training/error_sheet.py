"""Sheets of digits: the errors as in the book, black ink on white, true digit top right, answer bottom right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from model.shapes import Pixels
from training.plots import FAINT, GREEN, PAPER, SOFT, VERMILLION, render, show_bare

COLUMNS = 8
"""As in the book."""

_CELL_INCHES = 0.86


@dataclass(frozen=True)
class SheetItem:
    """One digit on a sheet.

    Parameters
    ----------
    index
        In the split.
    label
        The true digit: top right.
    answer
        Bottom right: one digit, or two answers that are compared.
    """

    index: int
    label: int
    answer: str


def draw_sheet(items: Sequence[SheetItem], pixels: Pixels) -> bytes:
    """Draw digits in rows of eight.

    Parameters
    ----------
    items
        Which, in order; at least one.
    pixels
        The whole split: uint8 (N, 28, 28).

    Returns
    -------
    bytes
        A PNG.
    """
    rows = -(-len(items) // COLUMNS)
    draw = partial(_draw, items=items, pixels=pixels, rows=rows)
    return render(draw, width_inches=COLUMNS * _CELL_INCHES, height_inches=rows * _CELL_INCHES)


def _draw(figure: Figure, *, items: Sequence[SheetItem], pixels: Pixels, rows: int) -> None:
    for axes, item in zip(figure.subplots(rows, COLUMNS, squeeze=False).flat, items, strict=False):
        axes.imshow(pixels[item.index], cmap="Greys", vmin=0, vmax=255, interpolation="nearest")
        _write(axes, item)
    for axes in figure.axes:
        show_bare(axes)
    for axes in figure.axes[: len(items)]:
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color(FAINT)


def _write(axes: Axes, item: SheetItem) -> None:
    # A rim of paper keeps the numbers legible where the digit's ink reaches them.
    write = partial(axes.text, transform=axes.transAxes, path_effects=[withStroke(linewidth=2, foreground=PAPER)])
    write(0.96, 0.96, str(item.label), va="top", ha="right", color=GREEN, fontweight="bold", fontsize=9)
    write(0.96, 0.03, item.answer, va="bottom", ha="right", color=VERMILLION, fontweight="bold", fontsize=9)
    write(0.04, 0.03, str(item.index), va="bottom", ha="left", color=SOFT, fontsize=5)
