"""What the documents tell to type is typed: in a folder with a picture, next to a running service.

What needs a container engine, a cluster, a GPU, hours or an installation is not run but looked up: make targets exist,
training commands are understood by their parser, and a container's options are those of `scripts/container.py`, under
which `make image-check` starts the image. A command that is neither run nor looked up fails the test. docs/http.md has a
test of its own, because its examples need an address.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scripts.container import CONFINEMENT
from tests.docs.documents import ROOT, Block, blocks
from tests.drawn_digits import draw_digit
from tests.serving import Service
from training.cli import build_parser

WRITTEN = "http://127.0.0.1:8000"
OWN_TEST = {"http.md", "settings.md", "security.md", "hostile.md"}
LOOKED_UP = {"make", "docker", "kubectl", "pip", "git", "cd", "python", "tenfold-train", "export", "WORKERS=4"}
RUN = {"curl", "tenfold"}


def place(block: Block) -> str:
    return f"{block.document.name}-{block.text.split()[0]}"


def chosen(*languages: str) -> list[Block]:
    return [block for block in blocks(*languages) if block.document.name not in OWN_TEST]


def commands(block: Block) -> list[str]:
    """List a block's command lines, continuations joined, without comments."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("docs") / "log") as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader's folder, with a seven in it."""
    generator = np.random.default_rng(7)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    draw_digit(7, generator=generator, side=140).point(lambda value: 255 - value).save(tmp_path / "seven.png")
    return tmp_path


def type_in(text: str, folder: Path, *, interpreter: list[str]) -> str:
    """Run what a reader would type or paste."""
    binaries = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*interpreter, text], cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert '"status"' not in done.stdout, "a problem document"
    return done.stdout


@pytest.mark.parametrize("block", chosen("sh"), ids=place)
def test_commands_work(block: Block, service: Service, folder: Path) -> None:
    for command in commands(block):
        program = shlex.split(command)[0].removeprefix(".venv/bin/")
        assert program in RUN | LOOKED_UP, f"{command}: neither run nor looked up"
        if program in RUN and "serve" not in command:
            address = f"http://127.0.0.1:{service.port}"
            assert type_in(
                command.replace(".venv/bin/", "").replace(WRITTEN, address), folder, interpreter=["bash", "-c"]
            )


@pytest.mark.parametrize("block", chosen("python"), ids=place)
def test_python_examples_work(block: Block, service: Service, folder: Path) -> None:
    text = block.text.replace(WRITTEN, f"http://127.0.0.1:{service.port}")
    assert "7" in type_in(text, folder, interpreter=[sys.executable, "-c"])


def test_training_commands_are_understood() -> None:
    told = re.findall(
        r"tenfold-train (.+)", "\n".join(command for block in blocks("sh") for command in commands(block))
    )
    assert told
    for arguments in told:
        build_parser().parse_args(shlex.split(arguments))


def test_make_targets_exist() -> None:
    rules = "".join((ROOT / name).read_text() for name in ("Makefile", "deploy/image.mk"))
    targets = set(re.findall(r"^([a-z-]+):", rules, re.MULTILINE))
    told = {
        word
        for block in blocks("sh")
        for command in commands(block)
        for word in re.findall(r"\bmake ([a-z-]+)", command)
    }
    assert told
    assert told <= targets


def test_container_is_told_to_start_as_it_is_checked() -> None:
    (told,) = [command for block in blocks("sh") for command in commands(block) if "--security-opt" in command]
    assert CONFINEMENT in told
