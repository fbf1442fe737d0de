"""Field pictures: redrawn and read as the service does, under their labels, the same however many processes draw them."""

import numpy as np
import pytest

from tests.conftest import Digits
from training.field import FieldSource, generate_field
from training.mnist import Split
from training.supply import OUTLIER_LABEL


@pytest.fixture(scope="module")
def source(digits: Digits) -> FieldSource:
    digit = digits.training.pixels[digits.training.labels == 8][:20]
    return FieldSource(Split.of_one_label(digit, 8), digits.test.pixels[:10, ::-1], seed=3)


@pytest.fixture(scope="module")
def pictures(source: FieldSource) -> Split:
    return generate_field(40, source)


def test_pictures_are_framed_like_mnist(pictures: Split) -> None:
    assert 25 <= len(pictures) <= 40 and pictures.pixels.dtype == np.uint8
    for pixels in pictures.pixels:
        rows, columns = np.nonzero(pixels > 40)
        assert np.ptp(rows) <= 26 and np.ptp(columns) <= 26 and not pixels[:, 0].all()


def test_digits_and_non_digits_keep_their_labels(pictures: Split) -> None:
    found = dict(zip(*np.unique(pictures.labels, return_counts=True), strict=True))
    assert set(found) == {8, OUTLIER_LABEL} and found[8] > 2 * found[OUTLIER_LABEL]


def test_same_seed_gives_the_same_pictures_in_any_number_of_processes(source: FieldSource, pictures: Split) -> None:
    again = generate_field(40, source, processes=2)
    assert np.array_equal(again.pixels, pictures.pixels) and np.array_equal(again.labels, pictures.labels)


def test_another_seed_gives_others(source: FieldSource, pictures: Split) -> None:
    other = generate_field(40, FieldSource(source.digits, source.outliers, seed=4))
    assert not np.array_equal(other.pixels[:10], pictures.pixels[:10])


def test_none_are_drawn_where_none_are_asked_for(source: FieldSource) -> None:
    assert generate_field(0, source).pixels.shape == (0, 28, 28)
