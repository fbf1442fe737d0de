"""The array types that the packages exchange, each with its shape and dtype.

The names and letters are used throughout: `members` networks in an ensemble, `batch` pictures in a batch. The test run
checks every annotated function of `model` against these types (`tests/conftest.py`); serving does not pay for that.
Types only: what the values mean is said where they are made.

Source: jaxtyping (P. Kidger, https://docs.kidger.site/jaxtyping), used as it is.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int64, UInt8

SIDE = 28
"""Pixels along one side of what a network sees (MNIST's own)."""

CLASSES = 10
"""The digits 0 to 9."""

Image28: TypeAlias = Float32[np.ndarray, "28 28"]
"""One picture as a network sees it: values in [0, 1], ink is 1, paper is 0."""

Images: TypeAlias = Float32[np.ndarray, "batch 1 28 28"]
"""A batch ready for a network: values in [0, 1], ink is 1, paper is 0."""

Pixels: TypeAlias = UInt8[np.ndarray, "batch 28 28"]
"""A batch as MNIST stores it: 0 is paper, 255 is ink."""

Labels: TypeAlias = Int64[np.ndarray, "batch"]
"""True digits, 0 to 9; -1 where the picture is no digit."""

Logits: TypeAlias = Float32[np.ndarray, "batch 10"]
"""One network's unnormalised scores."""

MemberLogits: TypeAlias = Float32[np.ndarray, "members batch 10"]
"""Every network's unnormalised scores."""

MemberScores: TypeAlias = Float32[np.ndarray, "members batch"]
"""One number of every network for every picture."""

Probabilities: TypeAlias = Float32[np.ndarray, "batch 10"]
"""Rows that sum to 1."""

Scores: TypeAlias = Float32[np.ndarray, "batch"]
"""One number for every picture."""

Votes: TypeAlias = Int64[np.ndarray, "members batch"]
"""Every network's own answer, 0 to 9."""

Mask: TypeAlias = Bool[np.ndarray, "batch"]
"""One yes or no for every picture."""
