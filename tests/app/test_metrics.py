import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.metrics import Metrics
from app.shared_metrics import VARIABLE, shared_metrics

WORKER = """
from app.metrics import Metrics
metrics = Metrics()
metrics.note_request("/x", "GET", status=200, seconds=0.1)
metrics.queue_pictures.set(2)
metrics.note_model("tenfold", "1")
metrics.note_model("tenfold", "2")
print(metrics.render().decode())
"""


def test_apps_do_not_share_counts() -> None:
    first, second = Metrics(), Metrics()
    first.note_request("/x", "GET", status=200, seconds=0.1)
    assert b'tenfold_requests_total{method="GET",route="/x",status="200"} 1.0' in first.render()
    assert b"/x" not in second.render()


def test_model_that_answered_before_is_told_apart() -> None:
    metrics = Metrics()
    metrics.note_model("tenfold", "1")
    metrics.note_model("tenfold", "2")
    assert b'tenfold_model_loaded{name="tenfold",version="1"} 0.0' in metrics.render()
    assert b'tenfold_model_loaded{name="tenfold",version="2"} 1.0' in metrics.render()


def test_any_worker_tells_the_counts_of_all(tmp_path: Path) -> None:
    """In processes of their own: prometheus-client decides when it is imported."""
    environment = {**os.environ, VARIABLE: str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", WORKER], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [run.stderr for run in runs] == ["", ""]
    texts = [run.stdout for run in runs]
    assert 'tenfold_requests_total{method="GET",route="/x",status="200"} 2.0' in texts[1]
    assert "process_resident_memory_bytes" in texts[1]


def test_several_workers_get_a_folder_that_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with shared_metrics(workers=1):
        assert VARIABLE not in os.environ
    with shared_metrics(workers=2):
        folder = Path(os.environ[VARIABLE])
        assert folder.is_dir()
        with shared_metrics(workers=2):
            assert os.environ[VARIABLE] == str(folder)
    assert not folder.exists()
    assert VARIABLE not in os.environ
