"""The gallery: the test digits that the ensemble gets wrong, from the checkpoint's evaluation and MNIST at hand.

What the ensemble answered is in the checkpoint; the pictures are not, because no MNIST pixel is shipped. They are read
from the data at hand when first asked for, and only the errors' are kept. Without data everything but the pictures works.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from app.errors import NotFoundError
from model.errors import DatasetError
from model.manifest import Evaluation, EvaluationError
from model.mnist_files import TEST_IMAGES, find_mnist, read_test_pictures
from model.shapes import Image28

PICTURES_REMEDY = (
    "MNIST's test pictures are not at hand; run `tenfold-train data`, or set TENFOLD_DATA to the folder of "
    f"{TEST_IMAGES.name}.gz, and start the service again"
)

SortKey = Literal["index", "confidence", "agreement"]
Order = Literal["ascending", "descending"]


@dataclass(frozen=True)
class GalleryItem:
    """One test digit that the ensemble gets wrong.

    Parameters
    ----------
    error
        Its index in the test split, its label, and the ensemble's answer.
    """

    error: EvaluationError

    @property
    def confidence(self) -> float:
        """The probability of the wrong answer."""
        return self.error.probabilities[self.error.predicted]

    @property
    def agreement(self) -> float:
        """The share of the members that gave the wrong answer."""
        return self.error.votes.count(self.error.predicted) / len(self.error.votes)


_SORT_KEYS: dict[SortKey, Callable[[GalleryItem], float]] = {
    "index": lambda item: item.error.index,
    "confidence": lambda item: item.confidence,
    "agreement": lambda item: item.agreement,
}


class Gallery:
    """The errors of one checkpoint.

    Parameters
    ----------
    evaluation
        Names them by index in the test split.
    folder
        Where MNIST lies, if the settings say so; otherwise the usual places are searched.
    """

    def __init__(self, evaluation: Evaluation, *, folder: Path | None = None) -> None:
        self.test_size = evaluation.size
        self._items = {error.index: GalleryItem(error) for error in sorted(evaluation.errors, key=lambda e: e.index)}
        self._folder = folder if folder is not None else find_mnist((TEST_IMAGES,))
        self._pictures: dict[int, Image28] | None = None
        self._reading = threading.Lock()

    def __len__(self) -> int:
        """How many test digits the ensemble gets wrong."""
        return len(self._items)

    @property
    def has_pictures(self) -> bool:
        """Whether MNIST's test pictures were found; their content is checked when they are first read."""
        return self._folder is not None

    def select(
        self,
        *,
        label: int | None = None,
        predicted: int | None = None,
        sort: SortKey = "index",
        order: Order = "ascending",
    ) -> list[GalleryItem]:
        """List the errors.

        Parameters
        ----------
        label, predicted
            Keep only those of this true digit, or with this answer.
        sort, order
            By what, and which way; equal ones by index.

        Returns
        -------
        list of GalleryItem
            All that pass.
        """
        chosen = [
            item
            for item in self._items.values()
            if label in (None, item.error.label) and predicted in (None, item.error.predicted)
        ]
        return sorted(chosen, key=_SORT_KEYS[sort], reverse=order == "descending")

    def item(self, index: int) -> GalleryItem:
        """Give one error.

        Raises
        ------
        NotFoundError
            If the ensemble gets this test digit right, or there is none of this index.
        """
        if index not in self._items:
            raise NotFoundError(
                f"Test digit {index} is not among the {len(self)} errors of this model; /v1/gallery lists them."
            )
        return self._items[index]

    def picture(self, index: int) -> Image28:
        """Give the picture of one error.

        Parameters
        ----------
        index
            In the test split.

        Returns
        -------
        Image28
            Float32 (28, 28), values in [0, 1], ink is 1.

        Raises
        ------
        NotFoundError
            If it is no error, or MNIST is not at hand; the message gives the remedy.
        """
        self.item(index)
        with self._reading:
            if self._pictures is None:
                self._pictures = self._read_pictures()
        return self._pictures[index]

    def _read_pictures(self) -> dict[int, Image28]:
        if self._folder is None:
            raise NotFoundError(f"{PICTURES_REMEDY}.")
        try:
            pixels = read_test_pictures(self._folder)
        except DatasetError as error:
            raise NotFoundError(f"MNIST's test pictures cannot be used: {error}") from error
        if any(index >= len(pixels) for index in self._items):
            raise NotFoundError(f"The errors are not of MNIST's {len(pixels)} test pictures, so there is none to show.")
        return {index: pixels[index].astype(np.float32) / 255 for index in self._items}
