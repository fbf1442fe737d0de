"""The training benchmark, in small: that it ends, adds up and says what it measured."""

import json

import pytest
import torch

from benchmarks import training
from benchmarks.training_example import build_example
from benchmarks.training_timing import Timing
from tests.conftest import Digits


def test_benchmark_ends_with_a_line_of_json(
    digits: Digits, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.set_num_threads(1)
    splits = {"training": digits.training, "validation": digits.validation}
    monkeypatch.setattr(training, "load_split", lambda name: splits[name])
    options = "--recipe quick --device cpu --threads 1 --epochs 1 --example-epochs 1 --limit 130 --steps 1"
    assert training.main(options.split()) == 0
    told = capsys.readouterr().out.splitlines()
    result = json.loads(told[-1])
    assert [timing["name"] for timing in result["timings"]] == ["quick", "usual PyTorch example"]
    assert set(result["shares"]["quick"]) == {"supply", "expansion", "forward", "backward", "optimiser", "average"}
    assert sum(result["shares"]["quick"].values()) == pytest.approx(1)
    assert result["timings"][0]["seconds_to"].keys() == {"99 %", "99.5 %"}
    assert result["origin"]["command"].endswith("--epochs 1 --example-epochs 1 --limit 130")


def test_time_to_an_accuracy_is_the_time_it_was_first_reached() -> None:
    timing = Timing("any", 1000, (4.0, 2.0, 3.0), (0.98, 0.992, 0.99))
    assert timing.seconds_to(0.99) == 6
    assert timing.seconds_to(0.9) == 4
    assert timing.seconds_to(0.995) is None
    assert timing.pictures_per_second == 500


def test_example_is_the_usual_one() -> None:
    assert sum(parameter.numel() for parameter in build_example().parameters()) == 1_199_882
