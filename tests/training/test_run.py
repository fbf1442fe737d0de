"""The run of an ensemble: parallel processes, a real `kill -9`, and the same bits afterwards."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.errors import TrainingError
from model.network_configs import ScoutConfig
from tests.conftest import Digits, tiny_recipe
from training.phases import phases_of
from training.run import Run, run_ensemble
from training.teaching import choose_teachers

ROOT = Path(__file__).parent.parent.parent

# Trains in processes of its own, as `tenfold-train train` does, on the digits in a file.
PROGRAM = """
if __name__ == "__main__":
    import sys
    from pathlib import Path
    import numpy as np, torch
    from tests.training.test_run import SMALL
    from training.mnist import Split
    from training.run import run_ensemble

    digits = np.load(sys.argv[1])
    splits = [Split(digits[f"{name}_pixels"], digits[f"{name}_labels"]) for name in ("training", "validation")]
    run_ensemble(SMALL, Path(sys.argv[2]), training=splits[0], validation=splits[1], device=torch.device("cpu"),
                 processes=2, report=lambda *_: None)
"""

TEACHERS = replace(
    tiny_recipe(), name="teachers", members=2, first_seed=50, epochs=1, field_epochs=0, final_epochs=1, batch_size=20
)
SMALL = replace(
    tiny_recipe(),
    members=2,
    teachers=TEACHERS,
    scout=ScoutConfig((4, 8)),
    epochs=2,
    field_epochs=1,
    field_share=0.05,
    scout_epochs=1,
    final_epochs=1,
    batch_size=20,
)


@pytest.fixture(scope="module")
def digits_file(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    training, validation = digits.training.first(600), digits.validation.first(200)
    np.savez(
        path,
        training_pixels=training.pixels,
        training_labels=training.labels,
        validation_pixels=validation.pixels,
        validation_labels=validation.labels,
    )
    return path


def start(program: Path, digits_file: Path, folder: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, str(program), str(digits_file), str(folder)], env=environment, cwd=ROOT)


def wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 90
    while not path.exists():
        assert process.poll() is None and time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def whole(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same in this process, never killed, one member after the other."""
    torch.set_num_threads(1)
    return run_ensemble(
        SMALL,
        tmp_path_factory.mktemp("whole"),
        training=digits.training.first(600),
        validation=digits.validation.first(200),
        device=torch.device("cpu"),
        processes=1,
        report=lambda *_: None,
    )


def test_killed_run_goes_on_and_ends_with_the_same_bits(whole: Run, digits_file: Path, tmp_path: Path) -> None:
    program, killed = tmp_path / "train.py", tmp_path / "killed"
    program.write_text(PROGRAM)
    process = start(program, digits_file, killed)
    wait_for(killed / "member_0" / "choosing.state", process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "member_0" / "final.safetensors").exists()
    assert start(program, digits_file, killed).wait(120) == 0
    assert len(whole.shipped()) == 3
    for member, expected in enumerate(whole.shipped()):
        found = Run(killed, SMALL, "cpu").shipped()[member]
        assert found.curve == expected.curve
        for name, tensor in expected.network.state_dict().items():
            assert torch.equal(found.network.state_dict()[name], tensor), name


def test_teachers_are_trained_first_and_are_no_members(whole: Run) -> None:
    assert whole.recipe.lineup == (2, 0, 1)
    assert len(Run(whole.folder / "teachers", TEACHERS, "cpu").shipped()) == 2


def test_member_without_its_teachers_is_refused(whole: Run, tmp_path: Path) -> None:
    first = phases_of(SMALL, 0)[0]
    with pytest.raises(TrainingError, match=r"teachers.*cannot be loaded"):
        choose_teachers(SMALL, 0, first, run_folder=tmp_path, device=torch.device("cpu"))


def test_teachers_have_seen_what_their_student_may_see(whole: Run) -> None:
    """Weights that were trained on validation must not teach a member that will be judged by it."""
    images, labels = torch.rand(4, 1, 28, 28), torch.arange(4)
    teachers = Run(whole.folder / "teachers", TEACHERS, "cpu")
    for phase, networks in zip(
        (phases_of(SMALL, 0)[0], phases_of(SMALL, 0)[-1]), (teachers.chosen(), teachers.shipped()), strict=True
    ):
        chosen = choose_teachers(SMALL, 0, phase, run_folder=whole.folder, device=torch.device("cpu"))
        assert chosen is not None
        answer = networks[0].network(images).softmax(dim=1)
        expected = torch.nn.functional.one_hot(labels, 11).float().lerp(answer, SMALL.teacher_share)
        assert torch.allclose(chosen.target(images, labels, step=0), expected, atol=0.02)  # bfloat16 where it is fast


def test_scout_comes_first_and_has_the_number_after_the_last() -> None:
    assert SMALL.lineup == (2, 0, 1)
    assert SMALL.network_of(2) == SMALL.scout and SMALL.seed_of(2) == SMALL.first_seed + 2


def test_curve_goes_on_from_phase_to_phase(whole: Run) -> None:
    scout, member, _ = whole.chosen()
    assert [point.epoch for point in member.curve] == [1, 2, 3] and len(scout.curve) == 1


def test_finished_run_is_not_trained_again(digits: Digits, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), members=1, epochs=1, final_epochs=0)
    splits = {"training": digits.training.first(100), "validation": digits.validation.first(50)}
    reports: list[object] = []
    for _ in range(2):
        run_ensemble(
            recipe, tmp_path, **splits, device=torch.device("cpu"), processes=1, report=lambda *r: reports.append(r)
        )
    assert len(reports) == 1


def test_folder_of_another_recipe_is_refused(digits: Digits, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), members=1, epochs=1, final_epochs=0)
    splits = {"training": digits.training.first(100), "validation": digits.validation.first(50)}
    run_ensemble(recipe, tmp_path, **splits, device=torch.device("cpu"), processes=1, report=lambda *_: None)
    with pytest.raises(TrainingError, match="holds a run of another recipe; choose another --out"):
        run_ensemble(
            replace(recipe, epochs=2),
            tmp_path,
            **splits,
            device=torch.device("cpu"),
            processes=1,
            report=lambda *_: None,
        )


def test_run_is_opened_with_its_recipe(digits: Digits, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), members=1, epochs=1, final_epochs=0)
    splits = {"training": digits.training.first(100), "validation": digits.validation.first(50)}
    run_ensemble(recipe, tmp_path, **splits, device=torch.device("cpu"), processes=1, report=lambda *_: None)
    opened = Run.open(tmp_path)
    assert opened.recipe == recipe and opened.wall_seconds > 0 and len(opened.chosen()) == 1


def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds no run .* make one with tenfold-train train"):
        Run.open(tmp_path)
