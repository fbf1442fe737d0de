"""The real app around the tiny checkpoint, and pictures to send it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app import batching, queueing, rounds
from app.main import create_app
from app.settings import Settings, load_settings
from model.checkpoint import Checkpoint


@pytest.fixture(scope="session")
def settings(tiny_checkpoint: Checkpoint) -> Settings:
    """The default settings, with the tiny checkpoint and a silent log."""
    return load_settings(checkpoint=tiny_checkpoint.folder, log_level="error", engine="onnx")


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """One running app for the tests that do not change it."""
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rounds end by their number of pictures alone, and batchers be done, however slow the machine is."""
    monkeypatch.setattr(queueing, "HANG_DEADLINES", 10_000)
    monkeypatch.setattr(batching, "CLOSE_SECONDS", 20.0)
    monkeypatch.setattr(rounds, "ROUND_READING_SECONDS", 1000.0)
