"""From digits to an answered request: trained, checkpointed, served, classified, by the real parts all along."""

import io

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image

from app.main import create_app
from app.settings import Settings
from model.checkpoint import Checkpoint
from model.classifier import open_classifier
from tests.conftest import Digits


def as_png(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def test_served_answers_are_those_of_the_evaluation(tiny_checkpoint: Checkpoint, digits: Digits) -> None:
    count = 200
    with TestClient(create_app(Settings(checkpoint=tiny_checkpoint.folder))) as client:
        answers = [
            client.post(
                "/v1/predictions?members=all", content=as_png(pixels), headers={"Content-Type": "image/png"}
            ).json()
            for pixels in digits.test.pixels[:count]
        ]
    wrong = {error.index for error in tiny_checkpoint.evaluation.errors if error.index < count}
    found = {i for i, answer in enumerate(answers) if answer["digit"] != digits.test.labels[i]}
    assert len(answers) - len(found) > 0.9 * count
    # The pipeline may not lose more than one digit against the raw arrays.
    assert len(found ^ wrong) <= 1


def test_served_probabilities_are_those_of_the_classifier(tiny_checkpoint: Checkpoint, digits: Digits) -> None:
    pixels = digits.test.pixels[0]
    image = pixels[np.newaxis, np.newaxis].astype(np.float32) / 255
    (expected,) = open_classifier(tiny_checkpoint.folder).classify(image, consult_all=True)
    with TestClient(create_app(Settings(checkpoint=tiny_checkpoint.folder))) as client:
        headers = {"Content-Type": "image/png"}
        answer = client.post("/v1/predictions?members=all", content=as_png(pixels), headers=headers).json()
    np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-6)
    assert answer["votes"] == list(expected.votes) and answer["digit"] == expected.digit
