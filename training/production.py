"""The way from a run's folder to a checkpoint that can be shipped: calibrate, measure once, export.

The order is the protocol: temperature and thresholds from the members that have not seen validation; then the test split,
read once, for the members that are shipped; then the files.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from model.checkpoint import Checkpoint
from model.engines import MemberAnswers
from model.networks import DigitNetwork
from model.voting import member_votes
from training.calibration import Fitted, fit
from training.evaluation import ask_members, evaluate_answers
from training.export import Provenance, export_checkpoint
from training.mnist import Split
from training.run import Run
from training.trained import TrainedMember

_TRAINED_ON = {
    False: "training split (50,000 pictures); the validation split was never trained on",
    True: "training and validation splits (60,000 pictures) in the last epochs; chosen and calibrated before, on validation",
}


def produce_checkpoint(run: Run, folder: Path, *, validation: Split, test: Split, device: torch.device) -> Checkpoint:
    """Calibrate, evaluate and export what a run has trained.

    Parameters
    ----------
    run
        With every member trained.
    folder
        Where the checkpoint shall lie.
    validation, test
        The splits.
    device
        Where the networks are asked.

    Returns
    -------
    Checkpoint
        As read back from disk.

    Raises
    ------
    TrainingError
        If a member is not there, or the exported graphs answer otherwise than the networks.
    CheckpointError
        If the folder cannot be written.
    """
    on_validation, fitted = calibrate(run, validation=validation, device=device)
    networks = _networks(run.shipped())
    on_test = ask_members(networks, test, device=device)
    return export_checkpoint(
        folder,
        networks,
        fitted=fitted,
        evaluation=evaluate_answers(
            on_test, test.labels, fitted=fitted, curves=[member.curve for member in run.chosen()]
        ),
        provenance=Provenance(run, _accuracies(on_validation, validation), _TRAINED_ON[run.recipe.final_epochs > 0]),
        probe=(test.pixels[:, np.newaxis].astype(np.float32) / 255, on_test),
    )


def calibrate(run: Run, *, validation: Split, device: torch.device) -> tuple[MemberAnswers, Fitted]:
    """Ask the members that have not seen validation, and fit what validation decides.

    Parameters
    ----------
    run, validation, device
        As in `produce_checkpoint`.

    Returns
    -------
    answers
        Every member's, on validation.
    fitted
        Temperature and thresholds.
    """
    answers = ask_members(_networks(run.chosen()), validation, device=device)
    return answers, fit(answers, validation.labels)


def _networks(members: Sequence[TrainedMember]) -> list[DigitNetwork]:
    return [member.network for member in members]


def _accuracies(answers: MemberAnswers, split: Split) -> list[float]:
    right = member_votes(answers.logits) == split.labels
    return [float(accuracy) for accuracy in right.mean(axis=1)]
