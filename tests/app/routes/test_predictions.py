import json
from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.schemas import BatchAnswer, ExplanationAnswer, PredictionAnswer
from app.settings import Settings
from model.classifier import open_classifier
from model.pictures import read_picture
from tests.app.samples import digit_png, encode, png
from tests.conftest import Digits


@pytest.fixture(scope="module")
def pictures(digits: Digits) -> list[bytes]:
    return [digit_png(pixels) for pixels in digits.test.pixels[:40]]


def send(client: TestClient, content: bytes, kind: str = "image/png", query: str = "") -> Any:
    return client.post(f"/v1/predictions{query}", content=content, headers={"Content-Type": kind})


def problem(response: Any, status: int, slug: str) -> dict[str, Any]:
    document: dict[str, Any] = response.json()
    assert (response.status_code, document["type"]) == (status, f"/problems/{slug}")
    assert response.headers["content-type"] == "application/problem+json"
    assert document["request_id"] == response.headers["x-request-id"]
    return document


def test_prediction_is_what_its_schema_says(client: TestClient, pictures: list[bytes]) -> None:
    response = send(client, pictures[0])
    assert response.status_code == 200
    answer = PredictionAnswer.model_validate_json(response.content, strict=True)
    assert answer.digit == int(np.argmax(answer.probabilities))
    assert response.headers["server-timing"].startswith("queue;dur=")
    assert response.headers["cache-control"] == "no-store"


def test_answers_are_the_classifiers_own(client: TestClient, settings: Settings, pictures: list[bytes]) -> None:
    classifier = open_classifier(settings.checkpoint, engine="onnx")
    expected = classifier.classify_prepared([read_picture(picture) for picture in pictures])
    for picture, prediction in zip(pictures, expected, strict=True):
        answer = send(client, picture).json()
        assert (answer["digit"], tuple(answer["votes"])) == (prediction.digit, prediction.votes)
        assert np.allclose(answer["probabilities"], prediction.probabilities, atol=1e-6)


@pytest.mark.parametrize("query", ["", "?members=all"])
def test_batch_and_single_answers_are_equal_and_in_order(client: TestClient, pictures: list[bytes], query: str) -> None:
    files = [("pictures", (f"{i}.png", picture)) for i, picture in enumerate(pictures)]
    response = client.post(f"/v1/predictions/batch{query}", files=files)
    assert response.status_code == 200
    for picture, result in zip(pictures, response.json()["results"], strict=True):
        single = send(client, picture, query=query).json()
        assert np.allclose(single.pop("probabilities"), result.pop("probabilities"), atol=1e-6)
        assert single.pop("probability") == pytest.approx(result.pop("probability"), abs=1e-6)
        assert single == result


def test_every_way_of_sending_gives_the_same_answer(client: TestClient, pictures: list[bytes]) -> None:
    picture = pictures[1]
    text = b64encode(picture).decode()
    answers = [
        send(client, picture),
        send(client, picture, "text/html"),
        client.post("/v1/predictions", files={"picture": ("x", picture, "image/svg+xml")}),
        client.post("/v1/predictions", json={"picture": text}),
        client.post("/v1/predictions", json={"picture": f"data:image/png;base64,{text}"}),
    ]
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_format_is_read(client: TestClient, kind: str) -> None:
    picture = Image.new("RGB", (80, 80), "white")
    picture.paste("navy", (36, 10, 44, 70))
    assert send(client, encode(picture, kind)).json()["verdict"] != "blank"


def test_large_base64_is_read_off_the_event_loop(client: TestClient) -> None:
    picture = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)))
    response = client.post("/v1/predictions", json={"picture": b64encode(picture).decode()})
    assert len(picture) > 70_000
    assert response.status_code == 200


def test_all_members_are_asked_when_told(client: TestClient, pictures: list[bytes]) -> None:
    answer = send(client, pictures[0], query="?members=all").json()
    assert (answer["members_consulted"], len(answer["votes"])) == (3, 3)


def test_image_is_included_when_told(client: TestClient, pictures: list[bytes]) -> None:
    assert "image" not in send(client, pictures[0]).json()
    assert send(client, pictures[0], query="?include=image").json()["image"].startswith("data:image/png;base64,")


def test_blank_picture_has_a_verdict_of_its_own(client: TestClient) -> None:
    answer = send(client, png(line=0)).json()
    assert (answer["digit"], answer["verdict"], answer["members_consulted"]) == (None, "blank", 0)


@pytest.mark.parametrize("query", ["?include=picture", "?members=some", "?member=all", "?include=", "?a=1&b=2&c=3"])
def test_unknown_parameters_are_named(client: TestClient, query: str) -> None:
    assert (
        "allowed are include=image" in problem(send(client, png(), query=query), 400, "parameter-not-allowed")["detail"]
    )


@pytest.mark.parametrize(
    ("content", "kind", "status", "slug"),
    [
        (b"", "image/png", 400, "malformed-request"),
        (b"{", "application/json", 400, "malformed-request"),
        (b"{}", "application/json", 422, "picture-missing"),
        (b"x", "multipart/form-data", 400, "malformed-request"),
        (b"x", "multipart/form-data; boundary=b", 400, "malformed-request"),
        (b"a=1&" * 1000, "application/x-www-form-urlencoded", 415, "picture-format-not-allowed"),
        (b"<svg/>", "image/png", 415, "picture-format-not-allowed"),
        (png()[:60], "image/png", 422, "picture-damaged"),
        (png(width=4001, height=4000), "image/png", 422, "picture-too-large"),
    ],
)
def test_every_problem_of_a_body_is_as_documented(
    client: TestClient, content: bytes, kind: str, status: int, slug: str
) -> None:
    problem(send(client, content, kind), status, slug)


def test_wrong_field_is_named(client: TestClient) -> None:
    response = client.post("/v1/predictions", files={"file": ("x.png", png())})
    assert "No part is named 'picture'; found: 'file'" in problem(response, 422, "picture-missing")["detail"]


def test_compressed_body_is_refused(client: TestClient) -> None:
    response = client.post("/v1/predictions", content=png(), headers={"Content-Encoding": "gzip"})
    problem(response, 415, "encoding-not-read")


def test_body_limit_holds_on_both_sides(client: TestClient, settings: Settings) -> None:
    limit = settings.max_body_bytes
    problem(send(client, b"x" * limit), 415, "picture-format-not-allowed")
    too_large = send(client, b"x" * (limit + 1))
    problem(too_large, 413, "body-too-large")
    assert too_large.headers["connection"] == "close"


def test_one_bad_picture_of_a_batch_fails_alone(client: TestClient, pictures: list[bytes]) -> None:
    files = [("pictures", ("x", content)) for content in (pictures[0], b"GIF89a", png(line=0))]
    response = client.post("/v1/predictions/batch", files=files)
    answer = BatchAnswer.model_validate_json(response.content)
    first, second, third = response.json()["results"]
    assert len(answer.results) == 3
    assert (first["verdict"], third["verdict"]) == (send(client, pictures[0]).json()["verdict"], "blank")
    assert second["problem"]["status"] == 415
    assert second["problem"]["request_id"] == response.headers["x-request-id"]


def test_batch_limit_holds_on_both_sides(client: TestClient, settings: Settings) -> None:
    def batch(count: int) -> Any:
        return client.post(
            "/v1/predictions/batch", files=[("pictures", ("x", png(width=28, height=28, line=0)))] * count
        )

    assert len(batch(settings.max_batch).json()["results"]) == settings.max_batch
    problem(batch(settings.max_batch + 1), 413, "batch-too-large")


def test_batch_is_multipart(client: TestClient) -> None:
    response = client.post("/v1/predictions/batch", json={"pictures": []})
    assert "application/json" in problem(response, 415, "encoding-not-read")["detail"]
    problem(client.post("/v1/predictions/batch", files={"picture": ("x", png())}), 422, "picture-missing")


def test_explanation_is_what_its_schema_says(client: TestClient, pictures: list[bytes]) -> None:
    response = client.post("/v1/explanations", content=pictures[0])
    answer = ExplanationAnswer.model_validate_json(response.content)
    assert answer.prediction.members_consulted == 3
    problem(client.post("/v1/explanations?include=image", content=pictures[0]), 400, "parameter-not-allowed")
    problem(client.post("/v1/explanations", content=b"x"), 415, "picture-format-not-allowed")


def test_json_is_valid_for_every_verdict(client: TestClient, digits: Digits) -> None:
    noise = digits.test.pixels[:5].transpose(1, 0, 2).reshape(28, -1)
    assert json.loads(send(client, digit_png(noise), query="?members=all").content)["members_consulted"] in (0, 3)
