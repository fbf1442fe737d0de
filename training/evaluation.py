"""The one place that reads the test split: everything that is said about a checkpoint's accuracy is measured here.

Members and thresholds are fixed before; nothing found here flows back.
"""

from collections.abc import Sequence

import numpy as np
import torch

from model.classifier import Classifier
from model.engines import MemberAnswers
from model.ensemble import split_outlier
from model.manifest import (
    CascadeResult,
    CurvePoint,
    Evaluation,
    EvaluationError,
    Score,
    Thresholds,
    VerdictShares,
)
from model.networks import DigitNetwork
from model.opinions import first_is_sure
from model.shapes import CLASSES, Labels, Mask, Probabilities, Scores
from model.voting import member_votes, outlier_scores, soft_vote
from training.calibration import Fitted, measure_calibration
from training.mnist import Split
from training.statistics import wilson_interval
from training.supply import score_images


def ask_members(networks: Sequence[DigitNetwork], split: Split, *, device: torch.device) -> MemberAnswers:
    """Put every picture of a split to every member.

    Parameters
    ----------
    networks
        The members.
    split
        N pictures.
    device
        Where to run.

    Returns
    -------
    MemberAnswers
        Logits (members, N, 10) and outlier log-odds (members, N), computed in float32.
    """
    images = torch.tensor(split.pixels, device=device)[:, None]
    answers = [split_outlier(score_images(network.to(device), images)) for network in networks]
    return MemberAnswers(
        logits=torch.stack([logits for logits, _ in answers]).cpu().numpy(),
        outlier=torch.stack([outlier for _, outlier in answers]).cpu().numpy(),
    )


def evaluate_classifier(classifier: Classifier, split: Split, *, split_name: str) -> Evaluation:
    """Measure a checkpoint as it serves: its own engine, temperature and thresholds.

    Parameters
    ----------
    classifier
        The loaded checkpoint.
    split
        N pictures.
    split_name
        For the record.

    Returns
    -------
    Evaluation
        Without the curves of the training.
    """
    batches = np.array_split(split.pixels[:, np.newaxis], max(1, len(split) // 500))
    parts = [classifier.engine.ask_all(batch.astype(np.float32) / 255) for batch in batches]
    answers = MemberAnswers(
        logits=np.concatenate([part.logits for part in parts], axis=1),
        outlier=np.concatenate([part.outlier for part in parts], axis=1),
    )
    manifest = classifier.checkpoint.manifest
    fitted = Fitted(manifest.temperature, manifest.thresholds)
    return evaluate_answers(answers, split.labels, fitted=fitted, split=split_name)


def evaluate_answers(
    answers: MemberAnswers,
    labels: Labels,
    *,
    fitted: Fitted,
    split: str = "test",
    curves: Sequence[Sequence[CurvePoint]] = (),
) -> Evaluation:
    """Measure everything that is reported about an ensemble.

    Parameters
    ----------
    answers
        Every member's answers on the split.
    labels
        Int64 (N,).
    fitted
        Temperature and thresholds, from validation.
    split
        Its name.
    curves
        The members' training, to be kept beside the result.

    Returns
    -------
    Evaluation
        As it goes into `evaluation.json`.
    """
    probabilities = soft_vote(answers.logits, temperature=fitted.temperature)
    predicted = probabilities.argmax(axis=1)
    scores = outlier_scores(answers.outlier)
    return Evaluation(
        split=split,
        size=len(labels),
        ensemble=score(predicted == labels),
        members=tuple(score(votes == labels) for votes in member_votes(answers.logits)),
        confusion=_confusion(labels, predicted),
        calibration=measure_calibration(probabilities, labels),
        verdicts=_verdicts(probabilities, labels, scores=scores, thresholds=fitted.thresholds),
        cascade=_cascade(answers, labels, fitted=fitted),
        errors=_errors(answers, labels, probabilities=probabilities, scores=scores),
        curves=tuple(tuple(curve) for curve in curves),
    )


def score(right: Mask) -> Score:
    """Count right answers: bool (N,)."""
    correct = int(right.sum())
    return Score(correct, correct / len(right), wilson_interval(correct, len(right)))


def _confusion(labels: Labels, predicted: Labels) -> tuple[tuple[int, ...], ...]:
    counts = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return tuple(tuple(row) for row in counts.tolist())


def _verdicts(probabilities: Probabilities, labels: Labels, *, scores: Scores, thresholds: Thresholds) -> VerdictShares:
    rejected = scores > thresholds.not_a_digit_above
    unsure = ~rejected & (probabilities.max(axis=1) < thresholds.unsure_below)
    digit = ~rejected & ~unsure
    right = probabilities.argmax(axis=1) == labels
    accuracy = float(right[digit].mean()) if digit.any() else 0.0
    return VerdictShares(float(digit.mean()), float(unsure.mean()), float(rejected.mean()), accuracy)


def _cascade(answers: MemberAnswers, labels: Labels, *, fitted: Fitted) -> CascadeResult:
    """Answer as the service does: the first member alone where it is sure."""
    first = MemberAnswers(answers.logits[:1], answers.outlier[:1])
    alone = first_is_sure(
        first,
        temperature=fitted.temperature,
        at_least=fitted.thresholds.first_member_at_least,
        outlier_below=fitted.thresholds.first_member_outlier_below,
    )
    together = soft_vote(answers.logits, temperature=fitted.temperature).argmax(axis=1)
    served = np.where(alone, member_votes(first.logits)[0], together)
    correct = int((served == labels).sum())
    return CascadeResult(correct, correct / len(labels), float(alone.mean()), int((served != together).sum()))


def _errors(
    answers: MemberAnswers, labels: Labels, *, probabilities: Probabilities, scores: Scores
) -> tuple[EvaluationError, ...]:
    predicted, votes = probabilities.argmax(axis=1), member_votes(answers.logits)
    return tuple(
        EvaluationError(
            index=index,
            label=int(labels[index]),
            predicted=int(predicted[index]),
            probabilities=tuple(probabilities[index].tolist()),
            votes=tuple(votes[:, index].tolist()),
            outlier_score=float(scores[index]),
        )
        for index in np.flatnonzero(predicted != labels).tolist()
    )
