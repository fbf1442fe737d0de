"""The Dockerfile, read by hadolint and held to what is promised; `make image-check` holds the built image to it."""

import re
import subprocess
import sys
from pathlib import Path

DOCKERFILE = Path("Dockerfile").read_text()
HADOLINT = Path(sys.executable).parent / "hadolint"


def stage(name: str) -> str:
    """Return the instructions of one stage."""
    (text,) = re.findall(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert isinstance(text, str)
    return text


def test_hadolint_finds_nothing() -> None:
    lint = subprocess.run([HADOLINT, "Dockerfile"], check=False, capture_output=True, text=True)
    assert (lint.returncode, lint.stdout) == (0, "")


def test_default_target_is_the_service() -> None:
    assert DOCKERFILE.rstrip().endswith("\nFROM service")


def test_service_takes_only_finished_layers() -> None:
    """Nothing is installed or compiled in the last stage: what it copies is all it has."""
    service = stage("service")
    assert "RUN" not in service
    assert re.findall(r"COPY --from=(\S+) \S+ (\S+)", service) == [
        ("service-packages", "/opt/tenfold"),
        ("service-code", "/srv/tenfold"),
    ]


def test_both_images_drop_root_and_get_signals() -> None:
    for name in ("service", "gpu"):
        assert "\nUSER 10001:10001\n" in stage(name)
        assert re.search(r'\nENTRYPOINT \[.*\]\nCMD \["', stage(name)), "the exec form passes signals on"


def test_runtime_does_not_report_home() -> None:
    """ONNX Runtime's official Linux builds send telemetry unless this is set before they are loaded."""
    assert all("ORT_DISABLE_TELEMETRY=1" in stage(name) for name in ("service", "gpu"))


def test_build_context_is_an_allow_list() -> None:
    lines = [line for line in Path(".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert not [path for path in allowed if path.startswith((".", "tests", "runs"))]
    assert [path for path in allowed if "*" not in path and not Path(path).exists()] == []
