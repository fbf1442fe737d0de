"""The evaluation: counts against a slow reference, and the same through the serving engine."""

import numpy as np

from model.checkpoint import Checkpoint
from model.classifier import open_classifier
from model.predictions import Verdict
from tests.conftest import Digits
from training.evaluation import evaluate_classifier


def test_evaluation_of_the_serving_engine_is_that_of_the_checkpoint(
    tiny_checkpoint: Checkpoint, digits: Digits
) -> None:
    found = evaluate_classifier(open_classifier(tiny_checkpoint.folder), digits.test, split_name="test")
    stated = tiny_checkpoint.evaluation
    assert found.ensemble == stated.ensemble
    assert found.confusion == stated.confusion
    assert [error.index for error in found.errors] == [error.index for error in stated.errors]


def test_counts_are_those_of_the_answers_one_by_one(tiny_checkpoint: Checkpoint, digits: Digits) -> None:
    stated = tiny_checkpoint.evaluation
    images = digits.test.pixels[:, np.newaxis].astype(np.float32) / 255
    predictions = open_classifier(tiny_checkpoint.folder).classify(images, consult_all=True)
    pairs = [(label, prediction.digit) for label, prediction in zip(digits.test.labels, predictions, strict=True)]
    assert stated.ensemble.correct == sum(label == digit for label, digit in pairs)
    assert stated.confusion[3][3] == pairs.count((3, 3))
    assert [(error.index, error.label, error.predicted) for error in stated.errors] == [
        (i, label, digit) for i, (label, digit) in enumerate(pairs) if label != digit
    ]
    kept = sum(prediction.verdict is Verdict.DIGIT for prediction in predictions)
    assert stated.verdicts.digit == kept / len(predictions)


def test_cascade_is_what_the_service_answers(tiny_checkpoint: Checkpoint, digits: Digits) -> None:
    cascade = tiny_checkpoint.evaluation.cascade
    images = digits.test.pixels[:, np.newaxis].astype(np.float32) / 255
    served = open_classifier(tiny_checkpoint.folder).classify(images)
    assert cascade.correct == sum(p.digit == label for p, label in zip(served, digits.test.labels, strict=True))
    assert cascade.answered_by_one == sum(p.members_consulted == 1 for p in served) / len(served)


def test_every_member_trained_is_in_the_ensemble(tiny_checkpoint: Checkpoint) -> None:
    assert len(tiny_checkpoint.evaluation.members) == len(tiny_checkpoint.manifest.members) == 3
    assert [member.seed for member in tiny_checkpoint.manifest.members] == [2, 0, 1]  # the scout first
