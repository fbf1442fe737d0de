"""The two ways to see a sheet as contrast: a plain canvas, and everything else.

A canvas drawn by a program has one ground colour; the distance from it is the contrast, whatever the colours, at once and
exactly. Where light is uneven or noise strong, `ground.py` does the work on one channel from `tints.py`. Both are seen
through the same window: any rectangle of the sheet, at the resolution that is needed.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageChops

from model.ground import Relief, measure_relief
from model.tints import make_grey

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the sheet; right and bottom are the first outside."""

View: TypeAlias = Callable[[Box], Relief]
"""Gives the contrast of a rectangle, reduced to what is needed."""

PHOTO_LOOK_PIXELS, CANVAS_LOOK_PIXELS = 128, 64
"""Rectangles are averaged down by a whole factor as long as their longer side keeps so many pixels. 64 is three for one of
MNIST's; photos need more, as strokes must be told from print and texture."""

QUIET_SHARE = 0.12
"""Differences up to this share of the ink's contrast are no ink: JPEG's ripples at quality 30 reach about 0.1."""
INKED_SHARE = 0.3
"""Of the greatest distance; where nothing reaches it, there is no digit."""
LEAST_CANVAS_CONTRAST = 32
"""Grey levels; fainter ink on a canvas is looked at with `ground.py`'s care."""
QUIET_BORDER_SHARE = 0.9
"""How much of the border of a canvas is its ground."""
RING_INSETS = (0.0, 0.07)
"""Where the border is looked at: a frame around the canvas is not its ground."""
FAINT_TO_INK = 1.5
"""Most pixels between ground and ink, by those of ink: the soft edges of strokes, not shadows and clouds."""
TIGHT_SIDE_PIXELS = 40
"""Pictures this small are scans cut to the digit, as in USPS: no room for uneven light, and strokes reach the border."""
TIGHT_QUIET_BORDER_SHARE, TIGHT_FAINT_TO_INK = 0.4, 4.0


def view_of(sheet: Image.Image) -> tuple[View, Box]:
    """Choose the way to see a sheet.

    Parameters
    ----------
    sheet
        Mode L, RGB or F, as `make_sheet` makes it.

    Returns
    -------
    tuple
        A function from rectangle to contrast; the rectangle outside which there is nothing.
    """
    distance = _distance_from_ground(sheet)
    if distance is None:
        grey = make_grey(sheet)
        return lambda box: measure_relief(_reduced(grey, box, PHOTO_LOOK_PIXELS)), (0, 0, *sheet.size)
    return lambda box: Relief(_reduced(distance, box, CANVAS_LOOK_PIXELS), noise=0.0), _inked_box(distance)


def _inked_box(distance: Image.Image) -> Box:
    """Give the rectangle around all that stands out on a canvas, with a margin so that ink does not touch its edge."""
    least = int(INKED_SHARE * int(np.flatnonzero(distance.histogram())[-1])) + 1
    inked = distance.point([0] * least + [255] * (256 - least)).getbbox()
    if inked is None:
        return 0, 0, *distance.size
    left, top, right, bottom = inked
    margin = 2 + max(right - left, bottom - top) // 5
    width, height = distance.size
    return max(left - margin, 0), max(top - margin, 0), min(right + margin, width), min(bottom + margin, height)


def _reduced(picture: Image.Image, box: Box, pixels: int) -> np.ndarray:
    factor = max(1, max(box[2] - box[0], box[3] - box[1]) // pixels)
    cut = picture.crop(box)
    return np.asarray(cut.reduce(factor) if factor > 1 else cut, np.float32)


def _distance_from_ground(sheet: Image.Image) -> Image.Image | None:
    """Give the distance of each pixel from a canvas's ground colour, mode L; none where there is no such ground."""
    if sheet.mode == "F":
        sheet = sheet.convert("L")
    tight = max(sheet.size) <= TIGHT_SIDE_PIXELS
    sample = _ring(sheet, 0.0) if tight else np.asarray(_thinned_out(sheet))
    ground = _most_frequent(sample, coloured=sheet.mode == "RGB")
    distance = ImageChops.difference(sheet, Image.new(sheet.mode, sheet.size, ground))
    if distance.mode == "RGB":
        red, green, blue = distance.split()
        distance = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    rings = [_ring(distance, inset) for inset in ((0.0,) if tight else RING_INSETS)]
    return distance if _is_canvas(np.asarray(distance.histogram()), rings, tight=tight) else None


def _thinned_out(sheet: Image.Image) -> Image.Image:
    """Take every n-th pixel, some thousands in all."""
    factor = max(1, max(sheet.size) // 64)
    return sheet.resize((-(-sheet.width // factor), -(-sheet.height // factor)), Image.Resampling.NEAREST)


def _ring(picture: Image.Image, inset: float) -> np.ndarray:
    """Give the pixels one after the other on a rectangle that lies in from the border by a share of the sides."""
    pixels = np.asarray(picture)
    rows, columns = int(inset * pixels.shape[0]), int(inset * pixels.shape[1])
    inner = pixels[rows : pixels.shape[0] - rows, columns : pixels.shape[1] - columns]
    return np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])


def _most_frequent(pixels: np.ndarray, *, coloured: bool) -> int | tuple[int, ...]:
    """Give the most frequent value or colour."""
    if not coloured:
        return int(np.bincount(pixels.ravel()).argmax())
    packed = pixels.reshape(-1, 3).astype(np.int64) @ np.array([65536, 256, 1])
    values, counts = np.unique(packed, return_counts=True)
    colour = int(values[counts.argmax()])
    return colour >> 16, colour >> 8 & 255, colour & 255


def _is_canvas(histogram: np.ndarray, rings: list[np.ndarray], *, tight: bool) -> bool:
    """Judge by the distances whether there is one ground and clear ink on it."""
    from_top = np.cumsum(histogram[::-1])
    peak = 255 - int(np.argmax(from_top >= min(6, from_top[-1])))
    if peak < LEAST_CANVAS_CONTRAST:
        return not histogram[1:].any()
    quiet = int(QUIET_SHARE * peak)
    ink = int(histogram[int(0.5 * peak) :].sum())
    faint = int(histogram[quiet + 1 : int(0.5 * peak)].sum())
    border_share, faint_to_ink = (
        (TIGHT_QUIET_BORDER_SHARE, TIGHT_FAINT_TO_INK) if tight else (QUIET_BORDER_SHARE, FAINT_TO_INK)
    )
    quiet_share = max(float((ring <= quiet).mean()) for ring in rings)
    return quiet_share >= border_share and faint <= faint_to_ink * ink
