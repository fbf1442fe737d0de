"""The training benchmark, in small: that it ends, adds up and says what it measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks import training
from benchmarks.training_example import EXAMPLE, build_example
from benchmarks.training_page import SpeedResult, load_result, write_page
from benchmarks.training_timing import Timing
from benchmarks.training_vote import VoteTiming, time_vote
from model.network_configs import CompactConfig
from tests.conftest import Digits
from training.origin import Origin
from training.presets import RECIPES

_DOCS = Path(__file__).parents[2] / "docs"
_ORIGIN = Origin("python -m benchmarks.training", "abc", "a machine, 2 cores", "cpu", {"python": "3.11"}, "2026-01-31")


def test_benchmark_keeps_what_it_measured_and_makes_the_page_of_it(
    digits: Digits, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    splits = {"training": digits.training, "validation": digits.validation}
    monkeypatch.setattr(training, "load_split", lambda name: splits[name])
    options = "--recipe quick --device cpu --threads 1 --epochs 1 --example-epochs 1 --limit 130 --steps 1"
    assert training.main([*options.split(), "--out", str(tmp_path)]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [timing["name"] for timing in result["timings"]] == ["quick", EXAMPLE]
    assert set(result["shares"]["quick"]) == {"supply", "expansion", "forward", "backward", "optimiser", "average"}
    assert sum(result["shares"]["quick"].values()) == pytest.approx(1)
    assert result["origin"]["command"].endswith("--epochs 1 --example-epochs 1 --threads 1 --limit 130")
    page = (tmp_path / "training-speed.md").read_text()
    assert page == write_page(load_result(tmp_path))
    (tmp_path / "training-speed.md").unlink()
    assert training.main(["--render", str(tmp_path)]) == 0
    assert (tmp_path / "training-speed.md").read_text() == page


def test_vote_is_of_every_member_of_the_recipe(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.training_vote.default_processes", lambda _: 1)
    quick = replace(RECIPES["quick"], members=2, networks=(CompactConfig((2, 2, 2)),))
    splits = (digits.training.first(130), digits.validation.first(50))
    vote = time_vote(quick, epochs=1, splits=splits, device=torch.device("cpu"))
    assert (vote.name, vote.members, vote.epochs, len(vote.member_accuracies)) == ("quick", 2, 1, 2)
    assert 0 <= vote.accuracy <= 1
    assert vote.seconds > 0


def test_page_tells_which_part_of_the_examples_time_was_needed() -> None:
    quick = Timing("quick", 1000, (4.0, 2.0), (0.98, 0.992))
    slow = Timing("slow", 1000, (9.0, 9.0), (0.98, 0.989))
    example = Timing(EXAMPLE, 1000, (40.0, 20.0), (0.995, 0.99))
    votes = (
        VoteTiming("quick", 2, 1, 2, 100.0, (0.99, 0.993), 0.9967),
        VoteTiming("slow", 2, 1, 2, 9.0, (0.9,), 0.9966),
    )
    page = write_page(SpeedResult(_ORIGIN, 1, (quick, slow, example), {}, votes))
    assert "`quick` reaches its final accuracy, 99.00 %, after 6 s: 10.0 % of its 60 s." in page
    assert "`slow` does not reach its final accuracy" in page
    assert "| quick | 2 | 1 | 2 | 100 s | 99.00 to 99.30 % | 99.67 % | yes |" in page
    assert "| slow | 2 | 1 | 2 | 9 s | 90.00 to 90.00 % | 99.66 % | no |" in page


def test_page_of_the_documents_is_that_of_the_result() -> None:
    page = (_DOCS / "training-speed.md").read_text()
    assert page == write_page(load_result(_DOCS)), "python -m benchmarks.training --render docs"


def test_result_that_is_missing_names_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert training.main(["--render", str(tmp_path)]) == 1
    assert "make it with python -m benchmarks.training" in capsys.readouterr().err


def test_time_to_an_accuracy_is_the_time_it_was_first_reached() -> None:
    timing = Timing("any", 1000, (4.0, 2.0, 3.0), (0.98, 0.992, 0.99))
    assert timing.seconds_to(0.99) == 6
    assert timing.seconds_to(0.9) == 4
    assert timing.seconds_to(0.995) is None
    assert timing.pictures_per_second == 500


def test_example_is_the_usual_one() -> None:
    assert sum(parameter.numel() for parameter in build_example().parameters()) == 1_199_882
