import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from model.framing import as_mnist, centre_mass, frame_ink, mass_centre, may_be_mnist
from tests.conftest import Digits

INK = arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.floats(0, 1, width=32))


@given(INK)
def test_framed_ink_fits_the_box_and_the_range(ink: np.ndarray) -> None:
    image = frame_ink(ink)
    assert 0 <= image.min() <= image.max() <= 1
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert not len(rows) or max(np.ptp(rows), np.ptp(columns)) < 20


@given(arrays(np.float32, (20, 20), elements=st.floats(0, 1, width=32)), st.integers(0, 8), st.integers(0, 8))
def test_centred_digit_keeps_its_ink_wherever_it_was(box: np.ndarray, top: int, left: int) -> None:
    placed = np.zeros((28, 28), np.float32)
    placed[top : top + 20, left : left + 20] = box
    rows, columns = np.flatnonzero(placed.any(axis=1)), np.flatnonzero(placed.any(axis=0))
    if len(rows):
        cut = placed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert centre_mass(cut).sum() == pytest.approx(box.sum(), rel=1e-5)


def test_centre_of_nothing_is_the_middle() -> None:
    assert mass_centre(np.zeros((4, 6))) == (2, 3)


def test_every_mnist_digit_is_recognised_as_such(digits: Digits) -> None:
    if digits.are_mnist:
        taken = as_mnist(digits.validation.pixels)
        assert sum(image is not None for image in taken) == len(taken)


def block() -> np.ndarray:
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 8:20] = 255
    return ink


def test_mnist_s_pixels_come_out_as_they_went_in_on_either_ground() -> None:
    for image in as_mnist(np.stack([block(), 255 - block()])):
        assert image is not None
        assert np.array_equal(image, block().astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("change", ["moved", "smaller", "larger", "fainter", "dirty ground", "empty"])
def test_what_differs_from_mnist_s_form_is_not_taken_as_it_is(change: str) -> None:
    ink = block()
    pictures = {
        "moved": np.roll(ink, 3, axis=1),
        "smaller": np.where(np.arange(28)[:, None] < 20, ink, 0).astype(np.uint8),
        "larger": np.maximum(ink, np.roll(ink, 1, axis=0)),
        "fainter": ink // 2,
        "dirty ground": np.maximum(ink, 9),
        "empty": np.zeros_like(ink),
    }
    taken = as_mnist(np.stack([ink, pictures[change]]))
    assert [image is not None for image in taken] == [True, False]


def test_only_grey_sheets_of_mnist_s_size_may_be_mnist() -> None:
    sheets = [Image.new("L", (28, 28)), Image.new("RGB", (28, 28)), Image.new("L", (28, 29))]
    assert [may_be_mnist(sheet) for sheet in sheets] == [True, False, False]
