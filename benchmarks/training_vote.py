"""The time of a whole small ensemble: from a cold start to the vote, members side by side as a run trains them."""

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.training_timing import draw_outliers
from model.voting import soft_vote
from training.evaluation import ask_members
from training.mnist import Split
from training.phases import CHOOSING
from training.recipes import Recipe
from training.run import default_processes
from training.trained import load_trained
from training.workers import MemberTask, train_members


@dataclass(frozen=True)
class VoteTiming:
    """One ensemble, trained by a schedule that was drawn together.

    Parameters
    ----------
    name
        Of the recipe.
    members, epochs
        How many networks, and the passes of each over the training pictures.
    processes
        Networks trained at a time.
    seconds
        Until the vote was known: outliers, processes, training and validation.
    member_accuracies, accuracy
        On validation, of each network alone and of their vote.
    """

    name: str
    members: int
    epochs: int
    processes: int
    seconds: float
    member_accuracies: tuple[float, ...]
    accuracy: float


def time_vote(recipe: Recipe, *, epochs: int, splits: tuple[Split, Split], device: torch.device) -> VoteTiming:
    """Train a recipe's members by a short schedule, let them vote on validation, and time it all.

    Parameters
    ----------
    recipe
        Which; its scout, teachers, field pictures and final phase are left out.
    epochs
        In place of the recipe's.
    splits
        Training and validation.
    device
        Where.

    Returns
    -------
    VoteTiming
        Files are written to a folder that is gone afterwards.
    """
    training, validation = splits
    short = replace(
        recipe, epochs=epochs, scout=None, scout_epochs=0, teachers=None, field_epochs=0, field_share=0, final_epochs=0
    )
    processes = default_processes(device)
    start = time.monotonic()
    outliers = draw_outliers(short, training)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = MemberTask(0, short, training, validation, folder, str(device), outliers)
        tasks = [replace(first, member=member) for member in range(short.members)]
        train_members(tasks, processes=processes, report=lambda *_: None)
        networks = [load_trained(folder, short, member=task.member, phase=CHOOSING).network for task in tasks]
    logits = ask_members(networks, validation, device=device).logits
    return VoteTiming(
        name=recipe.name,
        members=short.members,
        epochs=epochs,
        processes=processes,
        seconds=time.monotonic() - start,
        member_accuracies=tuple((logits.argmax(axis=2) == validation.labels).mean(axis=1).tolist()),
        accuracy=float((soft_vote(logits).argmax(axis=1) == validation.labels).mean()),
    )
