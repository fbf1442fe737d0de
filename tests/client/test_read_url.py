"""`tenfold read --url`: the command line asks a service through the client."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from tests.drawn_digits import draw_digit
from tests.serving import Service


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Service(tmp_path_factory.mktemp("read") / "log", api_keys="open-sesame") as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "one.png"
    draw_digit(1, generator=np.random.default_rng(1), side=112).save(path)
    return path


def test_service_reads_as_the_command_itself_does(
    url: str, picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENFOLD_API_KEY", "open-sesame")
    assert main(["read", "--url", url, "--json", str(picture)]) == 0
    remote = json.loads(capsys.readouterr().out)
    assert main(["read", "--json", str(picture)]) == 0
    here = json.loads(capsys.readouterr().out)
    assert remote["probabilities"] == pytest.approx(here["probabilities"], abs=1e-6)
    assert (remote["file"], remote["digit"], remote["verdict"]) == (str(picture), here["digit"], here["verdict"])


def test_what_cannot_be_read_fails_alone(
    url: str, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENFOLD_API_KEY", "open-sesame")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"GIF89a")
    missing = tmp_path / "missing.png"
    assert main(["read", "--url", url, str(broken), str(missing), str(picture)]) == 1
    output = capsys.readouterr()
    assert output.out.startswith(f"{picture}: ")
    assert f"tenfold: {broken}: " in output.err
    assert f"tenfold: {missing}: No such file" in output.err


def test_a_refusal_is_one_line(url: str, picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "--url", url, str(picture)]) == 1
    assert capsys.readouterr().err.startswith(f"tenfold: {url}: 401 ")
