"""The supply of batches: every digit once an epoch, in an order that the generator decides."""

import numpy as np
import torch

from training.mnist import Split
from training.supply import OUTLIER_LABEL, build_supply

CPU = torch.device("cpu")


def numbered(count: int) -> Split:
    """Pictures whose first pixel is their number."""
    pixels = np.zeros((count, 28, 28), dtype=np.uint8)
    pixels[:, 0, 0] = np.arange(count)
    return Split(pixels, np.zeros(count, dtype=np.int64))


def seen(batches: list[tuple[torch.Tensor, torch.Tensor]]) -> list[int]:
    return [round(float(image[0, 0, 0]) * 255) for images, _ in batches for image in images]


def test_every_digit_comes_once_an_epoch() -> None:
    supply = build_supply(numbered(40), device=CPU)
    assert sorted(seen(list(supply.batches(10, generator=torch.Generator().manual_seed(0))))) == list(range(40))


def test_next_epoch_has_another_order() -> None:
    supply, generator = build_supply(numbered(40), device=CPU), torch.Generator().manual_seed(0)
    assert seen(list(supply.batches(10, generator=generator))) != seen(list(supply.batches(10, generator=generator)))


def test_outliers_are_drawn_anew_and_labelled() -> None:
    pool = np.full((30, 28, 28), 255, dtype=np.uint8)
    supply = build_supply(numbered(40), outliers=pool, outlier_share=0.25, device=CPU)
    labels = torch.cat([labels for _, labels in supply.batches(10, generator=torch.Generator().manual_seed(0))])
    assert len(labels) == 50 and int((labels == OUTLIER_LABEL).sum()) == 10


def test_shifts_five_fold_the_digits_only() -> None:
    pool = np.full((30, 28, 28), 255, dtype=np.uint8)
    supply = build_supply(numbered(10), outliers=pool, outlier_share=0.2, one_pixel_shifts=True, device=CPU)
    assert supply.digits == 50 and supply.outliers_per_epoch == 10 and len(supply.images) == 80


def test_incomplete_last_batch_is_dropped() -> None:
    assert build_supply(numbered(45), device=CPU).steps_per_epoch(10) == 4
