"""Two checkpoints, picture by picture."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.engines import MemberAnswers
from model.errors import TrainingError
from model.manifest import Evaluation, Thresholds
from model.shapes import Labels
from tests.conftest import Digits
from training import comparison, comparison_command
from training.calibration import Fitted
from training.cli import main
from training.comparison import compare, open_contestant
from training.evaluation import evaluate_answers
from training.statistics import mcnemar_exact

_FITTED = Fitted(1.0, Thresholds(0.5, 2.0, 2.0, 1.0))
_LABELS = np.arange(200) % 10


def _evaluate(answers: Labels, *, split: str = "test") -> Evaluation:
    logits = np.eye(10, dtype=np.float32)[answers][np.newaxis] * 9
    outlier = np.full((1, len(answers)), -30, dtype=np.float32)
    return evaluate_answers(MemberAnswers(logits, outlier), _LABELS[: len(answers)], fitted=_FITTED, split=split)


def _wrong_at(*indices: int, by: int = 1) -> Labels:
    answers = _LABELS.copy()
    answers[list(indices)] = (answers[list(indices)] + by) % 10
    return answers


def test_differences_are_counted_one_by_one() -> None:
    first, second = _wrong_at(3, 7, 11), _wrong_at(7, 50, by=1)
    result = compare(_evaluate(first), _evaluate(second))
    assert (result.only_first, result.only_second) == (1, 2)
    assert result.p_value == mcnemar_exact(1, 2)
    assert result.difference == pytest.approx(1 / 200)
    assert result.interval[0] < result.difference < result.interval[1]
    differing = [(p.index, p.label, p.first_answer, p.second_answer) for p in result.pictures]
    assert differing == [(3, 3, 4, 3), (11, 1, 2, 1), (50, 0, 0, 1)]


def test_pictures_that_both_get_wrong_in_two_ways_differ() -> None:
    result = compare(_evaluate(_wrong_at(7, by=1)), _evaluate(_wrong_at(7, by=2)))
    assert (result.only_first, result.only_second, result.p_value) == (0, 0, 1)
    assert [(p.first_answer, p.second_answer) for p in result.pictures] == [(8, 9)]


def test_classes_count_their_own_errors() -> None:
    result = compare(_evaluate(_wrong_at(3, 13, 7)), _evaluate(_wrong_at(3)))
    assert [(row.first_errors, row.second_errors) for row in result.classes if row.first_errors] == [(2, 1), (1, 0)]
    assert [row.pictures for row in result.classes] == [20] * 10


def test_swapping_the_two_turns_the_difference_round() -> None:
    first, second = _evaluate(_wrong_at(1, 2, 3)), _evaluate(_wrong_at(4))
    assert compare(first, second).difference == -compare(second, first).difference
    assert compare(first, second).p_value == compare(second, first).p_value


def test_other_pictures_are_refused() -> None:
    with pytest.raises(TrainingError, match="must be measured on the same pictures"):
        compare(_evaluate(_LABELS), _evaluate(_LABELS[:100]))
    with pytest.raises(TrainingError, match=r"of test and .* of validation found"):
        compare(_evaluate(_LABELS), _evaluate(_LABELS, split="validation"))


def test_test_split_is_not_read_again(tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str) -> None:
        raise AssertionError("what was measured once is in the checkpoint")

    monkeypatch.setattr(comparison, "load_split", refuse)
    assert open_contestant(tiny_checkpoint.folder, split="test").evaluation == tiny_checkpoint.evaluation


def test_out_of_a_training_stands_for_its_checkpoint(tiny_checkpoint: Checkpoint) -> None:
    contestant = open_contestant(tiny_checkpoint.folder.parent, split="test")
    assert contestant.evaluation == tiny_checkpoint.evaluation


def test_checkpoint_that_has_seen_validation_is_not_judged_by_it(tiny_checkpoint: Checkpoint) -> None:
    with pytest.raises(TrainingError, match="was trained on validation in its last 1 epochs"):
        open_contestant(tiny_checkpoint.folder, split="validation")


def test_folder_without_a_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds no manifest\.json"):
        open_contestant(tmp_path, split="test")


def test_command_compares_a_checkpoint_with_itself(
    tiny_checkpoint: Checkpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tiny_checkpoint.folder)
    assert main(["compare", folder, folder]) == 0
    told = capsys.readouterr().out
    assert "B - A: +0.00 points" in told
    assert "0 pictures are answered differently" in told
    assert main(["compare", folder, folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["p_value"] == 1


def test_command_draws_what_differs(
    tiny_checkpoint: Checkpoint, digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = tiny_checkpoint.evaluation
    without = replace(evaluation, errors=evaluation.errors[1:])
    monkeypatch.setattr(comparison_command, "load_split", lambda _name: digits.test)
    contestants = iter([evaluation, without])
    monkeypatch.setattr(
        comparison_command, "open_contestant", lambda _folder, split: comparison.Contestant(split, next(contestants))
    )
    sheet = tmp_path / "deep" / "sheet.png"
    assert main(["compare", "a", "b", "--sheet", str(sheet)]) == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_sheet_of_nothing_is_refused(tiny_checkpoint: Checkpoint, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tiny_checkpoint.folder)
    assert main(["compare", folder, folder, "--sheet", "sheet.png"]) == 1
    assert "no picture is answered differently" in capsys.readouterr().err
