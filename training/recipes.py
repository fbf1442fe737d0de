"""Recipes: everything that decides what a training run makes, in one frozen value. `training/presets.py` has the usual ones.

A recipe is stored in the checkpoint's manifest. Where it is run (device, processes, folder) is no part of it.
"""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from model.errors import ConfigurationError
from model.network_configs import (
    NetworkConfig,
    config_from_json,
    config_to_json,
    has_outlier_unit,
)
from training.expansion import ExpansionConfig


@dataclass(frozen=True)
class Recipe:
    """How the members of an ensemble are trained.

    Parameters
    ----------
    name
        Of the preset.
    networks
        The members take them in turn.
    members
        How many networks; each has its own seed, `first_seed` and up.
    scout
        A further, small network, taught by the members what they say together: it comes first in the ensemble and
        answers alone where it is sure. None for none.
    teachers
        Of larger networks, trained before the members, which then learn what those say as well as the labels. They are no
        members, and are not shipped. None for none.
    teacher_share
        How much of a member's target is the teachers' answer; the rest is the label. The scout learns answers alone.
    epochs
        Passes over the 50,000 training pictures.
    field_epochs, field_share
        Further passes with field pictures among the digits (`training/field.py`), so many in an epoch relative to the
        digits; 0 for none. The final phase and the scout see them too.
    scout_epochs
        Passes of the scout over the 50,000.
    final_epochs
        Further passes, over all 60,000, once everything is decided; 0 for none.
    optimiser
        `adamw`: decoupled weight decay. `sgd`: plain, without momentum, as in the chapter.
    schedule
        `one_cycle`: the rate climbs for a fifth of the steps and falls to nothing. `constant`: as in the chapter.
    weight_decay
        AdamW's, or for `sgd` the factor of the weights in the gradient: lambda / n in the chapter's notation.
    average_decay
        Of the exponential average of the weights, which is what is kept; 0 keeps the last weights.
    expansion
        Distortions drawn afresh in every epoch; None for none.
    one_pixel_shifts
        Whether the training pictures are five-folded by one-pixel shifts, as in the chapter.
    outlier_share
        Generated non-digits in an epoch, relative to the digits; 0 for none.
    precision
        Of the convolutions; `bfloat16` is used where the processor has it, else float32.
    """

    name: str
    networks: tuple[NetworkConfig, ...]
    scout: NetworkConfig | None = None
    teachers: "Recipe | None" = None
    teacher_share: float = 0.7
    members: int = 5
    first_seed: int = 0
    epochs: int = 30
    field_epochs: int = 0
    field_share: float = 0.0
    scout_epochs: int = 0
    final_epochs: int = 0
    batch_size: int = 128
    optimiser: Literal["adamw", "sgd"] = "adamw"
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.0
    average_decay: float = 0.998
    expansion: ExpansionConfig | None = field(default_factory=ExpansionConfig)
    one_pixel_shifts: bool = False
    outlier_share: float = 0.2
    precision: Literal["float32", "bfloat16"] = "bfloat16"

    def __post_init__(self) -> None:
        bounds = {
            "members": (1, 1000),
            "epochs": (1, 10_000),
            "field_epochs": (0, 10_000),
            "scout_epochs": (1 if self.scout else 0, 10_000),
            "final_epochs": (0, 10_000),
            "batch_size": (1, 60_000),
            "learning_rate": (1e-9, 100),
            "average_decay": (0, 0.99999),
            "outlier_share": (0, 1),
            "field_share": (0, 1),
            "teacher_share": (0, 1),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigurationError(f"recipe {self.name}: {name} = {value} found; {low} to {high} is allowed")
        networks = (*self.networks, self.scout) if self.scout else self.networks
        if (self.outlier_share or self.field_share) and not all(map(has_outlier_unit, networks)):
            raise ConfigurationError(f"recipe {self.name}: non-digits need networks with an outlier unit")

    def is_taught(self, member: int) -> bool:
        """Return whether a member learns what others say: the scout does, and all do where there are teachers."""
        return member == self.members or self.teachers is not None

    def network_of(self, member: int) -> NetworkConfig:
        """Return the network of one member, counted from 0; the scout has the number after the last."""
        if self.scout and member == self.members:
            return self.scout
        return self.networks[member % len(self.networks)]

    def seed_of(self, member: int) -> int:
        """Return the seed of one member, counted from 0."""
        return self.first_seed + member

    @property
    def lineup(self) -> tuple[int, ...]:
        """The members' numbers in the ensemble's order: the scout, if there is one, comes first."""
        scout = (self.members,) if self.scout else ()
        return (*scout, *range(self.members))

    def to_json(self) -> dict[str, object]:
        """Describe the recipe as plain JSON values."""
        scout = config_to_json(self.scout) if self.scout else None
        teachers = self.teachers.to_json() if self.teachers else None
        networks = [config_to_json(network) for network in self.networks]
        return {**asdict(self), "networks": networks, "scout": scout, "teachers": teachers}

    @staticmethod
    def from_json(described: dict[str, Any]) -> "Recipe":
        """Read what `to_json` wrote.

        Raises
        ------
        ConfigurationError
            If a key is unknown or a value impossible.
        """
        networks = tuple(config_from_json(network) for network in described["networks"])
        scout = config_from_json(described["scout"]) if described.get("scout") else None
        expansion = ExpansionConfig(**described["expansion"]) if described["expansion"] else None
        teachers = Recipe.from_json(described["teachers"]) if described.get("teachers") else None
        built = {"networks": networks, "scout": scout, "expansion": expansion, "teachers": teachers}
        try:
            return Recipe(**{**described, **built})
        except TypeError as error:
            raise ConfigurationError(f"recipe {described.get('name')!r}: {error}") from error


def learning_rate_at(step: int, total_steps: int, *, recipe: Recipe, peak: float) -> float:
    """Return the learning rate of one step.

    Parameters
    ----------
    step
        Counted from 0.
    total_steps
        Of the phase.
    recipe
        Whose schedule.
    peak
        The highest rate.

    Returns
    -------
    float
        `one_cycle`: a cosine from a tenth of the peak up to it and down to a thousandth of it (L. Smith,
        *Super-Convergence*, 2018, https://arxiv.org/abs/1708.07120).
    """
    if recipe.schedule == "constant":
        return peak
    climb = max(1, round(0.2 * total_steps))
    if step < climb:
        return peak * _cosine(0.1, 1.0, step / climb)
    return peak * _cosine(1.0, 1e-3, (step - climb) / max(1, total_steps - climb))


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
