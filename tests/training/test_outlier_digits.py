"""Spoilt digits: made of the digits given, and only where the result is no digit."""

from collections.abc import Callable

import numpy as np
import pytest

from training.outlier_digits import (
    FLIPPED,
    MIRRORED,
    TURNED,
    DigitSource,
    halved,
    overlaid,
    scribbled_over,
    shuffled_tiles,
    side_by_side,
    turned,
)
from training.outlier_strokes import Picture28

Spoiler = Callable[[DigitSource, np.random.Generator], Picture28]


def bars() -> DigitSource:
    """Ten digits that are upright bars, a bar's height telling its label."""
    digits = np.zeros((10, 28, 28), np.uint8)
    for label, digit in enumerate(digits):
        digit[4 : 14 + label, 12:15] = 255
    return DigitSource.of(digits, np.arange(10))


@pytest.mark.parametrize("labels", [MIRRORED, TURNED, FLIPPED])
def test_digits_that_turn_into_digits_are_never_turned(labels: tuple[int, ...]) -> None:
    assert not {0, 1} & set(labels)


def test_mirrored_two_and_five_are_left_out() -> None:
    assert not {2, 5} & set(MIRRORED)


def test_source_picks_only_the_labels_asked_for() -> None:
    rng = np.random.default_rng(0)
    heights = {int((bars().one_of((3, 7), rng) > 0).any(axis=1).sum()) for _ in range(40)}
    assert heights == {13, 17}


def test_source_without_a_label_picks_any_digit() -> None:
    only_ones = DigitSource.of(np.full((2, 28, 28), 9, np.uint8), np.ones(2, np.int64))
    assert (only_ones.one_of((4,), np.random.default_rng(0)) == 9).all()


def test_digits_side_by_side_are_two_or_three() -> None:
    rng = np.random.default_rng(1)
    counts = []
    for _ in range(60):
        columns = (side_by_side(bars(), rng) > 60).any(axis=0).astype(int)
        counts.append(int((np.diff(np.concatenate(([0], columns))) == 1).sum()))
    assert max(counts) == 3
    assert np.mean(np.array(counts) >= 2) > 0.8  # two bars that nearly touch blur into one now and then


def test_turning_a_bar_lays_it_down() -> None:
    rng = np.random.default_rng(2)
    shapes = [np.argwhere(turned(bars(), rng) > 60) for _ in range(60)]
    lying = np.mean([np.ptp(ink[:, 1]) > np.ptp(ink[:, 0]) for ink in shapes])
    assert 0.2 < lying < 0.6


def test_overlaying_adds_ink() -> None:
    digits = np.zeros((10, 28, 28), np.uint8)
    digits[:, 12:15, 4:24] = 255
    source = DigitSource.of(digits, np.arange(10))
    rng = np.random.default_rng(3)
    assert all((overlaid(source, rng) > 60).sum() > 1.2 * 60 for _ in range(20))


def test_a_scribble_covers_the_digit_from_side_to_side() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        ink = np.argwhere(scribbled_over(bars(), rng) > 60)
        assert min(np.ptp(ink[:, 0]), np.ptp(ink[:, 1])) >= 12


@pytest.mark.parametrize("spoil", [shuffled_tiles, side_by_side, overlaid, scribbled_over, halved, turned])
def test_a_blank_digit_is_no_crash(spoil: Spoiler) -> None:
    source = DigitSource.of(np.zeros((1, 28, 28), np.uint8), np.array([4]))
    assert spoil(source, np.random.default_rng(5)).shape == (28, 28)
