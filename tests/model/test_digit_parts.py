import numpy as np
import pytest

from model.components import find_components
from model.digit_parts import choose_parts, frame_like

Box = tuple[int, int, int, int]


def chosen_boxes(*boxes: Box, ink: tuple[float, ...] | None = None) -> list[Box]:
    """Draw filled rectangles (top, bottom, left, right) on 100 x 100 and give those that are chosen."""
    contrast = np.zeros((100, 100), np.float32)
    for (top, bottom, left, right), strength in zip(boxes, ink or (1.0,) * len(boxes), strict=True):
        contrast[top:bottom, left:right] = strength
    parts = find_components(contrast > 0)
    chosen = choose_parts(parts, contrast)
    found = {
        (int(parts.tops[i]), int(parts.bottoms[i]), int(parts.lefts[i]), int(parts.rights[i]))
        for i in np.flatnonzero(chosen)
    }
    return [box for box in boxes if box in found]


BODY: Box = (30, 70, 40, 60)


@pytest.mark.parametrize(
    ("other", "belongs"),
    [
        ((20, 26, 42, 66), True),  # the bar of a 5
        ((35, 65, 62, 66), False),  # a neighbour as high as the digit
        ((45, 60, 64, 70), True),  # a piece beside it, half as high
        ((2, 5, 90, 93), False),  # a speck far away
        ((28, 29, 30, 31), False),  # a speck nearby
        ((0, 28, 41, 59), True),  # a stroke over it that reaches the edge
        ((40, 55, 63, 100), False),  # what the edge left of a neighbour
        ((5, 15, 42, 58), False),  # another line of writing
    ],
)
def test_parts_join_by_place_and_size(other: Box, *, belongs: bool) -> None:
    assert chosen_boxes(BODY, other) == ([BODY, other] if belongs else [BODY])


def test_fainter_print_nearby_is_left_out() -> None:
    bar = (20, 26, 42, 66)
    assert chosen_boxes(BODY, bar, ink=(1.0, 0.4)) == [BODY]


def test_strokes_join_one_after_the_other() -> None:
    pieces = ((10, 24, 45, 55), (28, 42, 45, 55), (46, 60, 45, 55), (64, 78, 45, 55))
    assert chosen_boxes(*pieces) == list(pieces)


def test_frame_is_heavier_than_the_digit_and_still_not_chosen() -> None:
    mask = np.zeros((100, 100), bool)
    mask[1:99, 1:99] = True
    mask[4:96, 4:96] = False
    mask[40:60, 48:52] = True
    parts = find_components(mask)
    assert frame_like(parts).tolist() == [True, False]
    assert choose_parts(parts, mask.astype(np.float32)).tolist() == [False, True]


def test_digit_cut_by_the_edge_is_chosen_where_it_is_alone() -> None:
    assert chosen_boxes((0, 40, 40, 60)) == [(0, 40, 40, 60)]


def test_digit_on_a_narrow_strip_is_no_frame() -> None:
    """The margin was a share of the longer side: on a strip of 16 by 132 pixels it was the whole strip."""
    mask = np.zeros((132, 16), bool)
    mask[112, 3:13] = mask[112:122, 12] = True
    assert not frame_like(find_components(mask)).any()


def test_punched_hole_is_heavier_than_the_digit_and_still_not_chosen() -> None:
    rows, columns = np.mgrid[0:100, 0:100]
    hole = np.hypot(rows - 50, columns - 15) < 9
    strokes = np.zeros((100, 100), bool)
    strokes[40:62, 60:64] = strokes[40:44, 50:64] = True
    parts = find_components(hole | strokes)
    assert hole.sum() > 1.5 * strokes.sum()
    assert np.array_equal(parts.mask_of(choose_parts(parts, (hole | strokes).astype(np.float32))), strokes)


def test_blob_alone_is_chosen_and_not_the_dirt_beside_it() -> None:
    """A fat digit may have no strokes to be seen."""
    blob, speck = (30, 70, 35, 65), (80, 82, 10, 25)
    assert chosen_boxes(blob, speck) == [blob]


def test_fat_one_is_no_blob() -> None:
    one, stroke = (20, 80, 40, 60), (20, 80, 80, 85)
    assert chosen_boxes(one, stroke) == [one]


def test_small_eight_is_no_blob_for_a_dash() -> None:
    """On a coarse grid its loops are nearly closed."""
    eight, dash = (30, 44, 30, 40), (60, 63, 60, 76)
    assert chosen_boxes(eight, dash) == [eight]
