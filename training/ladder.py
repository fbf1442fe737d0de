"""The ladder's training: every rung, every seed, in one queue of processes, to be stopped and gone on with at any time.

    rung_<key>/                  an ordinary run's folder (training/run.py): its members are the rung's seeds
    results/                     what was measured (training/ladder_results.py)
    ladder.md, ladder.png        made from it (training/ladder_document.py)

Since a rung's folder is a run's, `tenfold-train report` draws it, and `tenfold-train export` makes rung 7 a checkpoint.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from training.devices import describe_device
from training.ladder_results import LadderResult
from training.mnist import Split
from training.phases import CHOOSING
from training.run import claim_folder, default_processes
from training.rungs import Rung
from training.trained import weights_path
from training.workers import MemberTask, Report, train_members


def rung_folder(folder: Path, rung: Rung) -> Path:
    """Return where a rung is trained."""
    return folder / f"rung_{rung.key}"


def finished_seeds(folder: Path, rung: Rung, *, known: LadderResult) -> int:
    """Count the seeds of a rung that are finished, from seed 0 without a gap.

    Parameters
    ----------
    folder
        Of the whole ladder.
    rung
        Which.
    known
        What was measured before; its nets need no weights any more.

    Returns
    -------
    int
        How many are known or lie in the folder.
    """
    seed = len(known.seeds_of(rung.key))
    while weights_path(rung_folder(folder, rung), seed, CHOOSING).exists():
        seed += 1
    return seed


def plan_ladder(
    rungs: Sequence[Rung],
    folder: Path,
    *,
    known: LadderResult,
    training: Split,
    validation: Split,
    device: torch.device,
) -> list[MemberTask]:
    """List what is still to be trained, in the ladder's order.

    Parameters
    ----------
    rungs
        Which; `recipe.members` is the number of seeds of each.
    folder
        Of the whole ladder.
    known
        What was measured before, and is not trained again.
    training, validation
        The splits.
    device
        Where training runs.

    Returns
    -------
    list of MemberTask
        One for each rung and seed that is not finished.
    """
    return [
        MemberTask(seed, rung.recipe, training, validation, rung_folder(folder, rung), str(device))
        for rung in rungs
        for seed in range(len(known.seeds_of(rung.key)), rung.recipe.members)
        if not weights_path(rung_folder(folder, rung), seed, CHOOSING).exists()
    ]


def train_ladder(
    rungs: Sequence[Rung], folder: Path, *, tasks: Sequence[MemberTask], processes: int | None, report: Report
) -> None:
    """Train what was planned, or go on where it was left.

    Parameters
    ----------
    rungs
        As given to `plan_ladder`.
    folder
        Of the whole ladder; made if it is not there.
    tasks
        What `plan_ladder` found.
    processes
        Nets trained at a time; None takes every core on the CPU and one on a GPU.
    report
        Called with the task's position, the phase and the progress.

    Raises
    ------
    TrainingError
        If a rung's folder belongs to another schedule or cannot be written, or a net fails; what is finished stays.
    """
    if not tasks:
        return
    device = torch.device(tasks[0].device)
    for rung in rungs:
        claim_folder(rung_folder(folder, rung), rung.recipe, device=describe_device(device))
    train_members(tasks, processes=processes or default_processes(device), report=report)
