"""The workflow on GitHub does what a developer can do: its steps are make targets."""

import re
from pathlib import Path

import yaml

WORKFLOW = yaml.safe_load(Path(".github/workflows/ci.yml").read_text())
PREPARATION = ("apt-get ", "npm install ", "docker compose ")


def commands() -> list[str]:
    return [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]


def test_every_step_is_a_make_target() -> None:
    rules = Path("Makefile").read_text() + Path("deploy/image.mk").read_text()
    for command in commands():
        if not command.startswith(PREPARATION):
            assert re.search(rf"^{command.removeprefix('make ')}:", rules, re.MULTILINE), command


def test_all_supported_pythons_are_tested() -> None:
    assert WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def test_it_may_change_nothing() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
