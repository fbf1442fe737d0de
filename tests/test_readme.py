"""The README: its commands run, its answer is the service's, its numbers are the shipped checkpoint's."""

import json
import os
import re
import shlex
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from model.checkpoint import load_checkpoint
from model.manifest import SHIPPED_CHECKPOINT
from tests.serving import Service, free_port, wait_until
from training.cli import build_parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[str]:
    return [line.partition("  #")[0].strip() for block in blocks("sh") for line in block.splitlines() if line]


def test_every_command_is_known_to_these_tests() -> None:
    assert [shlex.split(command)[0] for command in commands()] == [
        "make", "make", "curl", ".venv/bin/tenfold-train", ".venv/bin/tenfold-train",
    ]  # fmt: skip


def test_make_serve_answers(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(
            ["make", "serve", f"PORT={port}"], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )

    def is_ready() -> bool:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).status == 200)
        except OSError:
            return False

    try:
        wait_until(is_ready, seconds=100)
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        serving.wait(30)


def test_make_test_runs_pytest() -> None:
    shown = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m pytest" in shown


def test_request_is_answered_as_shown(tmp_path: Path) -> None:
    (request,) = (command for command in commands() if command.startswith("curl"))
    with Service(tmp_path / "log") as service:
        typed = request.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{service.port}")
        done = subprocess.run(["bash", "-c", typed], cwd=ROOT, capture_output=True, text=True, check=True)
    answer, (shown,) = json.loads(done.stdout), [json.loads(block) for block in blocks("json")]
    assert answer.keys() == shown.keys()
    exact = ("digit", "verdict", "reason", "votes", "agreement", "members_consulted", "model")
    assert {key: answer[key] for key in exact} == {key: shown[key] for key in exact}
    assert answer["probability"] == pytest.approx(shown["probability"], abs=1e-4)


@pytest.mark.parametrize("command", [c for c in commands() if "tenfold-train" in c])
def test_training_command_is_understood(command: str) -> None:
    build_parser().parse_args(shlex.split(command)[1:])


def test_accuracy_is_the_shipped_checkpoints() -> None:
    evaluation = load_checkpoint(SHIPPED_CHECKPOINT).evaluation
    low, high = evaluation.ensemble.interval
    assert f"**{evaluation.ensemble.correct:,} of {evaluation.size:,}**" in README
    assert f"{evaluation.ensemble.accuracy:.2%}, 95 % interval {low:.2%} to {high:.2%}" in README
    assert f"{evaluation.cascade.answered_by_one:.1%} of the test digits" in README
    assert f"{evaluation.calibration.expected_calibration_error:.2%}" in README


def test_pictures_and_links_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
