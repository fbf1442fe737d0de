"""The run of an ensemble: a folder in which members are trained, and can be gone on with after any interruption.

run.json                     the recipe; a folder is refused for another one
outliers.safetensors         the pool of generated non-digits
member_<i>/choosing.*        state and weights of the phase on the training split
member_<i>/final.*           of the phase on all 60,000
clock.json                   seconds of training so far
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from model.errors import TrainingError
from model.shapes import Pixels
from training.devices import describe_device
from training.mnist import Split
from training.outliers import generate_outliers
from training.recipes import Recipe
from training.workers import CHOOSING, FINAL, MemberTask, Report, TrainedMember, load_trained, train_members

_POOL_EPOCHS = 4  # the pool is this many times what one epoch draws, so that epochs differ
_POOL_SEED = 20_000


@dataclass(frozen=True)
class Run:
    """A folder with trained members.

    Parameters
    ----------
    folder
        Where they are.
    recipe
        What made them.
    device
        In words.
    """

    folder: Path
    recipe: Recipe
    device: str

    @staticmethod
    def open(folder: Path) -> "Run":
        """Open the folder of a finished run.

        Raises
        ------
        TrainingError
            If there is no run in it.
        """
        try:
            described = json.loads((folder / "run.json").read_text())
        except (OSError, ValueError) as error:
            raise TrainingError(f"{folder} holds no run ({error}); make one with tenfold-train train") from error
        return Run(folder, Recipe.from_json(described["recipe"]), described["device"])

    def members(self, phase: str) -> list[TrainedMember]:
        """Load every member as a phase left it."""
        return [load_trained(self.folder, self.recipe, member=i, phase=phase) for i in range(self.recipe.members)]

    def chosen(self) -> list[TrainedMember]:
        """Load the members that have not seen validation."""
        return self.members(CHOOSING)

    def shipped(self) -> list[TrainedMember]:
        """Load the members that are to be used: after the final phase, where there is one."""
        return self.members(FINAL if self.recipe.final_epochs else CHOOSING)

    @property
    def wall_seconds(self) -> float:
        """How long training has taken, interruptions left out."""
        return _read_clock(self.folder / "clock.json")


def run_ensemble(
    recipe: Recipe,
    folder: Path,
    *,
    training: Split,
    validation: Split,
    device: torch.device,
    processes: int | None = None,
    report: Report,
) -> Run:
    """Train every member of an ensemble, or go on where the folder was left.

    Parameters
    ----------
    recipe
        What to train.
    folder
        Where; made if it is not there.
    training, validation
        The splits.
    device
        Where training runs.
    processes
        Members trained at a time; None takes every core on the CPU and one on a GPU.
    report
        Called with the progress.

    Returns
    -------
    Run
        All members trained.

    Raises
    ------
    TrainingError
        If the folder belongs to another recipe or cannot be written, or a member fails; what is finished stays.
    """
    claim_folder(folder, recipe, device=describe_device(device))
    outliers = _outlier_pool(folder, recipe, training=training)
    tasks = [MemberTask(i, recipe, training, validation, outliers, folder, str(device)) for i in range(recipe.members)]
    with _clock(folder / "clock.json"):
        train_members(tasks, processes=processes or default_processes(device), report=report)
    return Run(folder, recipe, describe_device(device))


def default_processes(device: torch.device) -> int:
    """Return how many members train at a time: one for each usable core of the CPU, one on a GPU."""
    return len(os.sched_getaffinity(0)) if device.type == "cpu" and hasattr(os, "sched_getaffinity") else 1


def claim_folder(folder: Path, recipe: Recipe, *, device: str) -> None:
    """Make a folder this recipe's; more members of the same may be asked for later.

    Parameters
    ----------
    folder
        Made if it is not there.
    recipe
        What will be trained in it.
    device
        In words.

    Raises
    ------
    TrainingError
        If the folder belongs to another recipe, or cannot be written.
    """
    described = json.dumps({"recipe": recipe.to_json(), "device": device}, indent=1)
    path = folder / "run.json"
    try:
        found = json.loads(path.read_text())["recipe"] if path.exists() else recipe.to_json()
        if json.dumps({**found, "members": 0}) != json.dumps({**recipe.to_json(), "members": 0}):
            raise TrainingError(f"{folder} holds a run of another recipe; choose another --out, or delete it")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(described)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{folder} cannot be used ({error}); choose another --out") from error


def _outlier_pool(folder: Path, recipe: Recipe, *, training: Split) -> Pixels | None:
    """Generate the pool of non-digits once, and keep it."""
    if not recipe.outlier_share:
        return None
    path = folder / "outliers.safetensors"
    try:
        if path.exists():
            return load_file(path)["pixels"]
        count = round(_POOL_EPOCHS * recipe.outlier_share * len(training))
        pool = generate_outliers(count, digits=training.pixels, labels=training.labels, seed=_POOL_SEED)
        temporary = path.with_suffix(".partial")
        save_file({"pixels": np.ascontiguousarray(pool)}, temporary)
        temporary.replace(path)
    except (OSError, SafetensorError, KeyError) as error:
        raise TrainingError(f"{path} cannot be used ({error}); make room, or delete it, then run again") from error
    return pool


@contextmanager
def _clock(path: Path) -> Iterator[None]:
    """Add the time that the block takes to what earlier attempts took."""
    before = _read_clock(path)
    start = time.monotonic()
    try:
        yield
    finally:
        # The clock is a record only: a full disk must not hide behind it what really went wrong.
        with contextlib.suppress(OSError):
            path.write_text(json.dumps(before + time.monotonic() - start))


def _read_clock(path: Path) -> float:
    try:
        return float(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return 0.0  # not there yet, or cut by a full disk
