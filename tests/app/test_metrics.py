import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import Histogram

from app.metrics import SECONDS, Metrics
from app.notes import RequestNote, RoundNote
from app.shared_metrics import VARIABLE, shared_metrics

WORKER = """
from app.metrics import Metrics
from app.notes import RequestNote
metrics = Metrics()
metrics.count_requests([RequestNote(0.0, "GET", "/x", "/x", 200, 0.1, "r1", "")])
metrics.queue_pictures.set(2)
metrics.note_model("tenfold", "1")
metrics.note_model("tenfold", "2")
print(metrics.render().decode())
"""


def request(*, route: str = "/x", status: int = 200, seconds: float = 0.1) -> RequestNote:
    return RequestNote(0.0, "GET", "/1", route, status, seconds, "r1", "")


def test_many_requests_are_counted_as_one_by_one() -> None:
    notes = [
        request(seconds=seconds, status=status) for seconds in (0.00005, 0.0001, 0.3, 99.0) for status in (200, 503)
    ]
    together, plain = Metrics(), Histogram("plain", "", buckets=SECONDS)
    together.count_requests(notes)
    for note in notes:
        plain.observe(note.seconds)
    samples = [sample for family in together.request_seconds.collect() for sample in family.samples]
    counts = [sample.value for sample in samples if sample.name.endswith("_bucket")]
    assert counts == [s.value for family in plain.collect() for s in family.samples if s.name.endswith("_bucket")]
    assert together.registry.get_sample_value("tenfold_request_seconds_sum", {"route": "/x"}) == pytest.approx(198.6003)
    labels = {"route": "/x", "method": "GET", "status": "503"}
    assert together.registry.get_sample_value("tenfold_requests_total", labels) == 4


def test_rounds_are_counted() -> None:
    metrics = Metrics()
    metrics.count_rounds(
        [
            RoundNote([0.1, 0.2], ["digit", "blank"], [], 0.01, 0.02),
            RoundNote([], ["digit"], [], 0.0, 0.02),  # of what was in doubt: nothing to decode
            RoundNote([0.1], [], [], 0.01, 0.0),  # of pictures that all networks are to be asked about
            RoundNote([], [], ["gone"], 0.0, 0.0),
        ]
    )
    value = metrics.registry.get_sample_value
    counts = {
        name: value(f"tenfold_{name}_count")
        for name in ("queue_seconds", "decode_seconds", "batch_pictures", "inference_seconds")
    }
    assert counts == {"queue_seconds": 3, "decode_seconds": 2, "batch_pictures": 2, "inference_seconds": 2}
    assert value("tenfold_batch_pictures_sum") == 3
    assert value("tenfold_verdicts_total", {"verdict": "blank"}) == 1
    assert value("tenfold_abandoned_total", {"reason": "gone"}) == 1


def test_apps_do_not_share_counts() -> None:
    first, second = Metrics(), Metrics()
    first.count_requests([request()])
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
