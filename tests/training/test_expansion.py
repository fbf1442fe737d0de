"""Expanded data: what moves, what stays, and that the seed decides all of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.errors import ConfigurationError
from tests.conftest import Digits
from training.expansion import ExpansionConfig, expand, shift_by_one_pixel

STILL = ExpansionConfig(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture
def images(digits: Digits) -> torch.Tensor:
    return torch.tensor(digits.training.pixels[:64])[:, None].float() / 255


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_shifts_are_those_of_the_chapter() -> None:
    pixels = np.zeros((1, 28, 28), dtype=np.uint8)
    pixels[0, 10, 20] = 7
    shifted, labels = shift_by_one_pixel(pixels, np.array([3]))
    assert [tuple(np.argwhere(picture)[0]) for picture in shifted] == [(10, 20), (9, 20), (11, 20), (10, 19), (10, 21)]
    assert labels.tolist() == [3] * 5


def test_vacated_edge_is_paper() -> None:
    shifted, _ = shift_by_one_pixel(np.full((1, 28, 28), 255, dtype=np.uint8), np.array([0]))
    assert [int((picture == 0).sum()) for picture in shifted] == [0, 28, 28, 28, 28]


def test_one_pixel_shift_keeps_a_centred_digits_ink(digits: Digits) -> None:
    shifted, _ = shift_by_one_pixel(digits.training.pixels[:20], digits.training.labels[:20])
    ink = shifted.reshape(5, 20, -1).sum(axis=2, dtype=np.int64)
    assert (ink == ink[0]).all()


def test_no_distortion_changes_nothing(images: torch.Tensor) -> None:
    torch.testing.assert_close(expand(images.clone(), STILL, generator=generator()), images, atol=1e-5, rtol=0)


def test_same_seed_gives_the_same_bits(images: torch.Tensor) -> None:
    first, second = (expand(images.clone(), ExpansionConfig(), generator=generator(1)) for _ in range(2))
    assert torch.equal(first, second)


def test_every_picture_is_distorted_in_its_own_way(images: torch.Tensor) -> None:
    expanded = expand(images[:1].repeat(8, 1, 1, 1), ExpansionConfig(), generator=generator())
    assert all(not torch.equal(expanded[0], other) for other in expanded[1:])


def test_values_stay_in_their_range(images: torch.Tensor) -> None:
    everything = replace(ExpansionConfig(), stroke=1, coarse=1, tone=1, cut=1, smudge=1)
    expanded = expand(images, everything, generator=generator())
    assert expanded.shape == images.shape
    assert float(expanded.min()) >= 0 and float(expanded.max()) <= 1


def test_rotation_turns_by_no_more_than_asked() -> None:
    bar = torch.zeros(200, 1, 28, 28)
    bar[:, :, 4:24, 13:15] = 1
    turned = expand(bar, replace(STILL, rotation_degrees=10), generator=generator())
    rows = torch.arange(28, dtype=torch.float32) - 13.5
    # The slope of the ink's centre from row to row is the tangent of the angle.
    centres = (turned[:, 0] * rows).sum(dim=2) / turned[:, 0].sum(dim=2).clamp(min=1e-6)
    slope = (centres[:, 20] - centres[:, 7]) / 13
    angles = torch.rad2deg(torch.atan(slope)).abs()
    assert float(angles.max()) < 10.5 and float(angles.max()) > 8


def test_stroke_weight_goes_both_ways(images: torch.Tensor) -> None:
    before = images.sum(dim=(1, 2, 3))
    after = expand(images.clone(), replace(STILL, stroke=1.0), generator=generator()).sum(dim=(1, 2, 3))
    assert float((after / before).max()) > 1.2 and float((after / before).min()) < 0.9


def test_share_beyond_one_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"expansion smudge = 1\.5 found; a share lies between 0 and 1"):
        ExpansionConfig(smudge=1.5)
