"""Ruled and squared paper: straight lines across the sheet, found and taken out where no stroke crosses them.

Intuition: cut the sheet into sixteen strips. A ruling crosses nearly all of them at heights that rise or fall steadily; no
stroke of a digit does. Along the ruling, most columns hold nothing but it, so the lower heights of ink are its thickness;
where the ink is higher, a stroke crosses or runs along, and the ink stays.

It is a Hough transform (P. Hough, 1962) for nearly level lines with one vote per strip; upright lines are level ones of
the sheet turned on its side.
"""

import numpy as np

from model.components import widened
from model.weight import stroke_weight

STRIPS = 16
STRIPS_CROSSED = 13
LEAST_CROSSED = 0.75
"""The share of columns with ink below which no strip needs to be looked at; most pictures are done here."""
STEEPEST = 0.1
"""Rise by run: a sheet held askew by up to six degrees."""
MOST_LINES = 24
THIN_PERCENTILE = 25
"""Of the heights of ink along a ruling; a digit may lie along half of it."""
THINNER, FAINTER = 0.7, 0.7
"""A ruling is that much thinner or fainter than the strokes that remain; the bar of a tightly cut 7 is neither."""
DARKER = 1.5
"""By what rulings commonly have; what is darker along one is a stroke."""
SURELY_RULED = 3
"""So many rulings are no bars of a digit; where little else is there and no different, the paper is empty."""
SCRAPS = 0.15
"""That little, by the rulings' area."""
THICKEST_SHARE = 0.05
"""Of the sheet; a bar thicker than that is no ruling."""


def without_rulings(strokes: np.ndarray, contrast: np.ndarray, *, threshold: float) -> np.ndarray:
    """Take rulings out of a mask of strokes.

    Parameters
    ----------
    strokes
        Bool (height, width): ink of any kind.
    contrast
        Float32 (height, width), ink positive.
    threshold
        Contrast from which on a ruling is looked for; rulings that just reach that of strokes are in pieces in their mask.

    Returns
    -------
    numpy.ndarray
        The mask without level and upright rulings; empty where there is nothing else.
    """
    rulings, count = _rulings(strokes, contrast)
    if not count:
        rulings, count = _rulings(contrast > threshold, contrast)
    rest: np.ndarray = strokes & ~rulings
    only_ruled = count >= SURELY_RULED and rest.sum() < SCRAPS * rulings.sum()
    if not rulings.any() or not rest.any():
        return np.zeros_like(strokes) if only_ruled else strokes
    ruled, drawn = float(np.median(contrast[rulings])), float(np.percentile(contrast[rest], 75))
    if ruled <= FAINTER * drawn:
        return np.asarray(rest & widened(contrast > (ruled + drawn) / 2))
    thinner = stroke_weight(rulings.astype(np.float32)) <= THINNER * stroke_weight(rest.astype(np.float32))
    if thinner:
        return rest
    return np.zeros_like(strokes) if only_ruled else strokes


def _rulings(strokes: np.ndarray, contrast: np.ndarray) -> tuple[np.ndarray, int]:
    """Mark and count rulings in both directions."""
    level, level_count = _level_rulings(strokes)
    upright, upright_count = _level_rulings(strokes.T)
    rulings = level | upright.T
    if rulings.any():
        rulings &= contrast <= DARKER * float(np.median(contrast[rulings]))
    return rulings, level_count + upright_count


def _level_rulings(strokes: np.ndarray) -> tuple[np.ndarray, int]:
    """Mark the pixels of nearly level rulings, crossings left out, and count the rulings."""
    count = 0
    marked = np.zeros_like(strokes)
    height, width = strokes.shape
    if min(height, width) < 2 * STRIPS or not _may_be_ruled(np.asarray(strokes.any(axis=0))):
        return marked, count
    votes = _votes(strokes)
    for _ in range(MOST_LINES):
        rise, start = np.unravel_index(int(votes.argmax()), votes.shape)
        if votes[rise, start] < STRIPS_CROSSED:
            break
        total_rise = int(rise) - votes.shape[0] // 2
        rows = int(start) + np.rint(total_rise * np.arange(width) / width).astype(np.int64)
        marked |= run_through(strokes, np.clip(rows, 0, height - 1))
        votes[:, max(0, start - 3) : start + 4] = 0
        count += 1
    return marked, count


def _may_be_ruled(crossed: np.ndarray) -> bool:
    """Say whether ink reaches both sides and lies in most columns."""
    strip = len(crossed) // STRIPS
    return bool(crossed[:strip].any() and crossed[-strip:].any() and crossed.mean() >= LEAST_CROSSED)


def _votes(strokes: np.ndarray) -> np.ndarray:
    """Count the strips that a line crosses, for each rise (first axis) and row where it starts at the left."""
    height, width = strokes.shape
    tall = np.pad(strokes, ((1, 1), (0, 0)))
    tall = tall[:-2] | tall[1:-1] | tall[2:]
    strip = width // STRIPS
    crossed = tall[:, : strip * STRIPS].reshape(height, STRIPS, strip).mean(axis=2) >= 0.8
    steepest = max(1, int(STEEPEST * width))
    rises = np.arange(-steepest, steepest + 1)
    shifts = np.rint(rises[:, None] * (np.arange(STRIPS) + 0.5) / STRIPS).astype(np.int64)
    padded = np.pad(crossed, ((steepest, steepest), (0, 0)))
    starts = steepest + shifts[:, None, :] + np.arange(height)[:, None]
    return np.asarray(padded[starts, np.arange(STRIPS)].sum(axis=2, dtype=np.int16))


def run_through(strokes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mark a line: in every column the run of ink at the given row, unless it is higher than the line is thick.

    Parameters
    ----------
    strokes
        Bool (height, width).
    rows
        Integers (width,): where the line runs, give or take two rows.

    Returns
    -------
    numpy.ndarray
        Bool (height, width); nothing where the line is thicker than `THICKEST_SHARE` of the height and two pixels.
    """
    height, width = strokes.shape
    columns = np.arange(width)
    numbers = np.arange(height)[:, None]
    gaps_above = np.maximum.accumulate(np.where(strokes, -1, numbers), axis=0)
    gaps_below = np.minimum.accumulate(np.where(strokes, height, numbers)[::-1], axis=0)[::-1]
    at = _nearest_ink(strokes, rows)
    first, last = gaps_above[at, columns] + 1, gaps_below[at, columns] - 1
    lengths = np.where(strokes[at, columns], last - first + 1, 0)
    thickness = float(np.percentile(lengths[lengths > 0], THIN_PERCENTILE)) if lengths.any() else 0.0
    line = (lengths > 0) & (lengths <= 1.5 * thickness + 1) & (thickness <= THICKEST_SHARE * height + 2)
    return np.asarray(line & (numbers >= first) & (numbers <= last) & strokes)


def _nearest_ink(strokes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Move each column's row by one or two where ink is there only."""
    columns = np.arange(len(rows))
    best = rows
    for shift in (2, -2, 1, -1):
        moved = np.clip(rows + shift, 0, strokes.shape[0] - 1)
        best = np.where(strokes[moved, columns], moved, best)
    return np.asarray(np.where(strokes[rows, columns], rows, best))
