"""Letters as outliers: thinning, tracing, and that no digit's twin is among them."""

import numpy as np
import pytest

from training.outlier_alphabet import HANDWRITTEN, SIGNS, parse
from training.outlier_letters import CYRILLIC, FACES, GREEK, LETTERS, PRINTED_SIGNS, load_glyphs, thin, trace


@pytest.mark.parametrize("twin", "0123456789OoIlSsZzqgbB|θβσδЗОбЧ∫-/\\()")
def test_drawings_that_are_digits_too_are_left_out(twin: str) -> None:
    assert twin not in LETTERS + GREEK + CYRILLIC + PRINTED_SIGNS


def test_thinning_leaves_a_line_of_a_bar() -> None:
    bar = np.zeros((21, 60), bool)
    bar[7:14, 5:55] = True
    skeleton = thin(bar)
    assert skeleton.sum(axis=0).max() == 1
    assert np.ptp(np.nonzero(skeleton)[1]) > 40
    assert not (skeleton & ~bar).any()


def test_thinning_keeps_a_ring_closed() -> None:
    y, x = np.mgrid[-30:31, -30:31]
    radius = np.hypot(x, y)
    skeleton = thin((radius > 14) & (radius < 24))
    turns = np.degrees(np.arctan2(*(np.argwhere(skeleton) - 30).T))
    assert np.diff(np.sort(turns)).max() < 10


def test_trace_joins_neighbours_and_keeps_dots() -> None:
    skeleton = np.zeros((9, 9), bool)
    skeleton[4, 1:5] = True
    skeleton[7, 7] = True
    strokes = {tuple(map(tuple, stroke)) for stroke in trace(skeleton)}
    assert strokes == {((1, 4), (2, 4)), ((2, 4), (3, 4)), ((3, 4), (4, 4)), ((7, 7), (8, 7))}


def test_every_glyph_of_every_face_has_ink_and_a_skeleton() -> None:
    glyphs = load_glyphs()
    assert len(glyphs) == sum(len(characters) for _, characters in FACES)
    assert all(glyph.raster.any() and glyph.skeleton for glyph in glyphs)


@pytest.mark.parametrize("source", [*HANDWRITTEN, *SIGNS])
def test_skeletons_are_strokes_of_two_points_or_more(source: str) -> None:
    assert all(len(points) >= 2 and points.min() >= 0 and points.max() <= 9 for points, _ in parse(source))


def test_notation_gives_points_and_smoothness() -> None:
    (straight, smooth), (curved, other) = parse("12 48 / ~03 24 49")
    assert (smooth, other) == (False, True)
    assert straight.tolist() == [[1, 2], [4, 8]]
    assert curved.tolist() == [[0, 3], [2, 4], [4, 9]]
