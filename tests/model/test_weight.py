import numpy as np
import pytest

from model.weight import balance_weight, stroke_weight


def bar(width: int, height: int = 80) -> np.ndarray:
    return np.ones((height, width), np.float32)


def ring(thickness: float, side: int = 80) -> np.ndarray:
    rows, columns = np.mgrid[0:side, 0:side] - (side - 1) / 2
    distance = np.abs(np.hypot(rows, columns) - (side / 2 - 1 - thickness / 2))
    return np.asarray(np.clip(thickness / 2 + 0.5 - distance, 0, 1), np.float32)


def in_box(ink: np.ndarray) -> float:
    return stroke_weight(ink) * 20 / float(max(ink.shape))


@pytest.mark.parametrize("thickness", [2, 4, 8, 12])
def test_weight_is_the_width_of_strokes(thickness: int) -> None:
    assert stroke_weight(ring(thickness)) == pytest.approx(thickness, rel=0.12)


@pytest.mark.parametrize("thickness", [7, 10, 18])
def test_weights_like_mnist_s_are_left_alone(thickness: int) -> None:
    ink = ring(thickness)
    assert balance_weight(ink) is ink


@pytest.mark.parametrize("thickness", [1, 2, 4])
def test_hair_lines_are_thickened(thickness: int) -> None:
    assert 1.5 < in_box(balance_weight(ring(thickness))) < 2.8


def test_marker_strokes_are_slimmed_and_stay_connected() -> None:
    slim = balance_weight(ring(24))
    assert 3.5 < in_box(slim) < 5
    assert (slim.max(axis=0) > 0.5).mean() > 0.85


def test_filled_shapes_stay_filled() -> None:
    """A shirt is no fat stroke; slimming it made a 1 of it."""
    shirt = bar(60)
    assert balance_weight(shirt) is shirt


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (300, 2)])
def test_smallest_ink_is_balanced(shape: tuple[int, int]) -> None:
    balanced = balance_weight(np.ones(shape, np.float32))
    assert 0 <= balanced.min() <= balanced.max() <= 1
