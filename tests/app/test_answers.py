import json
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app.errors import NotFoundError
from app.fulfilment import carry_out
from app.jobs import Reading
from app.loading import LoadedModel, prepare_model
from app.orders import BatchOrder, ErrorPictureOrder, ExplanationOrder, PredictionOrder, WordsOrder
from app.schemas import BatchAnswer, ExplanationAnswer, PredictionAnswer
from model.checkpoint import Checkpoint
from model.classifier import open_classifier
from model.errors import PictureDamagedError
from model.predictions import Prediction
from tests.app.samples import ChosenEngine, chosen_model


@pytest.fixture
def model(tiny_checkpoint: Checkpoint) -> LoadedModel:
    return chosen_model(tiny_checkpoint, ChosenEngine())


@pytest.fixture
def reading(model: LoadedModel) -> Reading:
    image = np.zeros((28, 28), np.float32)
    image[5:20, 10:14] = 1
    return Reading(model.classifier.classify(image[np.newaxis, np.newaxis])[0], image)


def test_single_answer_is_what_its_schema_says(model: LoadedModel, reading: Reading) -> None:
    answer = PredictionAnswer.model_validate_json(carry_out(PredictionOrder(), model, [reading]), strict=True)
    assert (answer.digit, answer.verdict, answer.votes, answer.members_consulted) == (3, "digit", [3], 1)
    assert answer.image is None
    assert answer.model.name == model.classifier.checkpoint.manifest.name


def test_included_image_is_what_the_networks_saw(model: LoadedModel, reading: Reading) -> None:
    answer = PredictionAnswer.model_validate_json(carry_out(PredictionOrder(include_image=True), model, [reading]))
    assert answer.image is not None
    picture = Image.open(BytesIO(b64decode(answer.image.partition(",")[2])))
    assert np.array_equal(np.asarray(picture), np.rint(reading.image * 255))


def test_blank_has_no_digit(model: LoadedModel, reading: Reading) -> None:
    blank = Reading(Prediction.blank(), reading.image)
    document = json.loads(carry_out(PredictionOrder(), model, [blank]))
    assert (document["digit"], document["verdict"], document["votes"]) == (None, "blank", [])
    assert document["probabilities"] == [0.1] * 10


def test_bad_picture_is_raised_alone_and_described_in_a_batch(model: LoadedModel, reading: Reading) -> None:
    damaged = PictureDamagedError("cut")
    with pytest.raises(PictureDamagedError):
        carry_out(PredictionOrder(), model, [damaged])
    document = carry_out(BatchOrder(include_image=False, instance="/x", request_id="r1"), model, [reading, damaged])
    answer = BatchAnswer.model_validate_json(document)
    assert isinstance(answer.results[0], PredictionAnswer)
    assert json.loads(document)["results"][1]["problem"]["detail"] == "cut"


def test_explanation_shows_every_layer_as_a_strip(tiny_checkpoint: Checkpoint, reading: Reading) -> None:
    classifier = open_classifier(tiny_checkpoint.folder, engine="onnx")
    model = prepare_model(classifier)
    answer = ExplanationAnswer.model_validate_json(carry_out(ExplanationOrder(), model, [reading]))
    assert {layer.kind for layer in answer.layers} == {"convolution", "dense"}
    for layer in answer.layers:
        strip = Image.open(BytesIO(b64decode(layer.strip.partition(",")[2])))
        assert strip.size == (layer.channels * layer.width, layer.height)
    assert np.shape(answer.filters) == (answer.layers[0].channels, 5, 5)


def test_words_are_for_people(model: LoadedModel, reading: Reading) -> None:
    words = json.loads(carry_out(WordsOrder(), model, [reading]))
    assert (words["word"], words["figure"], words["votes"]) == ("A 3.", "n3", "3")
    assert words["sure"] == "100.0% sure"
    assert words["image"].startswith("data:image/png;base64,")
    blank = json.loads(carry_out(WordsOrder(), model, [Reading(Prediction.blank(), reading.image)]))
    assert (blank["word"], blank["figure"], blank["sure"]) == ("Nothing drawn.", "any", "")


def test_picture_of_an_error_that_another_model_made_is_not_found(model: LoadedModel) -> None:
    """A checkpoint may change between the route's check and the drawing; it must not cost the round."""
    with pytest.raises(NotFoundError, match="12345"):
        carry_out(ErrorPictureOrder(12345, 1), model, [])
