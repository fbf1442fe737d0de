"""A picture cut close to its digit, given back the margin that it was cut from.

Intuition: to tell ink from ground, the other steps want to see ground all around, and take what runs into the picture's
edge for something else. Scans of forms and books are often cut right at the ink, or a little into it. Such a picture is
told by what it is made of: two even greys, the one that has most of the border for ground, the other one figure of strokes
that touches the border, or nearly so on opposite sides. Shadows and table edges have a long stretch of the border to
themselves, and print and rulings are many pieces. The ground is continued, with its slope and its grain, as far as a margin
commonly goes.

Two greys are parted where they differ most, by variance between and within (N. Otsu, "A threshold selection method from
gray-level histograms", 1979).
"""

import numpy as np
from PIL import Image

from model.boxes import box_sides
from model.components import Components, find_components, holds_square, widened
from model.ground import Relief
from model.strokes import LEAST_CONTRAST, find_faint

GRID = 48
"""Pixels of the longer side on which it is decided."""
MARGIN_SHARE = 0.3
"""Of the longer side, added on each side: MNIST's own is 0.2, and windows of a third have room."""
MOST_GAP = 0.08
"""Of the longer side, between the ink and either of two opposite edges; with more room a digit needs no help."""
UNEVEN_GROUND, UNEVEN_INK = 0.2, 0.3
"""Most deviation within, by the levels between."""
LEAST_INK, MOST_INK = 0.05, 0.75
"""Of the picture: hair-thin digits have more, fat ones less; the sheet within a frame is no ink."""
ONE_FIGURE = 0.75
"""Of the ink that hangs together."""
MOST_TOUCHED = 0.36
"""Of the border; a fat 8 cut on all sides touches a third."""
LONG_CONTACT, LONGEST_CONTACT = 0.15, 0.26
"""By the border: a long contact is the bar of a 7, and that is one side at most."""
DEEPEST_BAR, LEAST_SPAN = 0.17, 0.4
"""By the longer side: a bar is no deeper than strokes are wide and has a stem, as no dark strip along an edge has."""
THICKEST = 0.4
"""The widest square of ink, by the longer side; ones that fill their picture have more, and remain unread."""
MOST_PIXELS = 256
"""Of the longer side: a digit that fills its picture has detail enough with as many, and is averaged down by a whole factor
as long as so many are kept."""
ROUNDS = 3
"""Of parting ground from ink and fitting the ground's slope; the second does where light is not steep."""
LEAST_SIDE, SLIMMEST = 4, 1 / 16
"""Pixels, and by the longer side: a hair-thin 1 is no slimmer, and a sliver's margin would be larger than all else."""
LEAST_GROUND_PIXELS = 12
"""Four for each weight of a plane."""
GREYS = 64
"""Between the darkest and the lightest, to choose the parting from."""
GRAIN_DEVIATIONS = 2.5
"""Of normal grain, 99 in 100 are within."""


def with_margin(sheet: Image.Image) -> Image.Image:
    """Continue the ground around a sheet that is cut close to its digit.

    Parameters
    ----------
    sheet
        Mode L, RGB or F, as `make_sheet` makes it.

    Returns
    -------
    PIL.Image.Image
        Of the same mode, its pixels averaged down where there are many more than needed; the sheet itself where it is
        not cut close.
    """
    if min(sheet.size) < max(LEAST_SIDE, SLIMMEST * max(sheet.size)):
        return sheet
    small = _shrunk(sheet)
    ground = _ground_around_one_figure(small[..., small.reshape(-1, small.shape[-1]).std(axis=0).argmax()])
    if ground is None:
        return sheet
    factor = max(sheet.size) // MOST_PIXELS
    return _continued(sheet.reduce(factor) if factor > 1 else sheet, small, ground)


def _shrunk(sheet: Image.Image) -> np.ndarray:
    """Give the sheet on the grid: float32 (height, width, channels)."""
    scale = min(1.0, GRID / max(sheet.size))
    size = max(LEAST_SIDE, round(sheet.width * scale)), max(LEAST_SIDE, round(sheet.height * scale))
    return _values(sheet if size == sheet.size else sheet.resize(size, Image.Resampling.BOX))


def _values(sheet: Image.Image) -> np.ndarray:
    return np.asarray(sheet, np.float32).reshape(sheet.height, sheet.width, -1)


def _ground_around_one_figure(grey: np.ndarray) -> np.ndarray | None:
    """Mark what is surely ground, bool (height, width), if the picture is one figure that fills it; else none."""
    if np.ptp(grey) < LEAST_CONTRAST:
        return None
    flat = grey
    for _ in range(ROUNDS):
        bright = flat > _parting(flat)
        border = _border(bright)
        ground = bright if 2 * np.count_nonzero(border) >= border.size else ~bright
        sure = ground & ~widened(~ground)
        if np.count_nonzero(sure) < LEAST_GROUND_PIXELS:
            sure = ground
        if np.count_nonzero(sure) < LEAST_GROUND_PIXELS or ground.all():
            return None
        flat = grey - _places(*grey.shape) @ _plane(grey, sure)
    relief = Relief(np.abs(flat - np.median(flat[ground])), noise=float(flat[sure].std()))
    return sure if _is_even(relief, ~ground) and _is_one_figure(~ground, relief) else None


def _parting(values: np.ndarray) -> float:
    """Give the grey that parts two greys best, the middle of all that do."""
    counts, edges = np.histogram(values, GREYS)
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    sums = np.cumsum(counts * (edges[1:] + edges[:-1]) / 2)
    means = sums[:-1] / np.maximum(below, 1), (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    between = below * above * np.square(means[0] - means[1])
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1 + (best[0] + best[-1]) // 2])


def _border(mask: np.ndarray) -> np.ndarray:
    """Give the outermost pixels, once around."""
    return _around(mask[0], mask[:, -1], mask[-1], mask[:, 0])


def _around(top: np.ndarray, right: np.ndarray, bottom: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Join the four sides, each from top or left, once around from the upper left corner."""
    return np.concatenate([top, right[1:-1], bottom[::-1], left[-2:0:-1]])


def _plane(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Fit a plane to the chosen values (height, width, ...): weights for what `_places` gives."""
    places = _places(*values.shape[:2])
    return np.asarray(np.linalg.lstsq(places[chosen], values[chosen], rcond=None)[0], np.float32)


def _is_even(relief: Relief, ink: np.ndarray) -> bool:
    """Say whether ground and ink are each of one grey."""
    levels = float(np.median(relief.contrast[ink]))
    return relief.noise <= UNEVEN_GROUND * levels and float(relief.contrast[ink].std()) <= UNEVEN_INK * levels


def _is_one_figure(ink: np.ndarray, relief: Relief) -> bool:
    """Say whether ink is one figure of strokes that is in want of a margin, and no box or frame."""
    area = np.count_nonzero(ink)
    parts = find_components(ink)
    main = int(parts.areas.argmax())
    return bool(
        LEAST_INK * ink.size <= area <= MOST_INK * ink.size
        and parts.areas[main] >= ONE_FIGURE * area
        and _touches_little(ink, span=min(int(parts.heights[main]), int(parts.widths[main])))
        and _wants_margin(parts, main)
        and not holds_square(ink, round(THICKEST * max(ink.shape)))
        and box_sides(ink, parts, relief, faint=find_faint(relief)) is None
    )


def _wants_margin(parts: Components, number: int) -> bool:
    """Say whether a part touches an edge, or nearly reaches two opposite ones."""
    height, width = parts.shape
    upright = int(parts.tops[number]), height - int(parts.bottoms[number])
    level = int(parts.lefts[number]), width - int(parts.rights[number])
    return min(upright + level) == 0 or min(max(upright), max(level)) <= MOST_GAP * max(height, width)


def _touches_little(ink: np.ndarray, *, span: int) -> bool:
    """Say whether ink touches the border as a digit does that spans so many pixels: briefly, or with a bar."""
    border = _border(ink)
    free = np.flatnonzero(~border)
    contacts = np.diff(np.append(free, free[0] + border.size)) - 1
    longest = int(contacts.argmax())
    if contacts.sum() > MOST_TOUCHED * border.size or contacts[longest] > LONGEST_CONTACT * border.size:
        return False
    if contacts[longest] <= LONG_CONTACT * border.size:
        return True
    along = (free[longest] + 1 + np.arange(contacts[longest])) % border.size
    depths = _around(*(_depths(side) for side in (ink, ink[:, ::-1].T, ink[::-1], ink.T)))
    return bool(np.median(depths[along]) <= DEEPEST_BAR * max(ink.shape) and span >= LEAST_SPAN * max(ink.shape))


def _depths(ink: np.ndarray) -> np.ndarray:
    """Count in each column how many rows from the first on are inked."""
    return np.where(ink.all(axis=0), len(ink), ink.argmin(axis=0))


def _continued(sheet: Image.Image, small: np.ndarray, ground: np.ndarray) -> Image.Image:
    """Continue the ground: its slope on the sheet, its value at the nearest edge beyond, and its grain."""
    values = _values(sheet)
    (height, width), (rows, columns) = values.shape[:2], ground.shape
    margin = max(2, round(MARGIN_SHARE * max(height, width)))
    wide = _places(height, width, margin) @ _plane(small, ground)
    inner = np.s_[margin : margin + height, margin : margin + width]
    is_ground = ground[np.ix_(np.arange(height) * rows // height, np.arange(width) * columns // width)]
    wide += _grain((values - wide[inner])[is_ground], wide.shape[:2])
    wide[inner] = values
    wide = np.clip(wide, 0, 255) if sheet.mode == "F" else np.clip(np.rint(wide), 0, 255).astype(np.uint8)
    return Image.fromarray(wide if sheet.mode == "RGB" else wide[..., 0])


def _places(height: int, width: int, margin: int = 0) -> np.ndarray:
    """Give 1, column and row of each pixel, -1 to 1 across the sheet and no more in the margin: (height, width, 3)."""
    rows, columns = (
        np.clip((np.arange(-margin, side + margin, dtype=np.float32) + 0.5) * 2 / side - 1, -1, 1)
        for side in (height, width)
    )
    columns, rows = np.meshgrid(columns, rows)
    return np.stack([np.ones_like(columns), columns, rows], axis=-1)


def _grain(rest: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Draw anew from what the plane left of the ground (count, channels), soft edges of strokes cut off."""
    middle = np.median(rest, axis=0)
    limit = GRAIN_DEVIATIONS * 1.4826 * np.median(np.abs(rest - middle), axis=0)
    drawn = np.random.default_rng(0).integers(len(rest), size=shape)  # the same picture has the same margin
    return np.asarray(np.clip(rest, middle - limit, middle + limit)[drawn])
