"""Which pixels of a relief are ink: what has a fair share of the clearest contrast, and is no noise.

What has less may still be a line: one thinner than a pixel of the picture is as faint as it is thin.
"""

import numpy as np

from model.components import widened
from model.ground import Relief

INK_SHARE = 0.35
"""Of the clearest contrast; what has less is ground. Half the share of the ink's edge would join strokes that touch not."""
FAINT_SHARE = 0.18
"""Of the clearest contrast, from which on there may be a faint line. JPEG's ripples at quality 30 reach about 0.1."""
NOISE_TIMES = 2.5
LEAST_SIGNAL = 5.0
"""Contrast by noise, below which there is no ink. Noise alone reaches about 3, paper's clouds 4."""
LEAST_CONTRAST = 5.0
"""Grey levels of 255; fainter is blank even without noise."""


def find_strokes(relief: Relief, *, least_signal: float = LEAST_SIGNAL) -> np.ndarray | None:
    """Mark what stands out clearly.

    Parameters
    ----------
    relief
        The contrast to look at.
    least_signal
        How many times the noise the clearest contrast is at least.

    Returns
    -------
    numpy.ndarray or None
        Bool (height, width); none where nothing stands out.
    """
    if relief.peak < max(LEAST_CONTRAST, least_signal * relief.noise):
        return None
    return np.asarray(relief.contrast > max(INK_SHARE * relief.peak, NOISE_TIMES * relief.noise))


def find_faint(relief: Relief) -> np.ndarray:
    """Mark, bool (height, width), what stands out at all: strokes, their soft edges and faint lines."""
    return np.asarray(relief.contrast > max(FAINT_SHARE * relief.peak, NOISE_TIMES * relief.noise))


def is_soft_edge(faint: np.ndarray, strokes: np.ndarray) -> bool:
    """Say whether what is fainter than strokes lies right around them, as on most canvases."""
    return not (faint & ~widened(strokes)).any()
