"""The classifier: verdicts, order, the first member alone, explanations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.classifier import Classifier, open_classifier
from model.engines import MemberAnswers
from model.errors import CheckpointMissingError, EngineError, ShapeError
from model.manifest import Thresholds
from model.pictures import PreparedPicture
from model.predictions import Verdict
from model.shapes import Image28, Images
from tests.conftest import Digits

SURE = Thresholds(unsure_below=0.9, not_a_digit_above=0.5, first_member_at_least=0.99, first_member_outlier_below=0.25)


class ChosenLogits:
    """An engine whose answers are written in the images: pixel (0, i) is the logit of digit i, (1, m) member m's doubt."""

    name = "chosen"
    device = "cpu"

    def __init__(self, members: int = 3) -> None:
        self.members = members
        self.asked_all: list[int] = []

    def ask_all(self, images: Images) -> MemberAnswers:
        self.asked_all.append(len(images))
        return self._ask(images, self.members)

    def ask_first(self, images: Images) -> MemberAnswers:
        return self._ask(images, 1)

    def first_maps(self, image: Image28) -> dict[str, np.ndarray]:
        return {"convolution_1": image[np.newaxis], "dense": image[0, :10]}

    @staticmethod
    def _ask(images: Images, members: int) -> MemberAnswers:
        logits = np.stack([images[:, 0, 0, :10] * 20] * members)
        return MemberAnswers(logits, np.stack([images[:, 0, 1, 0] * 40 - 20] * members))


def image_saying(digit: int, *, strength: float = 1.0, doubt: float = 0.0) -> Image28:
    image = np.zeros((28, 28), dtype=np.float32)
    image[0, digit], image[1, 0] = strength, doubt
    return image


@pytest.fixture
def engine() -> ChosenLogits:
    return ChosenLogits()


@pytest.fixture
def classifier(tiny_checkpoint: Checkpoint, engine: ChosenLogits) -> Classifier:
    manifest = replace(tiny_checkpoint.manifest, temperature=1.0, thresholds=SURE)
    return Classifier(replace(tiny_checkpoint, manifest=manifest), engine=engine)


def batch(*images: Image28) -> Images:
    return np.stack(images)[:, np.newaxis]


def test_answers_come_in_order(classifier: Classifier) -> None:
    predictions = classifier.classify(batch(*(image_saying(digit) for digit in (3, 1, 4, 1, 5))))
    assert [prediction.digit for prediction in predictions] == [3, 1, 4, 1, 5]


def test_sure_digit_is_answered_by_the_first_member_alone(classifier: Classifier, engine: ChosenLogits) -> None:
    (prediction,) = classifier.classify(batch(image_saying(7)))
    assert prediction.votes == (7,) and prediction.members_consulted == 1 and engine.asked_all == []


def test_doubtful_digit_is_put_to_all(classifier: Classifier, engine: ChosenLogits) -> None:
    predictions = classifier.classify(batch(image_saying(7), image_saying(2, strength=0.2), image_saying(8)))
    assert [prediction.members_consulted for prediction in predictions] == [1, 3, 1]
    assert engine.asked_all == [1]


def test_possible_outlier_is_put_to_all(classifier: Classifier) -> None:
    (prediction,) = classifier.classify(batch(image_saying(7, doubt=0.48)))
    assert prediction.members_consulted == 3


def test_all_are_asked_on_request(classifier: Classifier) -> None:
    (prediction,) = classifier.classify(batch(image_saying(7)), consult_all=True)
    assert prediction.votes == (7, 7, 7) and prediction.agreement == 1


def test_first_member_never_answers_alone_where_it_may_not(classifier: Classifier) -> None:
    never = replace(SURE, first_member_at_least=2.0)
    manifest = replace(classifier.checkpoint.manifest, thresholds=never)
    strict = Classifier(replace(classifier.checkpoint, manifest=manifest), engine=classifier.engine)
    assert strict.classify(batch(image_saying(7)))[0].members_consulted == 3


def test_low_probability_is_unsure_and_names_both_candidates(classifier: Classifier) -> None:
    image = image_saying(4, strength=0.1)
    image[0, 9] = 0.09
    (prediction,) = classifier.classify(batch(image))
    assert prediction.verdict is Verdict.UNSURE and prediction.digit == 4
    assert prediction.reason == "It could be 4 or 9."


def test_high_outlier_score_is_not_a_digit(classifier: Classifier) -> None:
    (prediction,) = classifier.classify(batch(image_saying(7, doubt=0.6)))
    assert prediction.verdict is Verdict.NOT_A_DIGIT and prediction.outlier_score > 0.9
    assert "7 would be the nearest" in prediction.reason


def test_blank_is_answered_without_the_networks(classifier: Classifier, engine: ChosenLogits) -> None:
    blank = PreparedPicture(np.zeros((28, 28), dtype=np.float32), blank=True)
    inked = PreparedPicture(image_saying(5, strength=0.2), blank=False)
    predictions = classifier.classify_prepared([blank, inked, blank])
    assert [prediction.digit for prediction in predictions] == [None, 5, None]
    assert engine.asked_all == [1]
    assert predictions[0].verdict is Verdict.BLANK
    assert predictions[0].probabilities == (0.1,) * 10 and predictions[0].votes == ()


def test_nothing_in_nothing_out(classifier: Classifier) -> None:
    assert classifier.classify(np.zeros((0, 1, 28, 28), dtype=np.float32)) == []


def test_wrong_shape_is_refused(classifier: Classifier, types_unchecked: None) -> None:
    with pytest.raises(ShapeError, match=r"shape \(1, 28, 28\) and dtype float32 found"):
        classifier.classify(np.zeros((1, 28, 28), dtype=np.float32))


def test_explanation_names_the_kind_of_every_layer(classifier: Classifier) -> None:
    explanation = classifier.explain(image_saying(3))
    assert [(layer.name, layer.kind, layer.maps.shape) for layer in explanation.layers] == [
        ("convolution_1", "convolution", (1, 28, 28)),
        ("dense", "dense", (10, 1, 1)),
    ]
    assert explanation.first_filters.shape == (4, 1, 5, 5)


def test_missing_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointMissingError, match=r"manifest\.json is not there"):
        open_classifier(tmp_path / "nowhere")


def test_unknown_engine_is_refused(tiny_checkpoint: Checkpoint, types_unchecked: None) -> None:
    with pytest.raises(EngineError, match="engine 'abacus' found; allowed are auto, onnx, torch"):
        open_classifier(tiny_checkpoint.folder, engine="abacus")  # type: ignore[arg-type]


def test_tiny_checkpoint_reads_most_digits(tiny_checkpoint: Checkpoint, digits: Digits) -> None:
    classifier = open_classifier(tiny_checkpoint.folder)
    classifier.warm()
    images = digits.test.pixels[:, np.newaxis].astype(np.float32) / 255
    predictions = classifier.classify(images)
    right = sum(prediction.digit == label for prediction, label in zip(predictions, digits.test.labels, strict=True))
    assert right / len(predictions) > 0.9
