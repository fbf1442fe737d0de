"""`docs/http.md`: its examples run against the real service, its table is that of the code."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.problem_types import PROBLEMS
from app.schemas import PredictionAnswer
from model.checkpoint import Checkpoint
from tests.app.samples import png
from tests.serving import Service

TEXT = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [code for found, code in BLOCKS if found == language]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Checkpoint) -> Iterator[str]:
    with Service(tmp_path_factory.mktemp("service") / "log", checkpoint=tiny_checkpoint.folder) as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seven.png").write_bytes(png())
    return tmp_path


def run(command: list[str], *, folder: Path, address: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "TENFOLD": address}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", blocks("sh"))
def test_each_command_is_answered(code: str, folder: Path, address: str) -> None:
    assert run(["bash", "-euo", "pipefail", "-c", code], folder=folder, address=address)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_prints_the_answer(code: str, folder: Path, address: str) -> None:
    printed = run([sys.executable, "-c", f"TENFOLD = {address!r}\n{code}"], folder=folder, address=address)
    assert re.fullmatch(r"\d \w+ [\d.e-]+\n", printed)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not there to run the JavaScript example")
@pytest.mark.parametrize("code", blocks("js"))
def test_javascript_prints_the_answer(code: str, folder: Path, address: str) -> None:
    (folder / "example.mjs").write_text(f"const TENFOLD = {json.dumps(address)};\n{code}")
    assert re.fullmatch(r"\d \w+ [\d.e-]+\n", run(["node", "example.mjs"], folder=folder, address=address))


def test_every_problem_type_is_listed_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(/problems/[a-z-]+)` \| (.+) \|$", TEXT, re.MULTILINE)
    assert rows == [
        (str(row.status), row.uri, row.meaning) for row in sorted(PROBLEMS.values(), key=lambda row: row.status)
    ]


def test_every_member_of_a_prediction_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert explained == list(PredictionAnswer.model_fields)
