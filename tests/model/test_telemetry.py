"""What the project loads tells nobody: ONNX Runtime's official builds would, from the moment they are imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OPEN = "import model.classifier as c, model.manifest as k; c.open_classifier(k.SHIPPED_CHECKPOINT)"


@pytest.mark.parametrize("program", ["import model.engines", OPEN, "import training.export"])
def test_nothing_identifies_this_machine(program: str, tmp_path: Path) -> None:
    """Found by running the image with a read-only root: "Failed to persist telemetry device ID" stood in its log."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name or path.name == "deviceid"] == []
