import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model.components import find_components, holds_square


def flood(mask: np.ndarray) -> np.ndarray:
    """Number the components one pixel at a time: slow and obvious."""
    labels = np.full(mask.shape, -1)
    count = 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start] >= 0:
            continue
        waiting = [start]
        while waiting:
            row, column = waiting.pop()
            if (
                0 <= row < mask.shape[0]
                and 0 <= column < mask.shape[1]
                and mask[row, column]
                and labels[row, column] < 0
            ):
                labels[row, column] = count
                waiting += [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
        count += 1
    return labels


MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14), elements=st.booleans())


@given(MASKS)
def test_components_are_those_of_a_flood(mask: np.ndarray) -> None:
    ours, slow = find_components(mask).labels, flood(mask)
    assert ((ours >= 0) == mask).all()
    pairs = set(zip(ours[mask].tolist(), slow[mask].tolist(), strict=True))
    assert len(pairs) == len(find_components(mask)) == slow.max(initial=-1) + 1


@given(MASKS)
def test_measures_are_those_of_the_labels(mask: np.ndarray) -> None:
    parts = find_components(mask)
    values = np.arange(mask.size, dtype=np.float64).reshape(mask.shape)
    for number in range(len(parts)):
        rows, columns = np.nonzero(parts.labels == number)
        box = (parts.tops[number], parts.bottoms[number], parts.lefts[number], parts.rights[number])
        assert box == (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
        assert parts.areas[number] == len(rows)
        assert parts.sums(values)[number] == values[rows, columns].sum()
        assert (parts.heights[number], parts.widths[number]) == (np.ptp(rows) + 1, np.ptp(columns) + 1)


def test_mask_of_chosen_components_holds_them_alone() -> None:
    mask = np.array([[1, 0, 1], [0, 0, 0], [0, 0, 1]], bool)
    parts = find_components(mask)
    chosen = parts.tops == 2
    assert np.argwhere(parts.mask_of(chosen)).tolist() == [[2, 2]]


def test_spiral_is_one_component() -> None:
    mask = np.zeros((41, 41), bool)
    for inset in range(0, 20, 2):
        mask[inset, inset : 41 - inset] = mask[40 - inset, inset : 41 - inset] = True
        mask[inset : 41 - inset, inset] = mask[inset : 41 - inset, 40 - inset] = True
        mask[inset + 1, inset + 1] = True
    assert len(find_components(mask)) == 1


@pytest.mark.parametrize("side", [1, 2, 3, 5, 8, 11])
def test_square_is_held_by_itself_and_by_nothing_smaller(side: int) -> None:
    mask = np.zeros((20, 30), bool)
    mask[4 : 4 + side, 7 : 7 + side] = True
    assert holds_square(mask, side)
    assert not holds_square(mask, side + 1)
    mask[4 + side // 2, 7 + side // 2] = False
    assert not holds_square(mask, side)


def test_square_larger_than_the_mask_is_not_held() -> None:
    assert not holds_square(np.ones((3, 30), bool), 4)
