"""MNIST's splits: 50,000 training, 10,000 validation (the last 10,000 of the 60,000), 10,000 test.

Every choice is made on validation; the test split is read by `training/evaluation.py` alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from model.errors import DatasetError
from model.mnist_files import MNIST_FILES, REMEDY, candidate_folders, find_mnist, read_test_set, read_training_set
from model.shapes import Labels, Pixels

SplitName = Literal["training", "validation", "test", "all"]

VALIDATION_SIZE = 10_000


@dataclass(frozen=True)
class Split:
    """Pictures and labels: uint8 (N, 28, 28), 0 is paper; int64 (N,)."""

    pixels: Pixels
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Split":
        """Return the first pictures, for trials on a small scale."""
        return Split(self.pixels[:count], self.labels[:count])

    def joined(self, other: "Split") -> "Split":
        """Return this split followed by another."""
        return Split(np.concatenate([self.pixels, other.pixels]), np.concatenate([self.labels, other.labels]))

    @staticmethod
    def of_one_label(pixels: Pixels, label: int) -> "Split":
        """Return pictures that all have the same label."""
        return Split(pixels, np.full(len(pixels), label, dtype=np.int64))


def require_mnist() -> Path:
    """Find MNIST or say how to get it.

    Raises
    ------
    DatasetError
        If no folder holds the four files.
    """
    folder = find_mnist()
    if folder is None:
        places = ", ".join(str(path) for path in candidate_folders())
        names = ", ".join(file.name for file in MNIST_FILES)
        raise DatasetError(f"MNIST ({names}) was not found in {places}; {REMEDY}, or set TENFOLD_DATA to its folder")
    return folder


def load_split(name: SplitName) -> Split:
    """Load one split.

    Parameters
    ----------
    name
        `training`, `validation`, `test`, or `all`: training and validation together, for a recipe that is frozen.

    Returns
    -------
    Split
        In the files' order.

    Raises
    ------
    DatasetError
        If MNIST is missing, cut or wrong.
    """
    folder = require_mnist()
    if name == "test":
        return Split(*read_test_set(folder))
    pixels, labels = read_training_set(folder)
    border = len(labels) - VALIDATION_SIZE
    parts = {"training": slice(None, border), "validation": slice(border, None), "all": slice(None)}
    return Split(pixels[parts[name]], labels[parts[name]])
