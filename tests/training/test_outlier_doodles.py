"""Doodles, patterns and garments: every family draws, and never twice the same."""

from collections.abc import Callable

import numpy as np
import pytest

from training.outlier_doodles import THINGS, doodle
from training.outlier_patterns import PATTERNS, pattern
from training.outlier_strokes import Drawing, Stroke
from training.outlier_textures import bag, dress, sandal, sheath, shirt, shoe, trousers


@pytest.mark.parametrize("family", list(dict.fromkeys((*THINGS, *PATTERNS))))
def test_every_family_draws_finite_strokes_that_vary(family: Callable[[np.random.Generator], Drawing]) -> None:
    rng = np.random.default_rng(0)
    drawings = [family(rng) for _ in range(40)]
    for drawing in drawings:
        assert all(stroke.ndim == 2 and len(stroke) >= 2 and np.isfinite(stroke).all() for stroke in drawing)
    assert len({np.concatenate(drawing).tobytes() for drawing in drawings}) == 40


@pytest.mark.parametrize("outline", [shirt, trousers, dress, sheath, shoe, sandal, bag])
def test_every_garment_lies_on_its_canvas(outline: Callable[[np.random.Generator], list[Stroke]]) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        points = np.concatenate(outline(rng))
        assert points.min() > -8
        assert points.max() < 72


@pytest.mark.parametrize("kind", [doodle, pattern])
def test_no_drawing_is_a_single_standing_stroke(kind: Callable[[np.random.Generator], np.ndarray]) -> None:
    """A plain standing stroke is a 1, and must not be taught as an outlier."""
    rng = np.random.default_rng(2)
    for _ in range(300):
        rows, columns = np.nonzero(kind(rng) > 80)
        assert np.ptp(columns) >= 5 or np.ptp(rows) < 15
