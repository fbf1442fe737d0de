"""Learning curves: what every member's training and validation looked like, epoch by epoch."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from model.manifest import CurvePoint
from training.plots import SOFT, member_colour, render

Curve = Sequence[CurvePoint]

_FEW_EPOCHS = 15  # up to here every epoch gets a mark of its own


def draw_curves(curves: Sequence[Curve]) -> bytes:
    """Draw training loss and validation errors over the epochs.

    Parameters
    ----------
    curves
        One for each member.

    Returns
    -------
    bytes
        A PNG.
    """
    return render(partial(_draw, curves=curves), width_inches=7.0, height_inches=3.1)


def _draw(figure: Figure, *, curves: Sequence[Curve]) -> None:
    loss, errors = figure.subplots(1, 2)
    for member, curve in enumerate(curves):
        _draw_line(loss, member, points=[(point.epoch, point.training_loss) for point in curve])
        validated = [(p.epoch, 1 - p.validation_accuracy) for p in curve if p.validation_accuracy is not None]
        _draw_line(errors, member, points=validated)
    _style(loss, title="Training loss", unit="cross-entropy", percent=False)
    _style(errors, title="Validation errors", unit="of the validation digits", percent=True)
    figure.legend(*loss.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(curves), 7))


def _draw_line(axes: Axes, member: int, *, points: Sequence[tuple[int, float]]) -> None:
    # A member without an error has no place on a logarithmic scale.
    shown = [(epoch, value) for epoch, value in points if value > 0]
    marker = "o" if len(points) <= _FEW_EPOCHS else ""
    axes.plot(
        *zip(*shown, strict=True), color=member_colour(member), marker=marker, markersize=3.5, label=f"member {member}"
    )


def _style(axes: Axes, *, title: str, unit: str, percent: bool) -> None:
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.set_xlabel("epoch")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %" if percent else f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")
    axes.tick_params(axis="y", which="both", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(SOFT)
