"""The run of an ensemble: a folder in which members are trained, and can be gone on with after any interruption.

run.json                     the recipe; a folder is refused for another one
teachers/                    a run of its own: the larger networks that teach the members, where the recipe has them
*.safetensors                the pools (training/pools.py)
member_<i>/<phase>.*         state and weights that a phase left behind (training/phases.py)
clock.json                   seconds of training so far
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from model.errors import TrainingError
from training.devices import describe_device
from training.mnist import Split
from training.phases import Phase, chosen_phase, phases_of, shipped_phase
from training.pools import field_pool, outlier_pool
from training.recipes import Recipe
from training.teaching import TEACHERS_FOLDER
from training.trained import TrainedMember, load_trained
from training.workers import MemberTask, Report, train_members, train_task


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

    def chosen(self) -> list[TrainedMember]:
        """Load the ensemble, the scout first, as it was before it saw validation."""
        return [self._member(member, until=chosen_phase(self.recipe, member)) for member in self.recipe.lineup]

    def shipped(self) -> list[TrainedMember]:
        """Load the ensemble that is to be used: after the final phase, where there is one."""
        return [self._member(member, until=shipped_phase(self.recipe, member)) for member in self.recipe.lineup]

    def _member(self, member: int, *, until: Phase) -> TrainedMember:
        """Load what a phase left behind, with the curve of all phases up to it."""
        phases = phases_of(self.recipe, member)
        trained = [
            load_trained(self.folder, self.recipe, member=member, phase=phase.name)
            for phase in phases[: phases.index(until) + 1]
        ]
        curve = [point for part in trained for point in part.curve]
        return TrainedMember(trained[-1].network, [replace(p, epoch=i) for i, p in enumerate(curve, start=1)])

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
    processes = processes or default_processes(device)
    with _clock(folder / "clock.json"):
        outliers = outlier_pool(folder, recipe, training=training)
        field = field_pool(folder, recipe, training=training, outliers=outliers, processes=processes)
        first = MemberTask(0, recipe, training, validation, folder, str(device), outliers, field)
        if recipe.teachers:
            _train_teachers(first, recipe.teachers, processes=processes, report=report)
        _train_lineup(first, processes=processes, report=report)
    return Run(folder, recipe, describe_device(device))


def _train_teachers(first: MemberTask, recipe: Recipe, *, processes: int, report: Report) -> None:
    """Train the teachers in a run's folder of their own; they draw from the pools of those whom they will teach."""
    folder = first.folder / TEACHERS_FOLDER
    claim_folder(folder, recipe, device=describe_device(torch.device(first.device)))
    _train_lineup(
        replace(first, recipe=recipe, folder=folder),
        processes=processes,
        report=lambda member, phase, where: report(member, f"of the teachers, {phase}", where),
    )


def _train_lineup(first: MemberTask, *, processes: int, report: Report) -> None:
    """Train the members side by side, then their scout."""
    tasks = [replace(first, member=member) for member in sorted(first.recipe.lineup)]
    members = first.recipe.members
    train_members(tasks[:members], processes=processes, report=report)
    for scout in tasks[members:]:
        train_task(scout, report=report)  # its teachers are all there now


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
        found = Recipe.from_json(json.loads(path.read_text())["recipe"]) if path.exists() else recipe
        if replace(found, members=recipe.members) != recipe:
            raise TrainingError(f"{folder} holds a run of another recipe; choose another --out, or delete it")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(described)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{folder} cannot be used ({error}); choose another --out") from error


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
