import json
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.loading import ModelSource, load_model
from app.main import create_app
from app.settings import Settings
from model.checkpoint import MANIFEST
from model.errors import CheckpointError
from tests.app.samples import png


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a checkpoint that the test may damage."""
    shutil.copytree(settings.checkpoint, tmp_path / "checkpoint")
    return settings.model_copy(update={"checkpoint": tmp_path / "checkpoint"})


def rename(settings: Settings, version: str) -> None:
    manifest = settings.checkpoint / MANIFEST
    before = manifest.read_text()
    after = before.replace('"version": "', f'"version": "{version}-', 1)
    assert after != before
    manifest.write_text(after)


def source(settings: Settings) -> ModelSource:
    return ModelSource(settings.checkpoint, settings.engine)


def test_model_is_described_by_its_checkpoint(own_settings: Settings) -> None:
    rename(own_settings, "next")
    model = load_model(source(own_settings))
    described = model.describe()
    assert described.version.startswith("next-")
    assert json.loads(model.reference) == {"name": described.name, "version": described.version}
    assert json.loads(described.card)["version"] == described.version
    assert len(described.gallery) == len(model.classifier.checkpoint.evaluation.errors)


def test_damaged_checkpoint_is_refused_by_the_name_of_its_file(own_settings: Settings) -> None:
    (own_settings.checkpoint / "first.onnx").write_bytes(b"cut")
    with pytest.raises(CheckpointError, match=r"first\.onnx"):
        load_model(source(own_settings))


def test_new_checkpoint_takes_over_and_a_bad_one_does_not(own_settings: Settings) -> None:
    app = create_app(own_settings)
    with TestClient(app) as client:
        assert client.portal is not None
        rename(own_settings, "next")
        assert client.portal.call(app.state.service.reload)
        assert client.get("/readyz").json()["model"]["version"].startswith("next-")
        assert client.post("/v1/predictions", content=png()).json()["model"]["version"].startswith("next-")
        (own_settings.checkpoint / "first.onnx").write_bytes(b"cut")
        assert not client.portal.call(app.state.service.reload)
        assert client.post("/v1/predictions", content=png()).json()["model"]["version"].startswith("next-")
        metrics = client.get("/metrics").text
        assert 'tenfold_reloads_total{outcome="accepted"} 2.0' in metrics
        assert 'tenfold_reloads_total{outcome="refused"} 1.0' in metrics


def test_service_that_started_without_a_model_recovers(own_settings: Settings) -> None:
    aside = own_settings.checkpoint.with_name("aside")
    own_settings.checkpoint.rename(aside)
    app = create_app(own_settings)
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 503
        aside.rename(own_settings.checkpoint)
        assert client.portal is not None
        assert client.portal.call(app.state.service.reload)
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/predictions", content=png()).status_code == 200
