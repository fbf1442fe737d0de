"""Generated non-digits, which teach the networks what is not a digit (Outlier Exposure).

Intuition: a network trained on digits alone must call everything a digit. Shown letters, sketches, clothing and spoilt
digits as an eleventh class, it learns where the digits end. This module holds the mixture; each kind is drawn in a
module of its own (`outlier_letters.py`, `outlier_doodles.py`, `outlier_patterns.py`, `outlier_textures.py`,
`outlier_digits.py`). A pool is made once a run; `expansion.py` varies it further, batch by batch.

Source: D. Hendrycks, M. Mazeika, T. Dietterich, Deep Anomaly Detection with Outlier Exposure (ICLR 2019,
https://arxiv.org/abs/1812.04606). Changed: the outliers are drawn by rule, not taken from another data set, and they
are one class more, not a uniform target.
"""

from functools import partial

import numpy as np

from model.errors import ConfigurationError
from model.shapes import SIDE, Labels, Pixels
from training.outlier_digits import (
    DigitSource,
    halved,
    overlaid,
    scribbled_over,
    shuffled_tiles,
    side_by_side,
    turned,
)
from training.outlier_doodles import doodle
from training.outlier_letters import handwritten_letter, handwritten_sign, letter_pair, printed_glyph, thinned_glyph
from training.outlier_patterns import pattern
from training.outlier_strokes import Kind
from training.outlier_textures import blob, clothing, surface


def generate_outliers(count: int, *, digits: Pixels, labels: Labels, seed: int) -> Pixels:
    """Draw pictures that are no digits, a fixed mixture of kinds in random order.

    Parameters
    ----------
    count
        How many pictures.
    digits
        Real digits, which some kinds spoil; at least one, (batch, 28, 28), 0 paper, 255 ink.
    labels
        What each of `digits` shows.
    seed
        The same seed and digits give the same pictures, bit by bit, on the same build of numpy and OpenCV.

    Returns
    -------
    Pixels
        (count, 28, 28), 0 paper, 255 ink, each centred by mass, none blank.

    Raises
    ------
    ConfigurationError
        If `count` is negative, `digits` is empty or `labels` is of another length.
    """
    if count < 0:
        raise ConfigurationError(f"count is {count}; it must be 0 or more")
    if len(digits) == 0 or len(digits) != len(labels):
        raise ConfigurationError(
            f"{len(digits)} digits and {len(labels)} labels; at least one digit, and one label for each, is needed"
        )
    rng = np.random.default_rng(seed)
    kinds = mixture(DigitSource.of(digits, labels))
    order = rng.permutation(np.repeat(np.arange(len(kinds)), shares_to_counts(count, [share for _, share in kinds])))
    pool = np.empty((count, SIDE, SIDE), np.uint8)
    for place, kind in enumerate(order):
        pool[place] = _inked(kinds[kind][0], rng)
    return pool


def mixture(source: DigitSource) -> list[tuple[Kind, float]]:
    """List every kind with its share; the shares sum to 1.

    Letters lead because they are the hardest to tell from digits and people write them into digit readers the most.
    """
    return [
        (handwritten_letter, 0.20),
        (thinned_glyph, 0.10),
        (printed_glyph, 0.03),
        (handwritten_sign, 0.05),
        (letter_pair, 0.02),
        (doodle, 0.24),
        (pattern, 0.11),
        (clothing, 0.11),
        (blob, 0.02),
        (surface, 0.02),
        (partial(shuffled_tiles, source), 0.02),
        (partial(side_by_side, source), 0.03),
        (partial(overlaid, source), 0.01),
        (partial(scribbled_over, source), 0.02),
        (partial(halved, source), 0.01),
        (partial(turned, source), 0.01),
    ]


def shares_to_counts(count: int, shares: list[float]) -> list[int]:
    """Split a count by shares that sum to 1; rounding is settled so that the parts sum to the count."""
    edges = np.round(np.cumsum([0.0, *shares]) * count).astype(int)
    return [int(part) for part in np.diff(edges)]


def _inked(kind: Kind, rng: np.random.Generator, *, attempts: int = 20) -> np.ndarray:
    """Draw until there is ink: a heavy seam over a thin shape, or a blank source digit, can leave none."""
    for _ in range(attempts):
        picture = kind(rng)
        if picture.any():
            return picture
    raise ConfigurationError(f"{attempts} pictures in a row were blank; the digits given must have ink")
