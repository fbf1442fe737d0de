import numpy as np
import pytest
from PIL import Image

from model.polygons import convex_hull, depth_within, perspective, quadrilateral


def as_set(polygon: np.ndarray) -> set[tuple[float, float]]:
    return {(x, y) for x, y in polygon.round(6).tolist()}


def is_clockwise(polygon: np.ndarray) -> bool:
    following = np.roll(polygon, -1, axis=0)
    return float((polygon[:, 0] * following[:, 1] - polygon[:, 1] * following[:, 0]).sum()) > 0


def test_hull_of_a_rectangle_has_its_outer_corners() -> None:
    mask = np.zeros((20, 30), bool)
    mask[3:15, 5:22] = True
    mask[5:9, 8:12] = False
    hull = convex_hull(mask)
    assert as_set(hull) == {(5, 3), (22, 3), (22, 15), (5, 15)}
    assert is_clockwise(hull)


def test_hull_encloses_all_pixels_and_turns_one_way() -> None:
    mask = np.random.default_rng(0).random((40, 50)) < 0.02
    hull = convex_hull(mask)
    assert is_clockwise(hull)
    assert depth_within(hull, mask.shape)[mask].min() > 0
    assert depth_within(hull, mask.shape).min() < 0


def test_quadrilateral_gives_cut_corners_back() -> None:
    octagon = np.array([(1, 0), (9, 0), (10, 1), (10, 9), (9, 10), (1, 10), (0, 9), (0, 1)], np.float64)
    assert quadrilateral(octagon) == pytest.approx(np.array([(0, 0), (10, 0), (10, 10), (0, 10)]))
    assert len(octagon) == 8


def test_quadrilateral_follows_leaning_sides() -> None:
    corners = np.array([(12, 9), (70, 15), (64, 60), (8, 52)], np.float64)
    mask = depth_within(corners, (80, 90)) >= 0
    found = quadrilateral(convex_hull(mask))
    assert found is not None
    assert np.abs(found - corners).max() < 2


@pytest.mark.parametrize("seed", range(20))
def test_quadrilateral_encloses_the_polygon(seed: int) -> None:
    points = np.random.default_rng(seed).integers(5, 55, (12, 2))
    mask = np.zeros((60, 60), bool)
    mask[tuple(points.T)] = True
    found = quadrilateral(convex_hull(mask))
    assert found is not None
    assert is_clockwise(found)
    assert found[0].sum() == found.sum(axis=1).min()
    assert depth_within(found, mask.shape)[mask].min() > 0


def test_triangle_has_no_four_sides() -> None:
    assert quadrilateral(np.array([(0, 0), (10, 0), (0, 10)], np.float64)) is None


def test_depth_is_counted_from_the_nearest_side() -> None:
    depth = depth_within(np.array([(2, 1), (12, 1), (12, 9), (2, 9)], np.float64), (12, 14))
    assert depth[1, 2] == pytest.approx(0.5)
    assert depth[4, 7] == pytest.approx(3.5)
    assert depth[0, 7] == pytest.approx(-0.5)
    assert np.count_nonzero(depth > 0) == 80


def test_perspective_takes_each_place_to_its_own() -> None:
    corners = np.array([(20, 10), (90, 25), (80, 95), (10, 70)], np.float64)
    square = np.array([(0, 0), (50, 0), (50, 50), (0, 50)], np.float64)
    picture = np.zeros((100, 100), np.uint8)
    a, b, c, d, e, f, g, h = perspective(square, corners)
    x, y = 30.5, 12.5
    scale = g * x + h * y + 1
    column, row = (a * x + b * y + c) / scale, (d * x + e * y + f) / scale
    picture[int(row), int(column)] = 255
    seen = Image.fromarray(picture).transform((50, 50), Image.Transform.PERSPECTIVE, perspective(square, corners))
    assert np.argwhere(np.asarray(seen)).tolist() == [[12, 30]]
