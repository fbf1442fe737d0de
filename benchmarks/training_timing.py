"""The time of one member's training: the real loop, epoch by epoch, as its curve records it."""

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import torch

from model.manifest import CurvePoint
from model.shapes import Pixels
from training.member import train_member
from training.mnist import Split
from training.outliers import generate_outliers
from training.phases import Phase
from training.recipes import Recipe
from training.supply import OUTLIER_LABEL, Pool, build_supply


@dataclass(frozen=True)
class Timing:
    """One training, epoch by epoch.

    Parameters
    ----------
    name
        Of the recipe or the example.
    pictures_per_epoch
        That were learned from.
    seconds
        Of each epoch; with its validation, as one who waits for an accuracy has to.
    accuracies
        On validation after each epoch.
    """

    name: str
    pictures_per_epoch: int
    seconds: tuple[float, ...]
    accuracies: tuple[float, ...]

    @property
    def pictures_per_second(self) -> float:
        """From the fastest epoch: what else the machine did can only slow it down."""
        return self.pictures_per_epoch / min(self.seconds)

    def seconds_to(self, accuracy: float) -> float | None:
        """Return the time until an accuracy was first reached on validation, or None."""
        elapsed = accumulate(self.seconds)
        return next((time for time, reached in zip(elapsed, self.accuracies, strict=True) if reached >= accuracy), None)


def time_recipe(
    recipe: Recipe, folder: Path, *, epochs: int, splits: tuple[Split, Split], device: torch.device
) -> Timing:
    """Train the first member of a recipe and time it.

    Parameters
    ----------
    recipe
        Which.
    folder
        For the member's state: writing it is a part of training.
    epochs
        In place of the recipe's; the schedule is drawn together.
    splits
        Training and validation.
    device
        Where.

    Returns
    -------
    Timing
        Without the making of the outliers, which a run does once for all members.
    """
    training, validation = splits
    outliers = draw_outliers(recipe, training)
    pools = [] if outliers is None else [Pool(Split.of_one_label(outliers, OUTLIER_LABEL), recipe.outlier_share)]
    supply = build_supply(
        training,
        validation=validation,
        pools=pools,
        one_pixel_shifts=recipe.one_pixel_shifts,
        device=device,
    )
    _, curve = train_member(
        0,
        recipe,
        phase=Phase(epochs, recipe.learning_rate),
        supply=supply,
        state_path=folder / "member.state",
        report=lambda _: None,
    )
    pictures = supply.steps_per_epoch(recipe.batch_size) * recipe.batch_size
    return Timing(
        recipe.name, pictures, tuple(point.seconds for point in curve), tuple(_accuracy(point) for point in curve)
    )


def draw_outliers(recipe: Recipe, training: Split) -> Pixels | None:
    """Draw the non-digits of one epoch, uint8 (N, 28, 28); None where the recipe has none."""
    if not recipe.outlier_share:
        return None
    count = round(recipe.outlier_share * len(training))
    return generate_outliers(count, digits=training.pixels, labels=training.labels, seed=0)


def _accuracy(point: CurvePoint) -> float:
    assert point.validation_accuracy is not None, "a validation split was given"
    return point.validation_accuracy
