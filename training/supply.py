"""The supply of pictures for one member: on the training device from the start, shuffled anew for every epoch.

Nothing is copied between devices during training; a batch is an index into two tensors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.networks import DigitNetwork
from model.shapes import CLASSES
from training.devices import memory_format
from training.expansion import shift_by_one_pixel
from training.mnist import Split

OUTLIER_LABEL = CLASSES
"""The eleventh class: "this is no digit"."""

_EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Pool:
    """Pictures of which every epoch draws some, anew.

    Parameters
    ----------
    pictures
        With their labels, 0 to 9, or `OUTLIER_LABEL`.
    share
        How many are drawn, relative to the digits.
    """

    pictures: Split
    share: float


@dataclass(frozen=True)
class Supply:
    """Training and validation pictures on one device.

    Parameters
    ----------
    images, labels
        Uint8 (N, 1, 28, 28) and int64 (N,): the digits, then one pool after the other.
    digits
        How many of them are digits, all of which go into every epoch.
    draws
        For each pool: how many pictures it has, and how many of them an epoch draws.
    validation
        Images and labels, or None where the validation pictures are trained on.
    """

    images: Tensor
    labels: Tensor
    digits: int
    draws: tuple[tuple[int, int], ...]
    validation: tuple[Tensor, Tensor] | None

    @property
    def device(self) -> torch.device:
        """Where training runs."""
        return self.images.device

    def steps_per_epoch(self, batch_size: int) -> int:
        """Return the number of full batches in an epoch, at least one."""
        return max(1, (self.digits + sum(drawn for _, drawn in self.draws)) // batch_size)

    def batches(self, batch_size: int, *, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Go once through the digits and a fresh draw from every pool.

        Parameters
        ----------
        batch_size
            Pictures in a batch; what is left over at the end is dropped until the next shuffle.
        generator
            Decides the order; on the CPU.

        Yields
        ------
        images
            Float32 (batch, 1, 28, 28), values in [0, 1].
        labels
            Int64 (batch,), 0 to 9, or `OUTLIER_LABEL`.
        """
        order = self._epoch_order(generator).to(self.device)
        for step in range(self.steps_per_epoch(batch_size)):
            chosen = order[step * batch_size : (step + 1) * batch_size]
            yield self.images[chosen].float() / 255, self.labels[chosen]

    def _epoch_order(self, generator: torch.Generator) -> Tensor:
        parts, start = [torch.arange(self.digits)], self.digits
        for size, drawn in self.draws:
            parts.append(start + torch.randperm(size, generator=generator)[:drawn])
            start += size
        members = torch.cat(parts)
        return members[torch.randperm(len(members), generator=generator)]

    def validation_accuracy(self, network: DigitNetwork) -> float | None:
        """Return the fraction of validation digits that a network reads right, or None where there are none."""
        if self.validation is None:
            return None
        images, labels = self.validation
        answers = score_images(network, images)[:, :CLASSES].argmax(dim=1)
        return float((answers == labels).double().mean())


def build_supply(
    training: Split,
    *,
    validation: Split | None = None,
    pools: Sequence[Pool] = (),
    one_pixel_shifts: bool = False,
    device: torch.device,
) -> Supply:
    """Put pictures on a device.

    Parameters
    ----------
    training
        Digits to train on.
    validation
        Digits to report on; None where they are trained on.
    pools
        Further pictures, of which every epoch draws a share.
    one_pixel_shifts
        Whether to five-fold the training digits as in the chapter.
    device
        Where training runs.

    Returns
    -------
    Supply
        Ready for `train_member`.
    """
    if one_pixel_shifts:
        training = Split(*shift_by_one_pixel(training.pixels, training.labels))
    digits, everything = len(training), training
    for pool in pools:
        everything = everything.joined(pool.pictures)
    return Supply(
        images=torch.tensor(everything.pixels, device=device)[:, None],
        labels=torch.tensor(everything.labels, device=device),
        digits=digits,
        draws=tuple((len(pool.pictures), min(len(pool.pictures), round(pool.share * digits))) for pool in pools),
        validation=None if validation is None else _to_tensors(validation, device),
    )


def score_images(network: DigitNetwork, images: Tensor) -> Tensor:
    """Run a network over uint8 or float images without training it.

    Parameters
    ----------
    network
        Left in the mode it was in.
    images
        (N, 1, 28, 28), uint8 0 to 255 or float in [0, 1], on the network's device.

    Returns
    -------
    Tensor
        Float32 (N, outputs), in full precision whatever the recipe's.
    """
    was_training = network.training
    network.eval()
    layout = memory_format(network.config)
    with torch.inference_mode():
        parts = [
            network(_to_unit(part).contiguous(memory_format=layout)) for part in torch.split(images, _EVALUATION_BATCH)
        ]
    network.train(was_training)
    return torch.cat(parts)


def _to_unit(images: Tensor) -> Tensor:
    return images.float() / 255 if images.dtype == torch.uint8 else images


def _to_tensors(split: Split, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.tensor(split.pixels, device=device)[:, None], torch.tensor(split.labels, device=device)
