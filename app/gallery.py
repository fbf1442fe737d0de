"""The gallery: the test digits that the ensemble gets wrong, from the checkpoint's evaluation.

What the ensemble answered is in the checkpoint; the pictures are `gallery_pictures.py`'s. Without MNIST at hand everything
but the pictures works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.errors import NotFoundError
from model.manifest import Evaluation, EvaluationError

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
    pictures_remedy
        How to get the pictures where they are not at hand; None where they are.
    """

    def __init__(self, evaluation: Evaluation, *, pictures_remedy: str | None) -> None:
        self.test_size = evaluation.size
        self._items = {error.index: GalleryItem(error) for error in sorted(evaluation.errors, key=lambda e: e.index)}
        self.pictures_remedy = pictures_remedy

    def __len__(self) -> int:
        """How many test digits the ensemble gets wrong."""
        return len(self._items)

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
