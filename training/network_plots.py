"""Inside one network: the filters that it has learned, and what its layers make of one digit.

The chapter plots the filters of its first two layers as 5 x 4 and 8 x 5 patches, of the second layer those on the first
feature map only. Here the second layer is shown whole: a row for each map that goes in, a column for each that comes out.
"""

from functools import partial

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from model.networks import DigitNetwork
from model.shapes import CLASSES, SIDE, Image28
from training.plots import BLUE, FAINT, PAPER, SOFT, render, show_bare

_WIDTH_INCHES = 7.0
_MAPS_IN_A_ROW = 16
_PATCH_PIXELS, _GAP_PIXELS = 56, 4  # of a patch's side in a mosaic, and between two
_SQUARE_ENOUGH = {20: (4, 5), 40: (5, 8)}  # rows and columns, as the chapter lays out its layers


def draw_first_filters(network: DigitNetwork) -> bytes:
    """Draw the filters of the first layer, or for a dense network the weights of its hidden units.

    Parameters
    ----------
    network
        Whose.

    Returns
    -------
    bytes
        A PNG.
    """
    layers = _convolutions(network)
    filters = layers[0][:, 0] if layers else _dense_weights(network).reshape(-1, SIDE, SIDE)
    rows, columns = _layout(len(filters))
    patches = np.full((rows * columns, *filters.shape[1:]), np.nan)
    patches[: len(filters)] = filters
    mosaic = tile(patches.reshape(rows, columns, *filters.shape[1:]))
    height = 0.7 + 4.2 * rows / columns
    return render(partial(_draw_weights, mosaic=mosaic, labels=("", "")), width_inches=4.6, height_inches=height)


def draw_second_filters(network: DigitNetwork) -> bytes | None:
    """Draw every filter of the second convolution, or None where there is none.

    Parameters
    ----------
    network
        Whose.

    Returns
    -------
    bytes or None
        A PNG.
    """
    layers = _convolutions(network)
    if len(layers) < 2:
        return None
    mosaic = tile(layers[1].swapaxes(0, 1))
    height = 0.9 + _WIDTH_INCHES * 0.92 * mosaic.shape[0] / mosaic.shape[1]
    labels = ("feature map that comes out", "feature map that goes in")
    return render(
        partial(_draw_weights, mosaic=mosaic, labels=labels), width_inches=_WIDTH_INCHES, height_inches=height
    )


def draw_feature_maps(network: DigitNetwork, image: Image28) -> bytes:
    """Draw what each layer makes of one digit, down to the ten probabilities.

    Parameters
    ----------
    network
        In evaluation mode.
    image
        Float32 (28, 28), values in [0, 1], ink is 1.

    Returns
    -------
    bytes
        A PNG.
    """
    with torch.inference_mode():
        outputs = network.maps(torch.from_numpy(image)[None, None])
    pictures = {name: _as_rows(output[0].numpy()) for name, output in outputs.items() if output.ndim == 4}
    scores = list(outputs.values())[-1][0, :CLASSES].softmax(dim=0).numpy()
    heights = [
        1.3,
        *(0.22 + _WIDTH_INCHES * 0.82 * picture.shape[0] / picture.shape[1] for picture in pictures.values()),
    ]
    draw = partial(_draw_maps, image=image, pictures=pictures, scores=scores, heights=heights)
    return render(draw, width_inches=_WIDTH_INCHES, height_inches=sum(heights) + 0.15 * len(heights))


def tile(patches: np.ndarray) -> np.ndarray:
    """Lay patches out in one picture, a little apart.

    Parameters
    ----------
    patches
        (rows, columns, height, width).

    Returns
    -------
    numpy.ndarray
        Two-dimensional, each value enlarged to a square block; NaN between the patches.
    """
    block = max(1, round(_PATCH_PIXELS / patches.shape[2]))
    large = patches.repeat(block, axis=2).repeat(block, axis=3)
    rows, columns, height, width = large.shape
    framed = np.full((rows, columns, height + _GAP_PIXELS, width + _GAP_PIXELS), np.nan)
    framed[:, :, :height, :width] = large
    laid = framed.swapaxes(1, 2).reshape(rows * (height + _GAP_PIXELS), columns * (width + _GAP_PIXELS))
    return laid[:-_GAP_PIXELS, :-_GAP_PIXELS]


def _convolutions(network: DigitNetwork) -> list[np.ndarray]:
    return [module.weight.detach().numpy() for module in network.modules() if isinstance(module, nn.Conv2d)]


def _dense_weights(network: DigitNetwork) -> np.ndarray:
    layer = next(module for module in network.modules() if isinstance(module, nn.Linear))
    weights: np.ndarray = layer.weight.detach().numpy()
    return weights


def _layout(count: int) -> tuple[int, int]:
    """Return rows and columns for so many patches: a little wider than high."""
    if count in _SQUARE_ENOUGH:
        return _SQUARE_ENOUGH[count]
    columns = next((c for c in range(int(np.ceil(np.sqrt(count))), count + 1) if count % c == 0), count)
    columns = columns if columns <= 2 * np.sqrt(count) else int(np.ceil(np.sqrt(count)))
    return -(-count // columns), columns


def _as_rows(maps: np.ndarray) -> np.ndarray:
    """Lay (channels, height, width) out in rows of at most sixteen, full ones if that can be."""
    columns = max(c for c in range(1, _MAPS_IN_A_ROW + 1) if len(maps) % c == 0)
    columns = columns if 2 * columns > _MAPS_IN_A_ROW else min(_MAPS_IN_A_ROW, len(maps))
    rows = -(-len(maps) // columns)
    patches = np.full((rows * columns, *maps.shape[1:]), np.nan)
    patches[: len(maps)] = maps
    return tile(patches.reshape(rows, columns, *maps.shape[1:]))


def _draw_weights(figure: Figure, *, mosaic: np.ndarray, labels: tuple[str, str]) -> None:
    axes = figure.add_subplot()
    reach = float(np.nanmax(np.abs(mosaic)))
    colours = colormaps["PuOr_r"].with_extremes(bad=PAPER)
    drawn = axes.imshow(mosaic, cmap=colours, vmin=-reach, vmax=reach, interpolation="nearest")
    show_bare(axes)
    axes.set_xlabel(labels[0], color=SOFT)
    axes.set_ylabel(labels[1], color=SOFT)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.5, aspect=18, pad=0.02, ticks=[-reach, 0, reach])
    bar.ax.set_yticklabels([f"-{reach:.2f}", "0", f"+{reach:.2f}"])
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)


def _draw_maps(
    figure: Figure, *, image: Image28, pictures: dict[str, np.ndarray], scores: np.ndarray, heights: list[float]
) -> None:
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    top = grid[0].subgridspec(1, 2, width_ratios=[1, 4])
    _draw_image(figure.add_subplot(top[0]), image)
    _draw_scores(figure.add_subplot(top[1]), scores)
    for row, (name, picture) in enumerate(pictures.items(), start=1):
        axes = figure.add_subplot(grid[row])
        colours = colormaps["Greys"].with_extremes(bad=FAINT)
        axes.imshow(picture, cmap=colours, interpolation="nearest", vmin=0)
        show_bare(axes)
        axes.set_title(name.replace("_", " "), fontsize=8, fontweight="normal", pad=3)


def _draw_image(axes: Axes, image: Image28) -> None:
    axes.imshow(image, cmap="Greys", vmin=0, vmax=1, interpolation="nearest")
    show_bare(axes)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(FAINT)


def _draw_scores(axes: Axes, scores: np.ndarray) -> None:
    best = int(scores.argmax())
    axes.bar(range(CLASSES), scores, color=[BLUE if digit == best else FAINT for digit in range(CLASSES)], width=0.7)
    axes.set_xticks(range(CLASSES))
    axes.set_ylim(0, 1.12)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    axes.annotate(f"{100 * scores[best]:.1f} %", (best, scores[best]), ha="center", va="bottom", fontsize=8)
    axes.set_title("Its answer", fontsize=8, fontweight="normal", pad=3)
