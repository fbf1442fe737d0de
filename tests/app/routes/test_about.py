import re

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.problem_types import PROBLEMS
from app.schemas import ModelCard
from app.settings import load_settings
from model.checkpoint import Checkpoint
from tests.app.samples import png


def test_model_card_is_the_checkpoints(client: TestClient, tiny_checkpoint: Checkpoint) -> None:
    card = ModelCard.model_validate_json(client.get("/v1/model").content)
    manifest, evaluation = tiny_checkpoint.manifest, tiny_checkpoint.evaluation
    assert (card.name, card.version, len(card.members)) == (manifest.name, manifest.version, len(manifest.members))
    assert card.parameters == manifest.parameters
    assert card.evaluation.ensemble.correct == evaluation.ensemble.correct
    assert card.evaluation.errors == len(evaluation.errors)
    assert np_shape(card.evaluation.confusion) == (10, 10)


def np_shape(rows: list[list[int]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def test_health_is_good(client: TestClient, tiny_checkpoint: Checkpoint) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json()["model"]["name"] == tiny_checkpoint.manifest.name


def test_model_that_fails_to_load_leaves_the_process_alive_and_says_why() -> None:
    with TestClient(create_app(load_settings(checkpoint="/nowhere", log_level="error"))) as client:
        assert client.get("/livez").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "5")
        assert "/nowhere" in ready.json()["detail"]
        for response in (
            client.post("/v1/predictions", content=png()),
            client.get("/v1/model"),
            client.get("/v1/gallery"),
        ):
            assert (response.status_code, response.json()["type"]) == (503, "/problems/not-ready")
            assert "/nowhere" not in response.text


def test_metrics_count_what_happened(client: TestClient) -> None:
    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = {
        'tenfold_requests_total{method="POST",route="/v1/predictions",status="200"}': 1,
        'tenfold_requests_total{method="POST",route="/v1/predictions",status="415"}': 1,
        'tenfold_refusals_total{problem="picture-format-not-allowed"}': 1,
        'tenfold_verdicts_total{verdict="blank"}': 1,
        "tenfold_batch_pictures_count": 1,
        "tenfold_inference_seconds_count": 1,
    }
    before = {name: value(name) for name in names}
    client.post("/v1/predictions", content=png(line=0))
    client.post("/v1/predictions", content=b"x")
    assert {name: value(name) - before[name] for name in names} == names
    assert value("process_resident_memory_bytes") > 1e6
    assert value("tenfold_inference_resident_bytes") > 1e6
    assert value("tenfold_queue_pictures") == 0


@pytest.mark.parametrize("row", PROBLEMS.values(), ids=lambda row: row.slug)
def test_every_problem_type_leads_to_its_explanation(client: TestClient, row: object) -> None:
    explained = client.get(row.uri).json()  # type: ignore[attr-defined]  # parametrize erases the type
    assert explained["meaning"] == row.meaning  # type: ignore[attr-defined]


def test_unknown_problem_type_is_not_found(client: TestClient) -> None:
    assert client.get("/problems/none").status_code == 404
