"""The leaf that is written on, where a picture shows more than it: paper on a table, a note on a wall, a canvas on a screen.

Intuition: a leaf is a large even area with four straight edges, beyond which everything looks otherwise, and what is
written stands within. What a digit encloses has the ground around the digit for its surroundings, which look the same; a
box's inside likewise, and boxes have `boxes.py`. A shadow has edges as a leaf has, but what is written goes across them. The
leaf is cut out and straightened, and may hold another one: a screen, the page on it, the canvas on that.

Even areas are those that no step in brightness or colour divides, on a small grid.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from PIL import Image

from model.components import Components, find_components
from model.leaf_edges import INSET, LEAST_CONTENT_PIXELS, ends_at_edges, has_other_colour_beyond, is_cornered, own_sides
from model.polygons import convex_hull, depth_within, perspective, quadrilateral, sides_of

GRID = 96
"""Pixels of the longer side on which it is decided."""
LEAST_SIDE_PIXELS = 64
"""Smaller pictures are cut to their digit."""
MOST_NESTED = 3
MOST_AREAS = 4
"""The largest even areas, as far as they are looked at."""
LEAST_STEP = 8.0
"""Levels from one pixel of the grid to the next that are a step; what textures have is mostly averaged away."""
LEAST_AREA = 0.03
"""Of the picture."""
LEAST_SURROUNDINGS = 0.08
"""Of the picture: with less around it there is nothing to cut off."""
UNLIKE, UNLIKE_SHARE = 20.0, 0.85
"""Levels that surroundings differ from the leaf, and how much of them does."""
STRAIGHT = 0.75
"""Of what lies along its four edges that is a leaf's; the fattest digits have 0.62, and strokes may come near an edge."""
LEAST_BARE = 0.4
"""Of what a leaf covers, nothing is written on; a thick frame has less."""
LEAST_OWN_SIDES = {1: 2, 2: 3}
"""Sides of a leaf made of one area or two that are not the picture's own. With one, it is a table's or shadow's edge, with
which `lighting.py` has no trouble."""
LEAST_CONTENT = 0.1
"""By the leaf's shorter side, what is written on it is at least so large."""
LEAN = 1.0
"""Pixels of the grid by which edges may lean in a leaf that is cut out as it is."""
MOST_PIXELS = 400
"""Of the longer side of a leaf that is straightened; the time goes by its square."""


def find_leaf(sheet: Image.Image) -> Image.Image:
    """Cut a sheet to the leaf that is written on.

    Parameters
    ----------
    sheet
        Mode L, RGB or F, as `make_sheet` makes it.

    Returns
    -------
    PIL.Image.Image
        Of the same mode, straightened; the sheet itself where nothing else is in sight.
    """
    for _ in range(MOST_NESTED):
        corners = _corners(sheet)
        if corners is None:
            break
        sheet = _cut_out(sheet, corners)
    return sheet


class _Scene(NamedTuple):
    """A sheet on the grid."""

    colours: np.ndarray
    """Float32 (height, width, channels), thin lines left out."""
    even: np.ndarray
    """Bool (height, width): where nothing changes at once."""
    lined: np.ndarray
    """The opposite, thin lines included."""


def _corners(sheet: Image.Image) -> np.ndarray | None:
    """Give the corners of the largest leaf in pixels of the sheet; none where there is no leaf."""
    if min(sheet.size) < LEAST_SIDE_PIXELS:
        return None
    scale = GRID / max(sheet.size)
    size = max(2, round(sheet.width * scale)), max(2, round(sheet.height * scale))
    small = np.asarray(sheet.resize(size, Image.Resampling.BOX)).reshape(size[1], size[0], -1)
    colours = _without_lines(small).astype(np.float32)
    scene = _Scene(colours, _is_even(colours), ~_is_even(small.astype(np.float32)))
    for parts in _candidates(find_components(scene.even)):
        corners = _leaf_of(parts, scene)
        if corners is not None:
            return np.asarray(corners * (np.array(sheet.size) / np.array(size)))
    return None


def _without_lines(colours: np.ndarray) -> np.ndarray:
    """Fill valleys, then level hills, up to two pixels wide: rulings are no steps."""
    for extreme in (np.maximum, np.minimum, np.minimum, np.maximum):
        wide = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
        rows = extreme(extreme(wide[:-2], wide[1:-1]), wide[2:])
        colours = extreme(extreme(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return colours


def _is_even(colours: np.ndarray) -> np.ndarray:
    """Mark, bool (height, width), what differs from none of its four neighbours by a step."""
    right, down = (np.abs(np.diff(colours, axis=axis)).max(axis=2) for axis in (1, 0))
    even = np.ones(colours.shape[:2], bool)
    across, along = right < LEAST_STEP, down < LEAST_STEP
    even[:, 1:] &= across
    even[:, :-1] &= across
    even[1:] &= along
    even[:-1] &= along
    return even


def _candidates(areas: Components) -> Iterator[list[np.ndarray]]:
    """Give the masks of the largest areas, and then of any two, as a shadow may lie over a part of a leaf."""
    least = LEAST_AREA * areas.shape[0] * areas.shape[1]
    largest = [
        number for number in np.argsort(-areas.areas, kind="stable")[:MOST_AREAS] if areas.areas[number] >= least
    ]
    masks = [areas.labels == number for number in largest]
    yield from ([mask] for mask in masks)
    yield from (list(two) for two in combinations(masks, 2))


def _leaf_of(parts: list[np.ndarray], scene: _Scene) -> np.ndarray | None:
    """Give the corners of an even area or two on the grid, if it is a leaf with something on it."""
    area = np.logical_or.reduce(parts)
    filled = ~_beyond(area)
    if np.count_nonzero(filled) > (1 - LEAST_SURROUNDINGS) * filled.size or area.sum() < LEAST_BARE * filled.sum():
        return None
    corners = quadrilateral(convex_hull(filled))
    if corners is None or not is_cornered(corners) or not _has_own_sides(corners, filled, areas=len(parts)):
        return None
    depth = depth_within(corners, filled.shape)
    along_edges = np.abs(depth - INSET) <= 1
    if not along_edges.any() or filled[along_edges].mean() < STRAIGHT:
        return None
    if not _differ(parts, depth < -INSET, scene.colours) or _is_beside_larger(filled, depth, scene.even):
        return None
    return corners if _holds_writing(corners, depth, scene, joined=len(parts) > 1) else None


def _has_own_sides(corners: np.ndarray, filled: np.ndarray, *, areas: int) -> bool:
    """Say whether enough sides are the leaf's own; a band from edge to edge is one only if it is most of the picture."""
    own = own_sides(corners, filled.shape)
    is_band = own.tolist() in ([True, False, True, False], [False, True, False, True])
    return bool(np.count_nonzero(own) >= LEAST_OWN_SIDES[areas] and not (is_band and 2 * filled.sum() < filled.size))


def _is_beside_larger(leaf: np.ndarray, depth: np.ndarray, even: np.ndarray) -> bool:
    """Say whether a figure as large as the leaf stands beside it: the leaf is a note then, and the ground what matters."""
    areas = find_components(even & (depth < -INSET))
    if not len(areas):
        return False
    ground = areas.labels == int(areas.areas.argmax())
    figures = find_components(~(ground | _beyond(ground)) & (depth < -INSET))
    apart = figures.sums((depth > -2 * INSET).astype(np.float32)) == 0
    height, width = (np.ptp(np.flatnonzero(leaf.any(axis=axis))) for axis in (1, 0))
    return bool((apart & (figures.heights >= height) & (2 * figures.widths >= width)).any())


def _holds_writing(corners: np.ndarray, depth: np.ndarray, scene: _Scene, *, joined: bool) -> bool:
    """Say whether something that may be a digit is written on a leaf, and does not go on beyond it."""
    thick = ~scene.even & (depth >= INSET)
    if _is_written(thick, corners):
        is_clear = not (thick & (depth < INSET + 1)).any()
        if is_clear or (has_other_colour_beyond(corners, scene.colours) and ends_at_edges(thick, corners, ~scene.even)):
            return True
    content = scene.lined & (depth >= INSET)
    return _is_written(content, corners) and (joined or ends_at_edges(content, corners, scene.lined))


def _beyond(area: np.ndarray) -> np.ndarray:
    """Mark what is not of an area and not enclosed by it."""
    around = find_components(np.pad(~area, 1, constant_values=True))
    return np.asarray((around.labels == around.labels[0, 0])[1:-1, 1:-1])


def _is_written(content: np.ndarray, corners: np.ndarray) -> bool:
    """Say whether something that may be a digit is within a leaf."""
    parts = find_components(content)
    if not len(parts):
        return False
    main = int(parts.areas.argmax())
    span = max(int(parts.heights[main]), int(parts.widths[main]))
    side = float(np.hypot(*sides_of(corners).T).min())
    return bool(span >= LEAST_CONTENT * side and parts.areas[main] >= LEAST_CONTENT_PIXELS)


def _differ(parts: list[np.ndarray], surroundings: np.ndarray, colours: np.ndarray) -> bool:
    """Say whether there is much beyond an area, and most of it is unlike all parts, their light continued."""
    if np.count_nonzero(surroundings) < LEAST_SURROUNDINGS * surroundings.size:
        return False
    apart = np.min([np.abs(colours - _continued(colours, part)).max(axis=2)[surroundings] for part in parts], axis=0)
    return bool(np.count_nonzero(apart >= UNLIKE) >= UNLIKE_SHARE * len(apart))


def _continued(colours: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Fit a plane to the colours of a part, and go on as at the edges of its rectangle: (height, width, channels)."""
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    height, width = part.shape
    level, upright = np.meshgrid(
        np.clip(np.arange(width, dtype=np.float32), columns[0], columns[-1]),
        np.clip(np.arange(height, dtype=np.float32), rows[0], rows[-1]),
    )
    places = np.stack([np.ones_like(level), level, upright], axis=-1)
    return np.asarray(places @ np.linalg.lstsq(places[part], colours[part], rcond=None)[0])


def _cut_out(sheet: Image.Image, corners: np.ndarray) -> Image.Image:
    """Cut out a leaf, straightened where its edges lean."""
    left, top = np.maximum(np.ceil(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.floor(corners.max(axis=0)), sheet.size).astype(int).tolist()
    leaning = np.abs(corners - [(left, top), (right, top), (right, bottom), (left, bottom)]).max()
    if leaning <= LEAN * max(sheet.size) / GRID:
        return sheet.crop((left, top, right, bottom))
    lengths = np.hypot(*sides_of(corners).T)
    sizes = [float(lengths[side] + lengths[side + 2]) / 2 for side in (0, 1)]
    factor = max(1, int(max(sizes)) // MOST_PIXELS)
    scale = min(1 / factor, MOST_PIXELS / max(sizes))
    width, height = (max(2, round(scale * size)) for size in sizes)
    straight = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    numbers = perspective(straight, corners / factor)
    beyond = sheet.resize((1, 1), Image.Resampling.BOX, (left, top, right, bottom)).getpixel((0, 0))
    return sheet.reduce(factor).transform(
        (width, height), Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BILINEAR, fillcolor=beyond
    )
