import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.errors import NotReadyError
from app.loading import ModelSlot
from app.main import create_app
from app.metrics import Metrics
from app.settings import Settings
from model.checkpoint import MANIFEST
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


def outcomes(metrics: Metrics) -> tuple[float, float]:
    def count(outcome: str) -> float:
        return metrics.registry.get_sample_value("tenfold_reloads_total", {"outcome": outcome}) or 0.0

    return count("accepted"), count("refused")


def test_nothing_answers_before_the_first_load(own_settings: Settings) -> None:
    with pytest.raises(NotReadyError, match="still being loaded"):
        ModelSlot(own_settings, metrics=Metrics()).current()


def test_new_checkpoint_takes_over(own_settings: Settings) -> None:
    metrics = Metrics()
    slot = ModelSlot(own_settings, metrics=metrics)
    assert slot.load()
    first = slot.current()
    rename(own_settings, "next")
    assert slot.load()
    assert slot.current() is not first
    assert slot.current().classifier.checkpoint.manifest.version.startswith("next-")
    assert outcomes(metrics) == (2, 0)


def test_bad_checkpoint_is_refused_and_the_old_one_goes_on(own_settings: Settings) -> None:
    metrics = Metrics()
    slot = ModelSlot(own_settings, metrics=metrics)
    slot.load()
    first = slot.current()
    (own_settings.checkpoint / "first.onnx").write_bytes(b"cut")
    assert not slot.load()
    assert slot.current() is first
    assert slot.failure is not None
    assert "first.onnx" in slot.failure
    assert outcomes(metrics) == (1, 1)


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
