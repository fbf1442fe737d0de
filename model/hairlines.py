"""Strokes too faint for the ink's threshold that go on from clear ones: the hairlines of a broad pen, of a drawn canvas.

Intuition: a line thinner than a pixel of the picture is as faint as it is thin. A lower threshold for all ink would join
strokes that only come near each other; so clear strokes are told apart first, and hairlines are followed from them. Only
where nothing disturbs: on a photo, what is that faint is paper.
"""

import numpy as np

from model.components import Components, find_components, widened
from model.digit_parts import SPECK_SHARE

HAIRLINE_SHARE = 0.18
"""Of the clearest contrast. JPEG's ripples at quality 30 reach about 0.1."""


def webs_of(parts: Components, contrast: np.ndarray, *, peak: float) -> np.ndarray:
    """Tell which parts hang together by hairlines.

    Parameters
    ----------
    parts
        The clear strokes' parts.
    contrast
        Float32 (height, width).
    peak
        The clearest contrast.

    Returns
    -------
    numpy.ndarray
        An integer for each part; the same for those of one web.
    """
    webs = find_components(contrast > HAIRLINE_SHARE * peak)
    first_runs = np.unique(parts.numbers, return_index=True)[1]
    rows, columns = np.divmod(parts.starts[first_runs], parts.shape[1] + 1)
    return np.asarray(webs.labels[rows, columns])


def with_hairlines(digit: np.ndarray, contrast: np.ndarray, *, clear: np.ndarray, peak: float) -> np.ndarray:
    """Add a digit's hairlines.

    Parameters
    ----------
    digit
        Bool (height, width): its clear strokes.
    contrast
        Float32 (height, width).
    clear
        Bool (height, width): all clear strokes. Those that are not the digit's stay out, but for specks: a hairline's own.
    peak
        The clearest contrast.

    Returns
    -------
    numpy.ndarray
        Bool (height, width). The digit as it was where its hairlines leave the picture: those are lines on the paper.
    """
    faint = contrast > HAIRLINE_SHARE * peak
    if not (faint & ~widened(digit)).any():
        return digit
    left_out = find_components(clear & ~digit)
    masses = left_out.sums(contrast)
    faint &= ~left_out.mask_of(masses >= SPECK_SHARE * float(contrast[digit].sum()))
    webs = find_components(faint | digit)
    reached = np.zeros(len(webs), bool)
    reached[webs.labels[digit]] = True
    whole = webs.mask_of(reached)
    return digit if _touches_edge(whole & ~digit) else whole


def _touches_edge(mask: np.ndarray) -> bool:
    return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())
