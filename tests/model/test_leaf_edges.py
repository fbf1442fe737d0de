import numpy as np
import pytest

from model.leaf_edges import ends_at_edges, has_other_colour_beyond, is_cornered, own_sides
from model.polygons import depth_within

SHAPE = (60, 80)
LEAF = np.array([(20, 15), (60, 15), (60, 45), (20, 45)], np.float64)


def steps_at(*strokes: tuple[slice, slice]) -> np.ndarray:
    """The edge of the leaf, which is two pixels wide, and strokes."""
    depth = depth_within(LEAF, SHAPE)
    steps = (depth < 0) & (depth > -2)
    for stroke in strokes:
        steps[stroke] = True
    return steps


def ends(*strokes: tuple[slice, slice]) -> bool:
    steps = steps_at(*strokes)
    return ends_at_edges(steps & (depth_within(LEAF, SHAPE) >= 2), LEAF, steps)


def test_writing_within_ends_at_the_edges() -> None:
    assert ends(np.s_[22:38, 38:42])


def test_stroke_across_an_edge_does_not_end_there() -> None:
    assert not ends(np.s_[5:38, 38:42])


def test_more_that_stands_apart_outweighs_what_reaches_over() -> None:
    assert ends(np.s_[5:20, 38:42], np.s_[22:42, 30:34])


@pytest.mark.parametrize("beyond", [np.s_[7:10, 38:40], np.s_[11:13, 37:40]], ids=["crumb", "soft edge"])
def test_what_lies_beyond_by_chance_does_not_carry_a_ruling_on(beyond: tuple[slice, slice]) -> None:
    steps = steps_at(np.s_[15:45, 38:40])
    steps[beyond] = True
    steps[11:13, 30:50] |= beyond[0].start == 11
    steps[13:15] = beyond[0].start == 11
    assert ends_at_edges(steps & (depth_within(LEAF, SHAPE) >= 2), LEAF, steps)


@pytest.mark.parametrize(
    ("corners", "fit"),
    [(LEAF, True), (LEAF[[0, 1, 1, 3]] + [(0, 0), (0, 0), (0, 3), (0, 0)], False), (LEAF * (1, 0.3), False)],
    ids=["rectangle", "wedge", "stroke"],
)
def test_corners_are_fairly_right(corners: np.ndarray, *, fit: bool) -> None:
    assert is_cornered(corners) is fit


def test_sides_along_the_edge_of_the_picture_are_not_the_leafs() -> None:
    cut = np.array([(20, 0), (80, 0.5), (80, 45), (20, 45)], np.float64)
    assert own_sides(cut, SHAPE).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("beyond", "other"),
    [((95, 65, 45), True), ((100, 98, 93), False), ((180, 176, 168), False)],
    ids=["wood", "shadow", "light"],
)
def test_shadow_has_the_colour_of_the_leaf(beyond: tuple[int, int, int], *, other: bool) -> None:
    colours = np.where(depth_within(LEAF, SHAPE)[..., None] > 0, np.array([205, 200, 190]), np.array(beyond))
    assert has_other_colour_beyond(LEAF, colours.astype(np.float32)) is other


def test_one_side_in_shadow_is_enough_to_doubt_the_others() -> None:
    colours = np.full((*SHAPE, 3), (95, 65, 45), np.float32)
    colours[15:45, 20:] = 100, 98, 93
    colours[depth_within(LEAF, SHAPE) > 0] = 205, 200, 190
    assert not has_other_colour_beyond(LEAF, colours)
