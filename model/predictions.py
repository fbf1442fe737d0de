"""What an answer is: a prediction with its verdict, and the explanation of one.

Values only; `model/classifier.py` finds them, the service and the command line show them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np

from model.shapes import CLASSES

LayerKind = Literal["convolution", "pooling", "dense"]


class Verdict(StrEnum):
    """What a picture was taken for."""

    DIGIT = "digit"
    UNSURE = "unsure"
    NOT_A_DIGIT = "not_a_digit"
    BLANK = "blank"


class Prediction(NamedTuple):
    """The answer for one picture; a tuple, because a frozen dataclass of so many fields takes 2 us longer to make.

    Parameters
    ----------
    digit
        The likeliest digit; also where the verdict is `unsure` or `not_a_digit`; None where it is `blank`.
    verdict, reason
        What the picture was taken for, and why, in one short sentence.
    probability, probabilities
        Of `digit`, and of all ten digits: if this is a digit, which one? Calibrated on validation.
    votes
        The own answers of the members asked.
    agreement
        The share of the votes that equal `digit`; 0 where there are none.
    outlier_score
        The mean probability, in [0, 1], that this is no digit, in the opinion of the members asked.
    """

    digit: int | None
    verdict: Verdict
    reason: str
    probability: float
    probabilities: tuple[float, ...]
    votes: tuple[int, ...]
    agreement: float
    outlier_score: float

    @property
    def members_consulted(self) -> int:
        """How many members were asked."""
        return len(self.votes)

    @classmethod
    def blank(cls) -> "Prediction":
        """Answer for a picture without ink."""
        uniform = (1 / CLASSES,) * CLASSES
        return cls(None, Verdict.BLANK, "There is no ink in the picture.", 0.0, uniform, (), 0.0, 0.0)


@dataclass(frozen=True)
class LayerMaps:
    """What one layer of the first member makes of a picture: float32 (channels, height, width); dense: (units, 1, 1)."""

    name: str
    kind: LayerKind
    maps: np.ndarray


@dataclass(frozen=True)
class Explanation:
    """A picture's way through the first member, layer by layer, and its first layer's filters (maps, 1, side, side)."""

    layers: tuple[LayerMaps, ...]
    first_filters: np.ndarray
