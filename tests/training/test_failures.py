"""What must hold when something goes wrong: one clear line, and nothing lost that was finished."""

import json
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.errors import TrainingError
from model.network_configs import ChapterConfig
from model.networks import DigitNetwork
from tests.conftest import Digits, tiny_recipe
from training.cli import main
from training.presets import SEED
from training.recipes import Recipe
from training.run import Run, run_ensemble
from training.trained import weights_path

_DEVICE = torch.device("cpu")


def _recipe(**changes: object) -> Recipe:
    dense = ChapterConfig((), (100,), dropout=0.0)
    recipe = replace(SEED, networks=(dense,), members=2, epochs=1, batch_size=20, one_pixel_shifts=False)
    return replace(recipe, **changes)  # type: ignore[arg-type]  # the recipe checks itself


def _recipe_with_outliers() -> Recipe:
    return replace(tiny_recipe(), members=1, epochs=1, final_epochs=0)


def _train(folder: Path, digits: Digits, *, recipe: Recipe, processes: int = 1) -> Run:
    return run_ensemble(
        recipe,
        folder,
        training=digits.training.first(200),
        validation=digits.validation.first(50),
        device=_DEVICE,
        processes=processes,
        report=lambda *_: None,
    )


@pytest.fixture
def full_disk() -> Iterator[None]:
    """A disk on which no file can grow past 2 KB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _expect_one_line(error: pytest.ExceptionInfo[TrainingError]) -> None:
    assert "\n" not in str(error.value)


def test_full_disk_ends_in_one_line_and_leaves_no_half_file(tmp_path: Path, digits: Digits, full_disk: None) -> None:
    with pytest.raises(TrainingError, match=r"cannot write .*make room, then run again") as error:
        _train(tmp_path, digits, recipe=_recipe())
    _expect_one_line(error)
    assert not list(tmp_path.rglob("*.partial"))
    assert not weights_path(tmp_path, 0, "choosing").exists()


def test_full_disk_while_outliers_are_kept_ends_in_one_line(tmp_path: Path, digits: Digits, full_disk: None) -> None:
    """The pool's file was written without a guard: a full disk ended in a traceback."""
    with pytest.raises(TrainingError, match=r"outliers\.safetensors cannot be used .*make room") as error:
        _train(tmp_path, digits, recipe=_recipe_with_outliers())
    _expect_one_line(error)


def test_damaged_pool_of_outliers_is_named(tmp_path: Path, digits: Digits) -> None:
    """A cut pool ended in a traceback."""
    tmp_path.joinpath("outliers.safetensors").write_bytes(b"cut")
    with pytest.raises(TrainingError, match=r"outliers\.safetensors cannot be used .*delete it"):
        _train(tmp_path, digits, recipe=_recipe_with_outliers())


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, digits: Digits) -> None:
    tmp_path.joinpath("file").write_text("in the way")
    with pytest.raises(TrainingError, match=r"file/run cannot be used .*choose another --out") as error:
        _train(tmp_path / "file" / "run", digits, recipe=_recipe())
    _expect_one_line(error)


def test_damaged_state_is_named_and_the_finished_member_stays(tmp_path: Path, digits: Digits) -> None:
    _train(tmp_path, digits, recipe=_recipe(members=2))
    first, second = (weights_path(tmp_path, member, "choosing") for member in (0, 1))
    kept = first.read_bytes()
    second.unlink()
    state = second.with_suffix(".state")
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(TrainingError, match=r"choosing\.state cannot be resumed .*delete it") as error:
        _train(tmp_path, digits, recipe=_recipe(members=2))
    _expect_one_line(error)
    assert first.read_bytes() == kept
    state.unlink()
    assert len(_train(tmp_path, digits, recipe=_recipe(members=2)).chosen()) == 2


def test_damaged_weights_are_named(tmp_path: Path, digits: Digits) -> None:
    run = _train(tmp_path, digits, recipe=_recipe(members=1))
    path = weights_path(tmp_path, 0, "choosing")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TrainingError, match=r"choosing\.safetensors cannot be loaded .*delete it and train again"):
        run.chosen()


def test_clock_that_was_cut_does_not_stop_the_run(tmp_path: Path, digits: Digits) -> None:
    """An empty clock.json, as a full disk leaves it, ended in a traceback."""
    tmp_path.joinpath("clock.json").write_text("")
    assert _train(tmp_path, digits, recipe=_recipe(members=1)).wall_seconds > 0


def test_loss_that_is_no_number_ends_in_one_line_and_finished_epochs_stay(tmp_path: Path, digits: Digits) -> None:
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in epoch [2-9] .*lower learning rate") as error:
        _train(tmp_path, digits, recipe=_recipe(learning_rate=99.0, weight_decay=0.1, epochs=9))
    _expect_one_line(error)
    assert weights_path(tmp_path, 0, "choosing").with_suffix(".state").exists()


@pytest.mark.parametrize(
    "refusal",
    [
        torch.OutOfMemoryError("CUDA out of memory.\nTried 20 MiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["gpu", "cpu"],
)
def test_device_without_memory_ends_in_one_line(
    tmp_path: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch, refusal: RuntimeError
) -> None:
    """On a GPU, members train in the main process: its refusal ended in a traceback of forty lines."""

    def refuse(_network: DigitNetwork, _images: torch.Tensor) -> torch.Tensor:
        raise refusal

    monkeypatch.setattr(DigitNetwork, "forward", refuse)
    with pytest.raises(
        TrainingError, match=r"cpu ran out of memory at batch size 20 .*finished epochs are kept"
    ) as error:
        _train(tmp_path, digits, recipe=_recipe())
    _expect_one_line(error)


def test_other_faults_of_torch_are_not_called_memory(
    tmp_path: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_network: DigitNetwork, _images: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(DigitNetwork, "forward", refuse)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        _train(tmp_path, digits, recipe=_recipe())


def test_member_that_fails_in_its_process_is_told_in_one_line(tmp_path: Path, digits: Digits) -> None:
    damaged = weights_path(tmp_path, 1, "choosing").with_suffix(".state")
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"cut")
    with pytest.raises(TrainingError, match=r"member_1/choosing\.state cannot be resumed") as error:
        _train(tmp_path, digits, recipe=_recipe(), processes=2)
    _expect_one_line(error)


def test_folder_of_another_recipe_is_refused(tmp_path: Path, digits: Digits) -> None:
    run = _train(tmp_path, digits, recipe=_recipe(members=1))
    with pytest.raises(TrainingError, match="holds a run of another recipe"):
        _train(tmp_path, digits, recipe=_recipe(members=1, learning_rate=1e-4))
    assert (
        json.loads(run.folder.joinpath("run.json").read_text())["recipe"]["learning_rate"] == run.recipe.learning_rate
    )


def test_command_tells_a_failure_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path), "--to", str(tmp_path / "checkpoint")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("tenfold-train: ")
    assert told.count("\n") == 1
