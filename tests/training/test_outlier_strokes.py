"""Strokes, curves and the normalisation shared by all drawn outliers."""

import numpy as np
import pytest

from training.outlier_strokes import BOX, curve, draw, line, normalise, resample, sketch


def test_curve_leads_through_every_point() -> None:
    points = line(0, 0, 3, 1, 5, 5, 9, 2)
    smooth = curve(points)
    assert all(np.abs(smooth - point).sum(axis=1).min() < 1e-9 for point in points)


def test_curve_through_points_on_a_line_stays_on_it() -> None:
    smooth = curve(line(0, 7, 1, 9, 2, 11, 3, 13))
    assert np.allclose(smooth[:, 1], 2 * smooth[:, 0] + 7)


def test_resampling_keeps_ends_and_corners() -> None:
    corner = resample(line(0, 0, 10, 0, 10, 3))
    assert len(corner) >= 14
    assert (corner == (10, 0)).all(axis=1).any()
    assert corner[0].tolist() == [0, 0]
    assert corner[-1].tolist() == [10, 3]


def test_drawing_fills_the_canvas_and_stays_inside() -> None:
    canvas = draw([line(0, 0, 40, 10)], pen=6)
    assert canvas[:, 3:93].any()
    assert not canvas[:, 0].any()
    assert not canvas[:, -1].any()


def test_blank_raster_stays_blank() -> None:
    assert not normalise(np.zeros((50, 70), np.uint8)).any()


@pytest.mark.parametrize(("height", "width"), [(40, 80), (90, 30), (7, 5), (1, 60)])
def test_longer_side_of_the_ink_becomes_twenty_pixels(height: int, width: int) -> None:
    raster = np.zeros((120, 120), np.uint8)
    raster[11 : 11 + height, 23 : 23 + width] = 255
    rows, columns = np.nonzero(normalise(raster))
    extent = (np.ptp(rows) + 1, np.ptp(columns) + 1)
    assert max(extent) == BOX
    assert min(extent) == max(1, round(min(height, width) * BOX / max(height, width)))


@pytest.mark.parametrize("shift", [(0, 0), (9, 4), (30, 17)])
def test_normalisation_does_not_see_where_the_ink_was(shift: tuple[int, int]) -> None:
    raster = np.zeros((120, 120), np.uint8)
    raster[10:50, 12:30] = 255
    raster[40:50, 12:60] = 180
    assert np.array_equal(normalise(raster), normalise(np.roll(raster, shift, (0, 1))))


def test_sketches_of_one_drawing_differ_but_keep_its_size() -> None:
    rng = np.random.default_rng(4)
    first, second = (sketch([line(0, 0, 0, 9, 6, 9)], rng) for _ in range(2))
    assert not np.array_equal(first, second)
    for picture in (first, second):
        rows, columns = np.nonzero(picture > 40)
        assert 16 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22
