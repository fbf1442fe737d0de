from io import BytesIO
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.main import create_app
from app.schemas import GalleryAnswer, GalleryEntry
from app.settings import Settings
from tests.app.samples import digit_png
from tests.conftest import Digits


@pytest.fixture
def listing(client: TestClient) -> GalleryAnswer:
    return GalleryAnswer.model_validate_json(client.get("/v1/gallery?limit=1000").content)


def status_and_slug(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def test_gallery_tells_what_the_running_model_answers(
    client: TestClient, listing: GalleryAnswer, digits: Digits
) -> None:
    """Every error is wrong in the same way when its picture is posted, and there are no others."""
    wrong = {item.index: item for item in listing.items}
    for index, (pixels, label) in enumerate(zip(digits.test.pixels[:150], digits.test.labels, strict=False)):
        answer = client.post("/v1/predictions?members=all", content=digit_png(pixels)).json()
        assert (answer["digit"] != label) == (index in wrong)
        if index in wrong:
            assert (wrong[index].label, wrong[index].predicted) == (label, answer["digit"])
            assert wrong[index].votes == answer["votes"]
            assert np.allclose(wrong[index].probabilities, answer["probabilities"], atol=1e-5)


def test_counts_are_the_evaluations(listing: GalleryAnswer, client: TestClient) -> None:
    evaluation = client.get("/v1/model").json()["evaluation"]
    assert listing.test_size == evaluation["size"]
    assert listing.errors == listing.total == len(listing.items) == evaluation["errors"]
    assert listing.errors == evaluation["size"] - evaluation["ensemble"]["correct"]


def test_filters_sort_and_pages_work_together(client: TestClient, listing: GalleryAnswer) -> None:
    label = listing.items[0].label
    expected = sorted(
        (item for item in listing.items if item.label == label), key=lambda item: item.probability, reverse=True
    )
    query = f"/v1/gallery?label={label}&sort=confidence&order=descending"
    page = client.get(f"{query}&offset=1&limit=2").json()
    assert [item["index"] for item in page["items"]] == [item.index for item in expected][1:3]
    assert (page["total"], page["errors"]) == (len(expected), listing.errors)


@pytest.mark.parametrize(
    "query", ["label=10", "predicted=-1", "sort=size", "order=asc", "offset=-1", "limit=0", "limit=1001", "colour=red"]
)
def test_parameters_outside_their_bounds_are_named(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/gallery?{query}")
    assert status_and_slug(response) == (400, "parameter-not-allowed")
    assert query.split("=", maxsplit=1)[0] in response.json()["detail"]


def test_one_error_is_as_in_the_list(client: TestClient, listing: GalleryAnswer) -> None:
    item = listing.items[0]
    assert GalleryEntry.model_validate_json(client.get(f"/v1/gallery/{item.index}").content) == item


@pytest.mark.parametrize("index", ["9999", "10000", "-1", "x"])
def test_what_is_no_error_is_not_found_or_not_allowed(client: TestClient, index: str) -> None:
    assert client.get(f"/v1/gallery/{index}").status_code in (400, 404)
    assert client.get(f"/v1/gallery/{index}/picture.png").status_code in (400, 404)


@pytest.mark.parametrize("scale", [1, 16])
def test_picture_is_mnists_own_at_every_scale(
    client: TestClient, listing: GalleryAnswer, digits: Digits, scale: int
) -> None:
    item = listing.items[0]
    response = client.get(f"/v1/gallery/{item.index}/picture.png?scale={scale}")
    if not digits.are_mnist:
        assert "tenfold-train data" in response.json()["detail"]
        return
    picture = np.asarray(Image.open(BytesIO(response.content)))
    assert picture.shape == (28 * scale, 28 * scale)
    assert np.array_equal(picture[::scale, ::scale], digits.test.pixels[item.index])


@pytest.mark.parametrize("scale", [0, 17, "big"])
def test_scale_outside_its_bounds_is_named(client: TestClient, listing: GalleryAnswer, scale: object) -> None:
    response = client.get(f"/v1/gallery/{listing.items[0].index}/picture.png?scale={scale}")
    assert status_and_slug(response) == (400, "parameter-not-allowed")


def test_sheet_shows_every_error(client: TestClient, listing: GalleryAnswer, digits: Digits) -> None:
    response = client.get("/v1/gallery/sheet.png")
    if not digits.are_mnist:
        assert status_and_slug(response) == (404, "not-found")
        return
    rows = -(-len(listing.items) // 8)
    width, height = Image.open(BytesIO(response.content)).size
    assert height * 8 == width * rows


@pytest.mark.usefixtures("mnist_nowhere")
def test_without_mnist_all_but_the_pictures_is_there(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        answer = GalleryAnswer.model_validate_json(client.get("/v1/gallery").content)
        item = answer.items[0]
        assert item.picture is None
        assert answer.pictures_remedy is not None
        assert "tenfold-train data" in answer.pictures_remedy
        for path in (f"/v1/gallery/{item.index}/picture.png", "/v1/gallery/sheet.png"):
            response = client.get(path)
            assert status_and_slug(response) == (404, "not-found")
            assert "tenfold-train data" in response.json()["detail"]
