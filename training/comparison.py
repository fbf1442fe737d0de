"""Two checkpoints on the same pictures: whether one is better, and where they differ.

Paired, because two accuracies measured on the same pictures share most of their chance: of 10,000 digits all but a few dozen
are read alike, and only where one is right and the other wrong is there anything to learn (T. Dietterich, *Approximate
Statistical Tests for Comparing Supervised Classification Learning Algorithms*, 1998).

The test split is not read again: what was measured once is in the checkpoints.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.checkpoint import MANIFEST, load_checkpoint
from model.classifier import Classifier, open_classifier
from model.errors import TrainingError
from model.manifest import Evaluation, Score
from model.shapes import Mask
from training.evaluation import evaluate_classifier
from training.folders import find_checkpoint
from training.mnist import SplitName, load_split
from training.statistics import bootstrap_difference, mcnemar_exact


@dataclass(frozen=True)
class Contestant:
    """A checkpoint's name, and what was measured of it."""

    name: str
    evaluation: Evaluation


@dataclass(frozen=True)
class ClassComparison:
    """One digit: how many pictures show it, and the errors of both among them."""

    digit: int
    pictures: int
    first_errors: int
    second_errors: int


@dataclass(frozen=True)
class DifferingPicture:
    """A picture that the two answer differently, by its index in the split."""

    index: int
    label: int
    first_answer: int
    second_answer: int


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints on one split.

    Parameters
    ----------
    only_first, only_second
        Pictures that the one alone got right.
    p_value
        McNemar's exact test: how likely so uneven a split would be if both were equally good.
    difference, interval
        accuracy(second) - accuracy(first), and its 95 % interval by bootstrap over the pictures.
    classes
        Digit by digit.
    pictures
        All that are answered differently, also where both are wrong.
    """

    split: str
    size: int
    first: Score
    second: Score
    only_first: int
    only_second: int
    p_value: float
    difference: float
    interval: tuple[float, float]
    classes: tuple[ClassComparison, ...]
    pictures: tuple[DifferingPicture, ...]


def open_contestant(folder: Path, *, split: SplitName) -> Contestant:
    """Read what is known of a checkpoint, or measure it on validation.

    Parameters
    ----------
    folder
        The checkpoint, or the `--out` of a training.
    split
        `test`: as stored in the checkpoint. `validation`: measured now.

    Returns
    -------
    Contestant
        For `compare`.

    Raises
    ------
    TrainingError
        If there is no checkpoint, or its members were trained on the split.
    CheckpointError
        If it is damaged.
    """
    found = find_checkpoint(folder)
    if found is None:
        raise TrainingError(f"{folder} holds no {MANIFEST}; give a checkpoint, or the --out of a finished training")
    checkpoint = load_checkpoint(found)
    name = f"{checkpoint.manifest.name} {checkpoint.manifest.version} ({folder})"
    if split == checkpoint.evaluation.split:
        return Contestant(name, checkpoint.evaluation)
    classifier = open_classifier(found, engine="onnx")
    _refuse_seen_pictures(classifier, folder)
    return Contestant(name, evaluate_classifier(classifier, load_split(split), split_name=split))


def _refuse_seen_pictures(classifier: Classifier, folder: Path) -> None:
    """Refuse a checkpoint whose members were trained on validation: what they score there says nothing."""
    final_epochs = classifier.checkpoint.manifest.recipe.get("final_epochs")
    if final_epochs:
        raise TrainingError(
            f"{folder} was trained on validation in its last {final_epochs} epochs; compare on --split test, or a "
            "checkpoint of a recipe without final epochs"
        )


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Compare two evaluations of the same pictures.

    Parameters
    ----------
    first, second
        Measured on the same split.

    Returns
    -------
    Comparison
        Paired.

    Raises
    ------
    TrainingError
        If the pictures are not the same.
    """
    pictures_of, pictures_of_other = ([sum(row) for row in side.confusion] for side in (first, second))
    if (first.split, pictures_of) != (second.split, pictures_of_other):
        raise TrainingError(
            f"pictures of each digit: {pictures_of} of {first.split} and {pictures_of_other} of {second.split} found; both "
            "checkpoints must be measured on the same pictures"
        )
    first_right, second_right = _right(first), _right(second)
    only_first, only_second = int((first_right & ~second_right).sum()), int((second_right & ~first_right).sum())
    return Comparison(
        split=first.split,
        size=first.size,
        first=first.ensemble,
        second=second.ensemble,
        only_first=only_first,
        only_second=only_second,
        p_value=mcnemar_exact(only_first, only_second),
        difference=(only_second - only_first) / first.size,
        interval=bootstrap_difference(first_right, second_right),
        classes=tuple(
            ClassComparison(digit, pictures, pictures - first.confusion[digit][digit], pictures - other[digit])
            for digit, (pictures, other) in enumerate(zip(pictures_of, second.confusion, strict=True))
        ),
        pictures=_differing(first, second),
    )


def _right(evaluation: Evaluation) -> Mask:
    right = np.ones(evaluation.size, dtype=np.bool_)
    right[[error.index for error in evaluation.errors]] = False
    return right


def _differing(first: Evaluation, second: Evaluation) -> tuple[DifferingPicture, ...]:
    """Find the pictures that are answered differently: an answer that is no error is the label."""
    labels = {error.index: error.label for error in (*first.errors, *second.errors)}
    first_answers = labels | {error.index: error.predicted for error in first.errors}
    second_answers = labels | {error.index: error.predicted for error in second.errors}
    return tuple(
        DifferingPicture(index, labels[index], first_answers[index], second_answers[index])
        for index in sorted(labels)
        if first_answers[index] != second_answers[index]
    )
