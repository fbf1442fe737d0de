"""Strokes too faint for the ink's threshold that go on from clear ones: the hairlines of a broad pen, of a drawn canvas.

Intuition: a line thinner than a pixel of the picture is as faint as it is thin. A lower threshold for all ink would join
strokes that only come near each other; so clear strokes are told apart first, and hairlines are followed from them. Only
where nothing disturbs: on a photo, what is that faint is paper.
"""

import numpy as np

from model.boxes import box_sides
from model.components import Components, find_components, widened
from model.digit_parts import SPECK_SHARE
from model.ground import Relief
from model.strokes import find_faint, is_soft_edge

LEAST_HEIGHT = 24
"""Pixels of the digit. Around a smaller one, JPEG's smears of colour are as long as hairlines."""


def webs_of(parts: Components, relief: Relief) -> np.ndarray:
    """Tell which parts hang together by hairlines.

    Parameters
    ----------
    parts
        The clear strokes' parts.
    relief
        What they were found in, on the same grid.

    Returns
    -------
    numpy.ndarray
        An integer for each part; the same for those of one web.
    """
    webs = find_components(find_faint(relief))
    first_runs = np.unique(parts.numbers, return_index=True)[1]
    rows, columns = np.divmod(parts.starts[first_runs], parts.shape[1] + 1)
    return np.asarray(webs.labels[rows, columns])


def with_hairlines(digit: np.ndarray, relief: Relief, *, clear: np.ndarray) -> np.ndarray:
    """Add a digit's hairlines.

    Parameters
    ----------
    digit
        Bool (height, width): its clear strokes.
    relief
        What they were found in, on the same grid.
    clear
        Bool (height, width): all clear strokes. Those that are not the digit's stay out, but for specks: a hairline's own.

    Returns
    -------
    numpy.ndarray
        Bool (height, width). The digit as it was where its hairlines do not lead away from it, being the soft edges of
        strokes; where it is so small that they may be JPEG's; where they leave the picture, being lines on the paper.
    """
    faint = find_faint(relief)
    if is_soft_edge(faint, digit) or np.count_nonzero(digit.any(axis=1)) < LEAST_HEIGHT:
        return digit
    left_out = find_components(clear & ~digit)
    strangers = left_out.sums(relief.contrast) >= SPECK_SHARE * float(relief.contrast[digit].sum())
    webs = _webs(digit | (faint & ~widened(left_out.mask_of(strangers))), relief)
    reached = np.zeros(len(webs), bool)
    reached[webs.labels[digit & (webs.labels >= 0)]] = True
    whole = digit | webs.mask_of(reached)
    leads_away = (whole & ~widened(widened(widened(digit)))).any()
    return whole if leads_away and not _touches_edge(whole & ~digit) else digit


def _webs(strokes: np.ndarray, relief: Relief) -> Components:
    """Find what hangs together, boxes apart: a faint one is no part of what is written in it."""
    webs = find_components(strokes)
    sides = box_sides(strokes, webs, relief)
    return webs if sides is None else find_components(strokes & ~widened(sides))


def _touches_edge(mask: np.ndarray) -> bool:
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())
