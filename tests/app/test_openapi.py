from typing import Any

import pytest
from fastapi.testclient import TestClient

ROUTES = {
    ("post", "/v1/predictions"),
    ("post", "/v1/predictions/batch"),
    ("post", "/v1/explanations"),
    ("get", "/v1/gallery"),
    ("get", "/v1/gallery/sheet.png"),
    ("get", "/v1/gallery/{index}"),
    ("get", "/v1/gallery/{index}/picture.png"),
    ("get", "/v1/model"),
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/problems/{slug}"),
}


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_of_the_api_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    assert operations(document).keys() == ROUTES


def test_every_operation_describes_its_problems_with_examples(document: dict[str, Any]) -> None:
    for (method, path), operation in operations(document).items():
        assert {"200", "400", "500", "503"} <= operation["responses"].keys(), (method, path)
        for status, response in operation["responses"].items():
            if status != "200":
                examples = response["content"]["application/problem+json"]["examples"]
                assert all(str(example["value"]["status"]) == status for example in examples.values())


def test_pictures_may_be_sent_in_every_documented_way(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/predictions"]["post"]
    assert operation["requestBody"]["content"].keys() == {
        "image/png", "image/jpeg", "image/webp", "multipart/form-data", "application/json",
    }  # fmt: skip
    assert {parameter["name"] for parameter in operation["parameters"]} == {"include", "members"}
    assert {"413", "415", "422"} <= operation["responses"].keys()


def test_example_picture_can_be_tried(client: TestClient, document: dict[str, Any]) -> None:
    """It was the first bytes of a PNG, refused as damaged."""
    content = document["paths"]["/v1/predictions"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = content["schema"]["properties"]["picture"]["examples"]
    assert client.post("/v1/predictions", json={"picture": example}).status_code == 200


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for item in node for found in references(item)] if isinstance(node, list) else []

    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert names <= document["components"]["schemas"].keys()
