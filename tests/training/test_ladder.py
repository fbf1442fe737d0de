"""The ladder from the command to the page, on a few hundred digits."""

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console
from rich.progress import Progress

import training.rungs
from model.errors import TrainingError
from tests.conftest import Digits
from training import ladder_command
from training.cli import main
from training.evaluation import ask_members
from training.ladder import finished_seeds, plan_ladder, rung_folder, train_ladder
from training.ladder_document import render_ladder, write_document
from training.ladder_measurement import Measurement, measure_ladder
from training.ladder_plots import draw_ladder
from training.ladder_progress import LadderProgress
from training.ladder_results import LadderResult, load_known, load_result, save_result
from training.member import StepReport
from training.mnist import Split
from training.run import Run
from training.rungs import RUNGS, Rung, choose_rungs, schedule_rungs
from training.statistics import wilson_interval
from training.trained import weights_path

_DEVICE = torch.device("cpu")
_QUICK = {rung.key: rung for rung in schedule_rungs("quick")}
_NARROW_PARAMETERS = 915
_NOTHING = LadderResult("quick", 0, (), None)
_DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def few_digits(digits: Digits) -> dict[str, Split]:
    return {
        "training": digits.training.first(60),
        "validation": digits.validation.first(40),
        "test": digits.test.first(100),
    }


@pytest.fixture(scope="module")
def climbed(few_digits: dict[str, Split], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ladder of the lowest rung and the vote, as the command leaves it."""
    folder = tmp_path_factory.mktemp("ladder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.rungs, "RUNGS", (*RUNGS[:-1], _narrow(RUNGS[-1])))
        patch.setattr(ladder_command, "load_split", lambda name: few_digits[name])
        arguments = ["ladder", "--quick", "--rungs", "1,8", "--out", str(folder), "--device", "cpu", "--processes", "1"]
        assert main(arguments) == 0
        yield folder


def _narrow(rung: Rung) -> Rung:
    network = replace(rung.network, convolutions=(2, 3), dense=(10, 10))
    return replace(rung, recipe=replace(rung.recipe, networks=(network,)))


def _plan(rungs: list[Rung], folder: Path, few_digits: dict[str, Split]) -> list[object]:
    training, validation = few_digits["training"], few_digits["validation"]
    known = load_known(folder, schedule="quick")
    return list(plan_ladder(rungs, folder, known=known, training=training, validation=validation, device=_DEVICE))


def test_result_counts_what_the_nets_answer(climbed: Path, few_digits: dict[str, Split]) -> None:
    result, test = load_result(climbed), few_digits["test"]
    rung = result.rungs[-1]
    networks = [member.network for member in Run.open(climbed / "rung_7").chosen()]
    votes = ask_members(networks, test, device=_DEVICE).logits.argmax(axis=2)
    assert [seed.test.correct for seed in rung.seeds] == (votes == test.labels).sum(axis=1).tolist()
    accuracies = [seed.test.accuracy for seed in rung.seeds]
    assert rung.mean == pytest.approx(sum(accuracies) / 5)
    assert rung.interval == wilson_interval(round(rung.mean * 100), 100)
    best = max(rung.seeds, key=lambda seed: seed.validation_accuracy)
    assert rung.seeds[rung.best_seed].validation_accuracy == best.validation_accuracy


def test_result_names_seeds_parameters_epochs_and_origin(climbed: Path) -> None:
    result = load_result(climbed)
    assert result.schedule == "quick"
    assert [(rung.key, rung.parameters, rung.epochs, len(rung.seeds)) for rung in result.rungs] == [
        ("1", 79_510, 5, 1),
        ("7", _NARROW_PARAMETERS, 1, 5),
    ]
    assert [seed.seed for seed in result.rungs[1].seeds] == [0, 1, 2, 3, 4]
    assert all(seed.seconds > 0 for rung in result.rungs for seed in rung.seeds)
    assert result.rungs[0].standard_deviation is None
    assert result.vote is not None
    assert result.vote.parameters == 5 * _NARROW_PARAMETERS
    assert result.rungs[0].seeds[0].origin.command == "tenfold-train ladder --rungs 1,8 --seeds 1 --quick"
    assert str(climbed) not in (climbed / "results" / "ladder.json").read_text()


def test_lost_net_comes_back_to_the_bit(climbed: Path, few_digits: dict[str, Split]) -> None:
    rungs = choose_rungs("1,8", seeds=1, rungs=schedule_rungs("quick"))
    splits = {"training": few_digits["training"], "validation": few_digits["validation"]}
    assert plan_ladder(rungs, climbed, known=_NOTHING, **splits, device=_DEVICE) == []
    lost = weights_path(rung_folder(climbed, _QUICK["1"]), 0, "choosing")
    kept = lost.read_bytes()
    lost.unlink()
    lost.with_suffix(".state").unlink()
    tasks = plan_ladder(rungs, climbed, known=_NOTHING, **splits, device=_DEVICE)
    assert [task.recipe.name for task in tasks] == ["rung-1"]
    train_ladder(rungs, climbed, tasks=tasks, processes=1, report=lambda *_: None)
    size = 400  # the head of the file holds wall times
    assert lost.read_bytes()[-size:] == kept[-size:]


def test_results_alone_are_enough_to_go_on_with(
    climbed: Path, few_digits: dict[str, Split], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ladder of many hours is climbed on several days; the nets' weights need not come along."""
    shutil.copytree(climbed / "results", tmp_path / "results")
    monkeypatch.setattr(training.rungs, "RUNGS", (*RUNGS[:-1], _narrow(RUNGS[-1])))
    monkeypatch.setattr(ladder_command, "load_split", lambda name: few_digits[name])
    arguments = ["ladder", "--quick", "--rungs", "1,8", "--seeds", "2", "--out", str(tmp_path), "--processes", "1"]
    assert main([*arguments, "--device", "cpu"]) == 0
    before, after = load_result(climbed), load_result(tmp_path)
    assert after.rungs[0].seeds[0] == before.rungs[0].seeds[0] and len(after.rungs[0].seeds) == 2
    assert (after.rungs[1], after.vote) == (before.rungs[1], before.vote)
    assert sorted(path.name for path in tmp_path.glob("rung_*/member_*")) == ["member_1"]


def test_vote_without_its_voters_answers_is_refused(
    climbed: Path, few_digits: dict[str, Split], tmp_path: Path
) -> None:
    known = load_known(climbed, schedule="quick")
    how = Measurement(few_digits["test"], _DEVICE, known.rungs[0].seeds[0].origin)
    with pytest.raises(TrainingError, match=r"voters\.safetensors does not hold the answers of every net of rung 7"):
        measure_ladder(tmp_path, known=known, how=how)


def test_results_of_another_schedule_are_refused(climbed: Path) -> None:
    with pytest.raises(TrainingError, match=r"ladder\.json is of the schedule 'quick', asked for is 'chapter'"):
        load_known(climbed, schedule="chapter")


def test_more_seeds_can_be_added(climbed: Path, few_digits: dict[str, Split]) -> None:
    rungs = choose_rungs("1", seeds=2, rungs=schedule_rungs("quick"))
    assert finished_seeds(climbed, rungs[0], known=_NOTHING) == 1
    assert finished_seeds(climbed, rungs[0], known=load_result(climbed)) == 1
    assert len(_plan(rungs, climbed, few_digits)) == 1


def test_folder_of_another_schedule_is_refused(climbed: Path, few_digits: dict[str, Split]) -> None:
    rungs = choose_rungs("1", seeds=2)
    training, validation = few_digits["training"], few_digits["validation"]
    tasks = plan_ladder(rungs, climbed, known=_NOTHING, training=training, validation=validation, device=_DEVICE)
    with pytest.raises(TrainingError, match="holds a run of another recipe; choose another --out"):
        train_ladder(rungs, climbed, tasks=tasks, processes=1, report=lambda *_: None)


def test_nets_of_two_rungs_report_under_their_own_position(tmp_path: Path, few_digits: dict[str, Split]) -> None:
    """Two nets with the same member's number were one to the progress bar."""
    rungs = choose_rungs("1,4", seeds=1, rungs=schedule_rungs("quick"))
    training, validation = few_digits["training"], few_digits["validation"]
    tasks = plan_ladder(rungs, tmp_path, known=_NOTHING, training=training, validation=validation, device=_DEVICE)
    seen = set()
    train_ladder(rungs, tmp_path, tasks=tasks, processes=1, report=lambda position, *_: seen.add(position))
    assert seen == {0, 1}


def test_net_that_trains_in_this_process_takes_one_thread(tmp_path: Path, few_digits: dict[str, Split]) -> None:
    """With two, a batch of ten waits for the other core more than it computes, and other bits come out."""
    rungs = choose_rungs("1", seeds=1, rungs=schedule_rungs("quick"))
    training, validation = few_digits["training"], few_digits["validation"]
    tasks = plan_ladder(rungs, tmp_path, known=_NOTHING, training=training, validation=validation, device=_DEVICE)
    threads = set()
    torch.set_num_threads(2)
    try:
        train_ladder(rungs, tmp_path, tasks=tasks, processes=1, report=lambda *_: threads.add(torch.get_num_threads()))
        assert (threads, torch.get_num_threads()) == ({1}, 2)
    finally:
        torch.set_num_threads(1)


def test_progress_ends_at_the_whole(few_digits: dict[str, Split], tmp_path: Path) -> None:
    rungs = choose_rungs("1,4", seeds=2, rungs=schedule_rungs("quick"))
    training, validation = few_digits["training"], few_digits["validation"]
    tasks = plan_ladder(rungs, tmp_path, known=_NOTHING, training=training, validation=validation, device=_DEVICE)
    console = Console(file=io.StringIO())
    bar = Progress(console=console, disable=True)
    progress = LadderProgress(tasks, bar, console)
    progress(3, "choosing", StepReport(5, 5, 20, 40, 0.1, 0.99))
    assert 0 < bar.tasks[0].percentage < 60
    for position in range(3):
        progress(position, "choosing", StepReport(5, 5, 20, 40, 0.1, 0.99))
    assert bar.tasks[0].percentage == pytest.approx(100)
    assert bar.tasks[0].fields["detail"].startswith("rung-4 seed 0, epoch 5/5")


def test_document_says_that_a_first_look_is_one(climbed: Path) -> None:
    result = load_result(climbed)
    assert "A first look, not the chapter's schedule" in write_document(result)
    assert "first look" not in write_document(replace(result, schedule="chapter"))


def test_document_holds_the_numbers_of_the_result(climbed: Path) -> None:
    result = load_result(climbed)
    row = next(line for line in write_document(result).splitlines() if line.startswith("| 1 |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:6] == ["79,510", "5", "97.80 %", f"{100 * result.rungs[0].mean:.2f} %"]
    assert re.search(rf"\| 8 \| Vote of five nets of rung 7 \| {5 * _NARROW_PARAMETERS:,} \|", write_document(result))


def test_document_names_what_is_not_trained_yet(climbed: Path) -> None:
    result = load_result(climbed)
    assert "Not trained yet: One convolution (2);" in write_document(result)
    assert "the vote" not in write_document(result).partition("Not trained yet")[2].partition(".")[0]
    assert "the vote (8)." in write_document(replace(result, vote=None)).replace("\n", " ")


def test_published_page_is_made_from_its_result() -> None:
    assert (_DOCS / "ladder.md").read_text() == write_document(load_result(_DOCS)), "tenfold-train ladder --render docs"
    assert (_DOCS / "ladder.png").is_file()


def test_rendering_again_gives_the_same_files(climbed: Path, tmp_path: Path) -> None:
    save_result(tmp_path, load_result(climbed))
    for path in render_ladder(tmp_path):
        assert path.read_bytes() == (climbed / path.name).read_bytes()


def test_command_renders_without_training(climbed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ladder", "--render", str(climbed)]) == 0
    assert "ladder.md" in capsys.readouterr().out


def test_plot_is_drawn_without_a_vote(climbed: Path) -> None:
    assert draw_ladder(replace(load_result(climbed), vote=None)).startswith(b"\x89PNG")


def test_command_without_a_folder_is_told_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ladder"]) == 1
    assert "no --out found" in capsys.readouterr().err


def test_result_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"ladder\.json cannot be read .*make it with tenfold-train ladder"):
        load_result(tmp_path)


def test_result_that_cannot_be_written_is_named(tmp_path: Path, climbed: Path) -> None:
    result: LadderResult = load_result(climbed)
    tmp_path.joinpath("file").write_text("in the way")
    with pytest.raises(TrainingError, match=r"cannot write .*the nets are kept"):
        save_result(tmp_path / "file", result)
