import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import server
from app.cli import build_parser, main
from app.settings import Settings
from model.checkpoint import Checkpoint
from tests.app.samples import png


@pytest.fixture(autouse=True)
def checkpoint(tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_CHECKPOINT", str(tiny_checkpoint.folder))
    monkeypatch.setenv("TENFOLD_ENGINE", "onnx")


def test_read_prints_a_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, blank = tmp_path / "one.png", tmp_path / "blank.png"
    one.write_bytes(png())
    blank.write_bytes(png(line=0))
    assert main(["read", str(one), str(blank)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{re.escape(str(one))}: \d +\d+\.\d%  (digit|unsure|not_a_digit)\. .+", first)
    assert "blank. There is no ink" in second


def test_read_as_json_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(png())))
    assert main(["read", "--json", "--members", "all", "-"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["file"], answer["members_consulted"], len(answer["probabilities"])) == ("-", 3, 10)


def test_bad_files_are_named_and_the_others_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(png())
    bad.write_bytes(b"GIF89a")
    assert main(["read", str(bad), str(tmp_path / "none.png"), str(good)]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    first, second = captured.err.splitlines()
    assert first.startswith(f"tenfold: {bad}: ")
    assert second.endswith("none.png: No such file or directory")


def test_info_tells_name_accuracy_and_interval(capsys: pytest.CaptureFixture[str], tiny_checkpoint: Checkpoint) -> None:
    assert main(["info"]) == 0
    told = capsys.readouterr().out
    assert tiny_checkpoint.manifest.name in told
    assert re.search(r"accuracy +\d+\.\d\d% \(\d+ errors in [\d,]+, 95 % interval", told)
    assert main(["info", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == tiny_checkpoint.manifest.name


def test_unusable_checkpoint_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--checkpoint", "/nowhere"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("tenfold: /nowhere")
    assert error.count("\n") == 1


@pytest.mark.parametrize("wrong", [[], ["read"], ["fly"], ["serve", "--port", "x"], ["info", "--engine", "steam"]])
def test_wrong_usage_exits_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert "usage: tenfold" in capsys.readouterr().err


def test_impossible_setting_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "99999"]) == 1
    assert "TENFOLD_PORT is 99999" in capsys.readouterr().err


def test_serve_takes_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Settings] = []
    monkeypatch.setattr(server, "serve", served.append)
    assert main(["serve", "--host", "::1", "--port", "0", "--workers", "2"]) == 0
    assert (served[0].host, served[0].port, served[0].workers) == ("::1", 0, 2)


def test_interrupt_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Settings) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", interrupt)
    assert main(["serve"]) == 130


def test_help_loads_neither_networks_nor_server() -> None:
    code = "import sys; from app.cli import build_parser; build_parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"onnxruntime", "fastapi", "uvicorn", "torch"} & set(loaded)


def test_version_is_the_packages() -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--version"])
