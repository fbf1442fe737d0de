"""Boxes to write in: the printed rectangle around a digit, recognised by its four sides and taken off it.

Intuition: a digit that touches its box is one part with it, and would be read as a box. A box has four straight sides, each
inked from corner to corner, thin (a twentieth of the box and two pixels at most), and something stands within; of the
digits, only a 0 or 8 of straight strokes comes near, and within those there is nothing, or a bar. Each side may lean by
itself, as a photo held askew shows it, and one may lie outside of the picture.
"""

from collections.abc import Sequence

import numpy as np

from model.components import Components, find_components, widened
from model.ground import Relief
from model.rulings import run_through
from model.strokes import find_strokes

LEAST_SIDE = 16
"""Pixels; what is smaller has no room for a digit."""
BAND = 0.15
"""By a box's height or width: how deep its sides lie where they lean."""
COVERED = 0.8
"""Of a side's length that is inked; corners may be round."""
PARTLY_COVERED = 0.55
"""The same by what the part is long, where strokes stick out of the box."""
STRAIGHT = 0.8
"""Of a side's pixels that lie on one line; strokes of the digit that cross it do not."""
LEAST_CONTENT = 0.35
"""By the box's height: less within is no digit, but perhaps the middle bar, if a rising one, of a square 8, 6, 9 or 3."""
MOST_BOXES = 3


def box_sides(
    strokes: np.ndarray, parts: Components, relief: Relief, *, faint: np.ndarray | None = None
) -> np.ndarray | None:
    """Find the boxes that something is written in.

    Parameters
    ----------
    strokes
        Bool (height, width): what stands out clearly.
    parts
        Their components.
    relief
        What they were found in: what is written in a box may be fainter than it.
    faint
        Bool (height, width): strokes and what is fainter. Where there is no box of strokes, one is looked for in this:
        thin lines are faint, and come out in pieces.

    Returns
    -------
    numpy.ndarray or None
        Bool (height, width): the sides, where strokes cross them left out; None where there is no box.
    """
    sides = _sides_in(strokes, parts, relief)
    return _sides_in(faint, find_components(faint), relief) if sides is None and faint is not None else sides


def _sides_in(strokes: np.ndarray, parts: Components, relief: Relief) -> np.ndarray | None:
    """Mark the sides of all parts that are boxes around something."""
    found = None
    for number in _largest(parts):
        top, bottom, left, right = (
            int(ends[number]) for ends in (parts.tops, parts.bottoms, parts.lefts, parts.rights)
        )
        part = strokes[top:bottom, left:right] if len(parts) == 1 else parts.labels[top:bottom, left:right] == number
        cut = (top == 0, bottom == parts.shape[0], left == 0, right == parts.shape[1])
        shares = _inked_shares(part)
        worst = shares.index(min(shares))
        if min(shares[:worst] + shares[worst + 1 :]) < PARTLY_COVERED:
            continue  # most digits
        trimmed = [0, 0, 0, 0]
        if shares[worst] < COVERED and not cut[worst]:
            trimmed[worst] = _overhang(_turned(part)[worst])
        inside = np.s_[trimmed[0] : len(part) - trimmed[1], trimmed[2] : part.shape[1] - trimmed[3]]
        sides = _sides(part[inside], cut=cut)
        seen = relief.contrast[top:bottom, left:right][inside]
        if sides is not None and _has_content(np.where(widened(sides), 0, seen), relief.noise):
            found = np.zeros(parts.shape, bool) if found is None else found
            found[top:bottom, left:right][inside] |= sides
    return found


def _largest(parts: Components) -> np.ndarray:
    """Give the numbers of the parts that are large enough for a box, the largest first, as far as they are looked at."""
    sides = np.minimum(parts.heights, parts.widths)
    numbers = np.flatnonzero(sides >= LEAST_SIDE)
    return numbers if len(numbers) < 2 else numbers[np.argsort(-sides[numbers], kind="stable")][:MOST_BOXES]


def _inked_shares(part: np.ndarray) -> list[float]:
    """Give how much of each edge has ink along it, in the order of `_turned`."""
    rows, columns = (max(2, round(BAND * side)) for side in part.shape)
    bands = part[:rows], part[-rows:], part.T[:columns], part.T[-columns:]
    return [np.count_nonzero(band.any(axis=0)) / band.shape[1] for band in bands]


def _overhang(part: np.ndarray) -> int:
    """Count the rows by which strokes stick out over the upper side of a box; 0 where there is no such side."""
    band = max(2, round(BAND * len(part)))
    inked = np.cumsum(np.pad(part, ((1, 0), (0, 0))), axis=0, dtype=np.int16)
    crossed = np.count_nonzero(inked[band:] > inked[:-band], axis=1)[: len(part) // 2]
    return int(np.flatnonzero(crossed == crossed.max())[-1]) if crossed.max() >= COVERED * part.shape[1] else 0


def _sides(part: np.ndarray, *, cut: Sequence[bool]) -> np.ndarray | None:
    """Mark the four sides of a part that is a box, or three where the picture cuts it; none where it is not one."""
    level, upright = np.zeros_like(part), np.zeros_like(part)
    missing = 0
    marked_in = (*_turned(level)[:2], *_turned(upright)[2:])
    for seen, marks, is_cut in zip(_turned(part), marked_in, cut, strict=True):
        line = _outer_line(seen)
        side = None if line is None else run_through(seen, line)
        if side is not None and side.any():
            marks[side] = True
            continue
        missing += 1
        if not is_cut or missing > 1:
            return None
    # A corner is as high as the one side and as wide as the other, and so was taken for a stroke that crosses them.
    corners = part & np.outer(level.any(axis=1), upright.any(axis=0))
    return np.asarray(level | upright | corners)


def _turned(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give views in which each edge is on top once: the upper, the lower, the left, the right one."""
    return part, part[::-1], part.T, part.T[::-1]


def _outer_line(part: np.ndarray) -> np.ndarray | None:
    """Give the row of the upper side in each column; none where the part has no straight side there."""
    height, width = part.shape
    band = part[: max(2, round(BAND * height))]
    columns = np.flatnonzero(band.any(axis=0))
    if len(columns) < COVERED * width:
        return None
    rows = band.argmax(axis=0)[columns]
    third = len(columns) // 3
    left, right = np.median(rows[:third]), np.median(rows[-third:])
    slope = (right - left) / (np.median(columns[-third:]) - np.median(columns[:third]))
    line = np.median(rows - slope * columns) + slope * np.arange(width)
    if (np.abs(rows - line[columns]) <= 1.5).mean() < STRAIGHT:
        return None
    return np.asarray(np.clip(np.rint(line), 0, height - 1), np.int64)


def _has_content(contrast: np.ndarray, noise: float) -> bool:
    """Say whether enough stands within a box for a digit."""
    height, width = contrast.shape
    rows, columns = round(BAND * height), round(BAND * width)
    within = find_strokes(Relief(contrast[rows:-rows, columns:-columns], noise))
    if within is None:
        return False
    inked = np.flatnonzero(within.any(axis=1))
    return bool(len(inked) and inked[-1] + 1 - inked[0] >= LEAST_CONTENT * height)
