import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.components import widened
from model.rulings import without_rulings

SIDE = 160


def drawn(
    *, lines: int = 0, upright: int = 0, bar: bool = False, width: int = 2, tilt: int = 6, rise: int = 12
) -> np.ndarray:
    picture = Image.new("1", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    for number in range(lines):
        pen.line((0, 20 + 30 * number, SIDE, 20 + 30 * number + tilt), fill=1, width=width)
    for number in range(upright):
        pen.line((15 + 30 * number, 0, 15 + 30 * number - tilt, SIDE), fill=1, width=width)
    if bar:
        pen.line((70, 40, 82, 130), fill=1, width=10)
    return np.asarray(picture)


@pytest.mark.parametrize(("lines", "upright"), [(1, 0), (4, 0), (0, 4), (5, 5)])
@pytest.mark.parametrize("tilt", [-9, 0, 9])
def test_rulings_go_and_the_stroke_stays(lines: int, upright: int, tilt: int) -> None:
    stroke = drawn(bar=True)
    strokes = drawn(lines=lines, upright=upright, bar=True, tilt=tilt)
    left = without_rulings(strokes, strokes.astype(np.float32), threshold=0.5)
    assert (left & stroke).sum() > 0.93 * stroke.sum()
    assert (left & ~stroke).sum() < 0.12 * (strokes & ~stroke).sum() + 30


def test_stroke_as_wide_as_the_picture_is_no_ruling() -> None:
    """The bar of a tightly cut 7 spans the picture like a ruling, but is as heavy as the rest."""
    seven = np.zeros((SIDE, SIDE), bool)
    seven[:14] = True
    seven[:, 70:84] = True
    assert np.array_equal(without_rulings(seven, seven.astype(np.float32), threshold=0.5), seven)


def test_fainter_rulings_of_the_same_width_go() -> None:
    stroke = np.zeros((SIDE, SIDE), bool)
    stroke[30:120, 60:64] = True
    lines = drawn(lines=3, width=4)
    contrast = np.where(stroke, 100, np.where(lines, 50, 0)).astype(np.float32)
    left = without_rulings(stroke | lines, contrast, threshold=25.0)
    assert not (left & ~stroke).any()
    assert (left & stroke).sum() > 0.9 * stroke.sum()


def test_sheet_with_nothing_but_rulings_is_empty() -> None:
    lines = drawn(lines=4)
    assert not without_rulings(lines, lines.astype(np.float32), threshold=0.5).any()


def test_nothing_is_found_on_small_or_empty_masks() -> None:
    for mask in (np.ones((10, 300), bool), np.zeros((SIDE, SIDE), bool)):
        assert np.array_equal(without_rulings(mask, mask.astype(np.float32), threshold=0.5), mask)


def test_rulings_at_the_threshold_of_strokes_go() -> None:
    """Squared paper just dark enough to be seen in pieces was taken for a large digit, the small one for its speck."""
    stroke = np.zeros((SIDE, SIDE), bool)
    stroke[30:60, 60:64] = True
    lines = drawn(lines=4, upright=4)
    noise = np.random.default_rng(0).normal(0, 8, lines.shape)
    contrast = np.where(stroke, 100, np.where(lines, 36, 0)).astype(np.float32) + noise * lines
    strokes = contrast > 35
    left = without_rulings(strokes, contrast, threshold=15.0)
    assert not (left & ~widened(stroke)).any()
    assert (left & stroke).sum() > 0.9 * stroke.sum()


def test_dark_stroke_along_a_ruling_stays() -> None:
    """The stem of a 6 that ran down an upright ruling was taken out with it, as it was not much thicker."""
    stroke = np.zeros((SIDE, SIDE), bool)
    stroke[30:150, 72:77] = stroke[100:150, 110:115] = stroke[100:104, 72:115] = True
    lines = drawn(lines=4, upright=4, width=3, tilt=0)
    contrast = np.where(stroke, 200, np.where(lines, 60, 0)).astype(np.float32)
    left = without_rulings(contrast > 70, contrast, threshold=40.0)
    assert (left & stroke).sum() > 0.95 * stroke.sum()


def test_soft_strokes_stay_where_rulings_go() -> None:
    """All that was fainter than halfway between ruling and ink went: at coarse steps, most of a thin digit."""
    stroke, edge = np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), bool)
    stroke[30:120, 60] = True
    edge[30:120, 59:62] = True
    lines = drawn(lines=3)
    contrast = np.where(stroke, 200, np.where(edge, 90, np.where(lines, 60, 0))).astype(np.float32)
    left = without_rulings(contrast > 50, contrast, threshold=40.0)
    assert (left & edge).sum() > 0.9 * edge.sum()
