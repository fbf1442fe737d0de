"""The supply of batches: every digit once an epoch, in an order that the generator decides."""

import numpy as np
import torch

from training.mnist import Split
from training.supply import OUTLIER_LABEL, Pool, build_supply

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


def ink(count: int, *, label: int) -> Split:
    return Split.of_one_label(np.full((count, 28, 28), 255, dtype=np.uint8), label)


def test_every_pool_gives_its_share_under_its_labels() -> None:
    pools = [Pool(ink(30, label=OUTLIER_LABEL), 0.25), Pool(ink(20, label=7), 0.125)]
    supply = build_supply(numbered(35), pools=pools, device=CPU)
    labels = torch.cat([labels for _, labels in supply.batches(12, generator=torch.Generator().manual_seed(0))])
    assert torch.bincount(labels, minlength=11).tolist() == [35, 0, 0, 0, 0, 0, 0, 4, 0, 0, 9]


def test_pool_is_drawn_anew_for_every_epoch() -> None:
    pictures = numbered(100)
    supply = build_supply(ink(20, label=0), pools=[Pool(pictures, 0.5)], device=CPU)
    generator = torch.Generator().manual_seed(0)
    epochs = [sorted(seen(list(supply.batches(10, generator=generator)))) for _ in range(2)]
    assert epochs[0] != epochs[1]


def test_pool_that_is_smaller_than_its_share_is_drawn_whole() -> None:
    supply = build_supply(numbered(40), pools=[Pool(ink(6, label=3), 0.5)], device=CPU)
    assert supply.draws == ((6, 6),)


def test_shifts_five_fold_the_digits_only() -> None:
    pools = [Pool(ink(30, label=OUTLIER_LABEL), 0.2)]
    supply = build_supply(numbered(10), pools=pools, one_pixel_shifts=True, device=CPU)
    assert supply.digits == 50 and supply.draws == ((30, 10),) and len(supply.images) == 80


def test_incomplete_last_batch_is_dropped() -> None:
    assert build_supply(numbered(45), device=CPU).steps_per_epoch(10) == 4
