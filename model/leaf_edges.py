"""The edges of a leaf (`leaves.py`), and what goes on across them.

Where a leaf ends, so does what is written on it, and something of another colour begins. Across a shadow's edge strokes,
rulings and print go on, and the colour is the same, only darker.
"""

from typing import TypeAlias

import numpy as np

from model.components import find_components, widened
from model.polygons import sides_of

INSET = 2
"""Pixels of the grid along the edges in which nothing is looked for."""
MOST_SLANT = 0.5
"""Cosine of a corner: 60 to 120 degrees, as perspective leaves a leaf."""
SLIMMEST = 0.3
"""The shortest side of a leaf by its longest; fat ones have 0.25 and less."""
NEAR_EDGE = 1.5
"""Pixels from the picture's edge within which a side is the picture's and not the leaf's."""
BEYOND_PIXELS = (4.0, 6.0, 8.0)
"""How far beyond the edge it is asked what goes on there; edges of shadows may be soft."""
OTHER_COLOUR = 0.06
"""Of the mean channel, by which tables differ in colour from a leaf and shadows do not."""
LEAST_CONTENT_PIXELS = 6
"""Fewer are crumbs and noise."""

_Places: TypeAlias = tuple[np.ndarray, np.ndarray]
"""Rows and columns of pixels."""


def is_cornered(corners: np.ndarray) -> bool:
    """Say whether four corners (4, 2) are fairly right ones, and those of no slim thing, such as a stroke."""
    lengths = np.maximum(np.hypot(*sides_of(corners).T), 1e-6)
    directions = sides_of(corners) / lengths[:, None]
    slants = np.abs((directions * np.roll(directions, 1, axis=0)).sum(axis=1))
    return bool(slants.max() <= MOST_SLANT and lengths.min() >= SLIMMEST * lengths.max())


def own_sides(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Say of each side, bool (4,), whether it is the leaf's own and lies not along the edge of a grid (height, width)."""
    ends = np.stack([corners, np.roll(corners, -1, axis=0)])
    along = (np.abs(ends) <= NEAR_EDGE).all(axis=0) | (np.abs(ends - shape[::-1]) <= NEAR_EDGE).all(axis=0)
    return np.asarray(~along.any(axis=1))


def has_other_colour_beyond(corners: np.ndarray, colours: np.ndarray) -> bool:
    """Say whether what lies beyond differs from a leaf in more than brightness, which is all that a shadow changes.

    Parameters
    ----------
    corners
        Of the leaf (4, 2), clockwise.
    colours
        Float32 (height, width, channels), 0 to 255.

    Returns
    -------
    bool
        True where it does along every side of the leaf's own.
    """
    own = own_sides(corners, colours.shape[:2])
    for start, side in zip(corners[own], sides_of(corners)[own], strict=True):
        inner, beyond = _along(start, side, colours.shape)
        within, without = (np.median(colours[places], axis=0) + 1 for places in (inner, beyond[-1]))
        if np.abs(within / within.mean() - without / without.mean()).max() < OTHER_COLOUR:
            return False
    return True


def ends_at_edges(content: np.ndarray, corners: np.ndarray, steps: np.ndarray) -> bool:
    """Say whether what is written ends at a leaf's edges; a thumb may reach over them, if more stands apart from it.

    Parameters
    ----------
    content
        Bool (height, width): what is written on the leaf.
    corners
        Of the leaf (4, 2), clockwise.
    steps
        Bool (height, width): where brightness or colour changes at once, on the leaf and beyond.

    Returns
    -------
    bool
        False where most of it goes on beyond, as strokes do across the edge of a shadow.
    """
    crossed = np.zeros(steps.shape, bool)
    own = own_sides(corners, steps.shape)
    parts = find_components(steps)
    wide = widened(parts.mask_of(parts.areas >= LEAST_CONTENT_PIXELS))
    for start, side in zip(corners[own], sides_of(corners)[own], strict=True):
        inner, beyond = _along(start, side, steps.shape)
        calmest = min((wide[place] for place in beyond), key=np.count_nonzero)
        crosses = steps[inner] & calmest
        crossed[inner] |= crosses
    if not crossed.any():
        return True
    parts = find_components(content | crossed)
    reaching = parts.sums(crossed) > 0
    return bool(parts.areas[~reaching].max(initial=0) >= parts.areas[reaching].max())


def _along(start: np.ndarray, side: np.ndarray, shape: tuple[int, ...]) -> tuple[_Places, list[_Places]]:
    """Give the pixels along the inner side of an edge, and those beyond it at each distance."""
    length = float(np.hypot(*side))
    middles = start + np.linspace(0.05, 0.95, max(2, round(length)))[:, None] * side
    outwards = np.array([side[1], -side[0]]) / length

    def pixels(distance: float) -> _Places:
        columns, rows = np.floor(middles + distance * outwards).astype(int).T
        return np.clip(rows, 0, shape[0] - 1), np.clip(columns, 0, shape[1] - 1)

    return pixels(-INSET - 0.5), [pixels(distance) for distance in BEYOND_PIXELS]
