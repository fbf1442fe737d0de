"""The two ways to see a sheet as contrast: a plain canvas, and everything else.

A canvas drawn by a program has one ground colour; the distance from it is the contrast, whatever the colours, at once and
exactly. Where light is uneven or noise strong, `ground.py` does the work on one channel from `tints.py`. Both are seen
through the same window: any rectangle of the sheet, at the resolution that is needed.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from model.canvases import Box, distance_from_ground, inked_box, is_canvas, may_hold_leaf
from model.ground import Relief, measure_relief, shrunk
from model.leaves import find_leaf
from model.lighting import fit_light
from model.margins import with_margin
from model.pens import only_coloured
from model.tints import along, choose_direction

View: TypeAlias = Callable[[Box, float | None], Relief]
"""Gives the contrast of a rectangle, reduced to what is needed; how wide strokes are on the sheet helps, where known."""


class Sight(NamedTuple):
    """How a sheet is seen, the box outside which there is nothing, and width and height of what boxes lie in."""

    view: View
    box: Box
    size: tuple[int, int]


PHOTO_LOOK_PIXELS, CANVAS_LOOK_PIXELS = 128, 64
"""Rectangles are averaged down by a whole factor as long as their longer side keeps so many pixels. 64 is three for one of
MNIST's; photos need more, as strokes must be told from print and texture."""


def view_of(sheet: Image.Image) -> Sight:
    """Choose the way to see a sheet.

    Parameters
    ----------
    sheet
        Mode L, RGB or F, as `make_sheet` makes it.

    Returns
    -------
    Sight
        Of the sheet, or of the leaf alone where more than that is in sight, with a margin around where it was cut close
        to its digit.
    """
    canvas, may_be_table = _canvas_sight(sheet)
    if canvas and not may_be_table:
        return canvas
    leaf = find_leaf(sheet)
    if leaf is not sheet:
        canvas, _ = _canvas_sight(leaf)
    if canvas:
        return canvas
    wide = with_margin(leaf)
    if wide is not leaf:
        canvas, _ = _canvas_sight(wide)
    return canvas or Sight(_photo_view(wide), (0, 0, *wide.size), wide.size)


def _canvas_sight(sheet: Image.Image) -> tuple[Sight | None, bool]:
    """See a sheet as a canvas, if it is one; say, too, whether its ink may be a leaf, and the canvas the table under it."""
    distance = distance_from_ground(sheet.convert("L") if sheet.mode == "F" else sheet)
    if not is_canvas(distance):
        return None, True
    picture, inked = Image.fromarray(distance), inked_box(distance)
    sight = Sight(lambda box, _: Relief(_reduced(picture, box, CANVAS_LOOK_PIXELS), noise=0.0), inked, sheet.size)
    return sight, may_hold_leaf(distance)


def _photo_view(sheet: Image.Image) -> View:
    """See a sheet freed of its light and shadow, in the direction of colour in which ink differs."""
    light = fit_light(sheet)
    whole = (0, 0, *sheet.size)

    def evenly_lit(box: Box) -> np.ndarray:
        seen = _reduced(sheet, box, PHOTO_LOOK_PIXELS)
        factor = _factor(box, PHOTO_LOOK_PIXELS)
        # Where the last row or column stands for fewer pixels, the grid still has equal steps.
        covered = (*box[:2], box[0] + seen.shape[1] * factor, box[1] + seen.shape[0] * factor)
        shade = light.at(covered, seen.shape)
        return np.asarray(seen / (shade if seen.ndim == 2 else shade[..., None]))

    first = evenly_lit(whole)
    weights = choose_direction(first) if sheet.mode == "RGB" else None

    def view(box: Box, stroke_pixels: float | None) -> Relief:
        seen = first if box == whole else evenly_lit(box)
        step = (box[2] - box[0]) / seen.shape[1]
        if weights is None:
            return measure_relief(seen, stroke_pixels=stroke_pixels and stroke_pixels / step)
        grey = along(seen, weights)
        relief = measure_relief(grey, stroke_pixels=stroke_pixels and stroke_pixels / step)
        return only_coloured(relief, shrunk(seen, relief.contrast.shape))

    return view


def _reduced(picture: Image.Image, box: Box, pixels: int) -> np.ndarray:
    factor = _factor(box, pixels)
    return np.asarray(picture.reduce(factor, box) if factor > 1 else picture.crop(box), np.float32)


def _factor(box: Box, pixels: int) -> int:
    return max(1, max(box[2] - box[0], box[3] - box[1]) // pixels)
