"""Who teaches whom: larger networks the members, and the members their scout.

A student that has not seen validation has teachers that have not either.
"""

from pathlib import Path

import torch

from training.distillation import Teachers
from training.phases import Phase, chosen_phase, shipped_phase
from training.recipes import Recipe
from training.trained import load_trained

TEACHERS_FOLDER = "teachers"
"""Inside the folder of a run: the run of its teachers."""


def choose_teachers(
    recipe: Recipe, member: int, phase: Phase, *, run_folder: Path, device: torch.device
) -> Teachers | None:
    """Load the teachers of a member for one of its phases.

    Parameters
    ----------
    recipe
        Of the run.
    member
        Counted from 0; the scout has the number after the last.
    phase
        Whether it has seen validation decides which of their weights are used.
    run_folder
        Where the members are, and the folder of their teachers.
    device
        Where they are asked.

    Returns
    -------
    Teachers or None
        None where the labels alone are learned.

    Raises
    ------
    TrainingError
        If a teacher is not there or damaged.
    """
    if not recipe.is_taught(member):
        return None
    if member == recipe.members:
        folder, teaching, share = run_folder, recipe, 1.0
    else:
        assert recipe.teachers is not None
        folder, teaching, share = run_folder / TEACHERS_FOLDER, recipe.teachers, recipe.teacher_share
    phase_of = shipped_phase if phase.sees_validation else chosen_phase
    networks = [
        load_trained(folder, teaching, member=teacher, phase=phase_of(teaching, teacher).name).network
        for teacher in range(teaching.members)
    ]
    return Teachers(networks, share=share, recipe=teaching, device=device)
