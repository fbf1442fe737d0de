import numpy as np
import pytest

from model.ground import Relief
from model.strokes import find_faint, find_strokes, is_soft_edge


def relief_of(*levels: float, noise: float = 0.0) -> Relief:
    """Columns of equal contrast, 20 pixels high."""
    return Relief(np.tile(np.array(levels, np.float32), (20, 1)), noise)


def test_ink_has_a_fair_share_of_the_clearest_contrast() -> None:
    strokes = find_strokes(relief_of(0, 200, 75, 65))
    assert strokes is not None
    assert strokes[0].tolist() == [False, True, True, False]
    assert find_faint(relief_of(0, 200, 40, 30))[0].tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("peak", "noise", "found"), [(6, 0.0, True), (4, 0.0, False), (60, 10.0, True), (40, 10.0, False)]
)
def test_nothing_stands_out_where_contrast_is_small_or_noise_large(peak: float, noise: float, *, found: bool) -> None:
    assert (find_strokes(relief_of(0, peak, noise=noise)) is not None) is found


def test_what_is_within_the_noise_is_neither_ink_nor_faint() -> None:
    relief = relief_of(0, 100, 45, noise=20.0)
    strokes = find_strokes(relief, least_signal=3.0)
    assert strokes is not None
    assert not strokes[0, 2]
    assert not find_faint(relief)[0, 2]


def test_soft_edge_lies_right_around_strokes() -> None:
    strokes = relief_of(0, 0, 200, 0, 0, 0).contrast > 0
    assert is_soft_edge(relief_of(0, 50, 200, 50, 0, 0).contrast > 0, strokes)
    assert not is_soft_edge(relief_of(0, 50, 200, 50, 50, 0).contrast > 0, strokes)
