"""What a report is made from: a checkpoint, a run's folder, or the folder that holds both.

A checkpoint is reported on as it was measured, on test. A run without a checkpoint is reported on validation, so that a look
at a report never chooses anything by the test split. Without MNIST at hand, what needs its pictures is left out and said so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from model.checkpoint import Checkpoint, load_checkpoint
from model.engines import MemberAnswers
from model.errors import DatasetError, TrainingError
from model.manifest import CurvePoint, Evaluation
from model.networks import DigitNetwork, count_multiply_adds
from model.torch_engine import load_members
from training.calibration import fit
from training.evaluation import ask_members, evaluate_answers
from training.folders import find_checkpoint, find_run
from training.mnist import Split, SplitName, load_split
from training.run import Run


@dataclass(frozen=True)
class Material:
    """Everything that plots are drawn from.

    Parameters
    ----------
    name
        Of the ensemble.
    networks
        The members, in evaluation mode, on the CPU.
    curves
        One for each member; empty points where the training was not recorded.
    split_name, evaluation
        What was measured, and where; None where a run has nothing measured and no data is at hand.
    split, answers
        The pictures, and every member's answers; None where MNIST is not at hand.
    temperature
        Of the vote.
    facts
        Name and value, for the head of the page.
    gaps
        What is missing, in sentences.
    """

    name: str
    networks: Sequence[DigitNetwork]
    curves: Sequence[Sequence[CurvePoint]]
    split_name: SplitName
    evaluation: Evaluation | None
    split: Split | None
    answers: MemberAnswers | None
    temperature: float
    facts: Sequence[tuple[str, str]]
    gaps: Sequence[str]


def gather(folder: Path) -> Material:
    """Read a folder, and put its members to the pictures where these are at hand.

    Parameters
    ----------
    folder
        A checkpoint, a run's folder, or the `--out` of a training.

    Returns
    -------
    Material
        For the plots.

    Raises
    ------
    TrainingError
        If the folder is none of these, or a member is not trained or damaged.
    CheckpointError
        If the checkpoint is damaged.
    """
    checkpoint = find_checkpoint(folder)
    if checkpoint:
        return _from_checkpoint(load_checkpoint(checkpoint))
    run = find_run(folder)
    if run:
        return _from_run(Run.open(run))
    raise TrainingError(
        f"{folder} holds neither manifest.json nor run.json; give a checkpoint, or the --out of a training"
    )


def _from_checkpoint(checkpoint: Checkpoint) -> Material:
    manifest, evaluation = checkpoint.manifest, checkpoint.evaluation
    networks = load_members(checkpoint)
    split_name: SplitName = "test" if evaluation.split == "test" else "validation"
    split, gaps = _find_pictures(split_name)
    return Material(
        name=f"{manifest.name} {manifest.version}",
        networks=networks,
        curves=evaluation.curves,
        split_name=split_name,
        evaluation=evaluation,
        split=split,
        answers=_ask(networks, split),
        temperature=manifest.temperature,
        facts=[
            *_describe_networks(networks),
            ("Trained on", manifest.trained_on),
            ("Recipe", str(manifest.recipe.get("name", ""))),
            ("Seeds", ", ".join(str(member.seed) for member in manifest.members)),
            ("Device", manifest.device),
            ("Training time", f"{manifest.wall_seconds / 60:.0f} min"),
            ("Versions", ", ".join(f"{name} {number}" for name, number in manifest.versions.items())),
            ("Commit", manifest.commit),
        ],
        gaps=gaps,
    )


def _from_run(run: Run) -> Material:
    """Report on validation, by the members that have not seen it."""
    members = run.chosen()
    networks = [member.network for member in members]
    curves = [member.curve for member in members]
    split, gaps = _find_pictures("validation")
    answers = _ask(networks, split)
    fitted = fit(answers, split.labels) if answers and split else None
    evaluation = None
    if answers and split and fitted:
        evaluation = evaluate_answers(answers, split.labels, fitted=fitted, split="validation", curves=curves)
    return Material(
        name=f"{run.recipe.name}, before export",
        networks=networks,
        curves=curves,
        split_name="validation",
        evaluation=evaluation,
        split=split,
        answers=answers,
        temperature=fitted.temperature if fitted else 1.0,
        facts=[
            *_describe_networks(networks),
            ("Recipe", run.recipe.name),
            ("Seeds", ", ".join(str(run.recipe.seed_of(member)) for member in run.recipe.lineup)),
            ("Device", run.device),
            ("Training time", f"{run.wall_seconds / 60:.0f} min"),
        ],
        gaps=gaps,
    )


def _describe_networks(networks: Sequence[DigitNetwork]) -> list[tuple[str, str]]:
    parameters = sum(network.parameter_count for network in networks)
    multiply_adds = sum(count_multiply_adds(network) for network in networks)
    return [
        ("Members", str(len(networks))),
        ("Parameters", f"{parameters:,}"),
        ("Multiply-adds a picture", f"{multiply_adds:,}"),
    ]


def _find_pictures(name: SplitName) -> tuple[Split | None, list[str]]:
    try:
        return load_split(name), []
    except DatasetError as error:
        return None, [f"Plots that need the {name} pictures are left out: {error}."]


def _ask(networks: Sequence[DigitNetwork], split: Split | None) -> MemberAnswers | None:
    return ask_members(networks, split, device=torch.device("cpu")) if split else None
