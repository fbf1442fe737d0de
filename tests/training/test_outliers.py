"""The mixture of generated non-digits: its shape, its seed, its normalisation, and what it refuses."""

import numpy as np
import pytest

from model.errors import ConfigurationError
from training.outlier_digits import DigitSource
from training.outliers import generate_outliers, mixture, shares_to_counts


def drawn_digits(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Crosses and bars that stand in for digits: the kinds need ink and labels, not handwriting."""
    rng = np.random.default_rng(0)
    digits = np.zeros((count, 28, 28), np.uint8)
    for digit in digits:
        row, column = rng.integers(6, 22, 2)
        digit[row : row + 2, 5:23] = 255
        digit[5:23, column : column + 2] = 200
    return digits, np.arange(count) % 10


def pool(count: int, *, seed: int = 1) -> np.ndarray:
    digits, labels = drawn_digits()
    return generate_outliers(count, digits=digits, labels=labels, seed=seed)


def centre_of_mass(picture: np.ndarray) -> tuple[float, float]:
    weights = picture / picture.sum()
    return float((weights.sum(axis=1) * np.arange(28)).sum()), float((weights.sum(axis=0) * np.arange(28)).sum())


@pytest.mark.parametrize("count", [0, 1, 7, 200])
def test_pool_has_the_count_shape_and_type_asked_for(count: int) -> None:
    pictures = pool(count)
    assert pictures.shape == (count, 28, 28)
    assert pictures.dtype == np.uint8


def test_same_seed_gives_the_same_pictures() -> None:
    assert np.array_equal(pool(120, seed=5), pool(120, seed=5))


def test_another_seed_gives_other_pictures() -> None:
    different = (pool(120, seed=5) != pool(120, seed=6)).any(axis=(1, 2))
    assert different.mean() > 0.95


def test_pictures_of_a_pool_differ_from_each_other() -> None:
    distinct = len(np.unique(pool(300).reshape(300, -1), axis=0))
    assert distinct >= 295  # a stand-in digit may be turned the same way twice


def test_no_picture_is_blank() -> None:
    assert pool(400).any(axis=(1, 2)).all()


def test_global_random_state_is_left_alone() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    pool(20)
    assert np.random.random() == expected


def test_given_digits_are_left_alone() -> None:
    digits, labels = drawn_digits()
    before = digits.copy()
    generate_outliers(300, digits=digits, labels=labels, seed=2)
    assert np.array_equal(digits, before)


def test_shares_of_the_mixture_sum_to_one() -> None:
    assert sum(share for _, share in mixture(DigitSource.of(*drawn_digits()))) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [0, 1, 9, 1000, 60_000])
def test_counts_follow_the_shares_and_sum_to_the_count(count: int) -> None:
    shares = [0.22, 0.1, 0.03, 0.65]
    counts = shares_to_counts(count, shares)
    assert sum(counts) == count
    assert all(abs(part - share * count) <= 1 for part, share in zip(counts, shares, strict=True))


@pytest.mark.parametrize("place", range(len(mixture(DigitSource.of(*drawn_digits())))))
def test_every_kind_is_normalised_as_the_picture_pipeline_does(place: int) -> None:
    kind, _ = mixture(DigitSource.of(*drawn_digits()))[place]
    rng = np.random.default_rng(place)
    pictures = [picture for picture in (kind(rng) for _ in range(30)) if picture.any()]
    assert len(pictures) >= 20
    for picture in pictures:
        rows, columns = np.nonzero(picture > 0)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 22  # the 20-pixel box, and a soft edge's pixel on both sides
    offsets = [abs(c - 13.5) for picture in pictures for c in centre_of_mass(picture)]
    assert np.mean(offsets) < 0.6


@pytest.mark.parametrize("count", [-1, -60_000])
def test_negative_count_is_refused(count: int) -> None:
    digits, labels = drawn_digits()
    with pytest.raises(ConfigurationError, match=f"count is {count}; it must be 0 or more"):
        generate_outliers(count, digits=digits, labels=labels, seed=0)


def test_labels_of_another_length_are_refused() -> None:
    digits, labels = drawn_digits()
    with pytest.raises(ConfigurationError, match="40 digits and 39 labels"):
        generate_outliers(5, digits=digits, labels=labels[:-1], seed=0)


def test_no_digits_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="0 digits and 0 labels"):
        generate_outliers(5, digits=np.zeros((0, 28, 28), np.uint8), labels=np.zeros(0, np.int64), seed=0)


def test_blank_digits_end_in_an_error_instead_of_a_blank_outlier() -> None:
    with pytest.raises(ConfigurationError, match="20 pictures in a row were blank"):
        generate_outliers(200, digits=np.zeros((3, 28, 28), np.uint8), labels=np.arange(3), seed=0)
