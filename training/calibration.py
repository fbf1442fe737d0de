"""Probabilities that can be trusted, and the thresholds of the verdicts: all fitted on the validation split.

Temperature: one number that divides all logits, chosen so that the validation labels become likeliest (C. Guo et al.,
*On Calibration of Modern Neural Networks*, 2017, https://arxiv.org/abs/1706.04599). Thresholds: where validation says that
an answer is 99.9 % right, where all but a few in a thousand digits still pass as digits, and where the first member alone
says what all say.

The members that are calibrated have not seen validation. Where a final phase trains on all 60,000 afterwards, the numbers
found here are carried over; the networks then are a little better than the numbers say.
"""

from dataclasses import dataclass

import numpy as np

from model.engines import MemberAnswers
from model.manifest import Calibration, CalibrationBin, Thresholds
from model.opinions import first_is_sure
from model.shapes import Labels, Mask, Probabilities, Scores
from model.voting import outlier_scores, soft_vote
from training.statistics import brier_score, negative_log_likelihood

BINS = 15
RIGHT_WHEN_SURE = 0.999
"""What `digit` aims at: of the validation digits with this verdict, this share is right."""

KEPT_DIGITS = 0.992
"""The share of validation digits that keep the verdict `digit`, even where fewer would be righter: 99 % is promised, and
the rest is room for chance."""

REJECTED_DIGITS = 0.003
"""The share of validation digits that may be taken for no digit."""

NEVER = 2.0
"""A threshold that no probability reaches."""

_NO_OUTLIER_UNIT = 1e-12  # scores of networks without the unit are below this


@dataclass(frozen=True)
class Fitted:
    """What validation decides."""

    temperature: float
    thresholds: Thresholds


def fit(answers: MemberAnswers, labels: Labels) -> Fitted:
    """Fit temperature and thresholds.

    Parameters
    ----------
    answers
        Every member's answers on the validation split.
    labels
        Int64 (N,).

    Returns
    -------
    Fitted
        For the manifest.
    """
    temperature = fit_temperature(answers, labels)
    probabilities = soft_vote(answers.logits, temperature=temperature)
    scores = outlier_scores(answers.outlier)
    not_a_digit_above = _fit_rejection(scores)
    unsure_below = fit_unsure(probabilities, labels, passing=scores <= not_a_digit_above)
    outlier_below = not_a_digit_above / 2
    at_least = _fit_first_member(
        answers, temperature=temperature, unsure_below=unsure_below, outlier_below=outlier_below
    )
    return Fitted(temperature, Thresholds(unsure_below, not_a_digit_above, at_least, outlier_below))


def fit_temperature(answers: MemberAnswers, labels: Labels) -> float:
    """Return the temperature under which the mean probabilities give the labels the highest likelihood.

    Parameters
    ----------
    answers
        Every member's answers.
    labels
        Int64 (N,).

    Returns
    -------
    float
        Between 0.2 and 5, to a thousandth; found by golden-section search, since the likelihood has one peak.
    """
    low, high = np.log(0.2), np.log(5.0)
    golden = (np.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss(answers, labels, np.exp(left)) < _loss(answers, labels, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _loss(answers: MemberAnswers, labels: Labels, temperature: float) -> float:
    return negative_log_likelihood(soft_vote(answers.logits, temperature=temperature), labels)


def fit_unsure(probabilities: Probabilities, labels: Labels, *, passing: Mask) -> float:
    """Return the lowest probability from which on 99.9 % of the answers are right, or `KEPT_DIGITS` of them are left.

    Parameters
    ----------
    probabilities
        Float32 (N, 10), after temperature scaling.
    labels
        Int64 (N,).
    passing
        Bool (N,): what is not rejected as no digit; at least one.

    Returns
    -------
    float
        A probability that occurs.
    """
    confidence, right = probabilities.max(axis=1)[passing], (probabilities.argmax(axis=1) == labels)[passing]
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(accuracy >= RIGHT_WHEN_SURE)
    kept = max(enough[-1] if len(enough) else 0, min(len(order), round(KEPT_DIGITS * len(labels))) - 1)
    return float(confidence[order[kept]])


def _fit_rejection(scores: Scores) -> float:
    """Return the outlier score that all but `REJECTED_DIGITS` of the digits stay under."""
    if scores.max() < _NO_OUTLIER_UNIT:
        return NEVER
    return float(np.quantile(scores, 1 - REJECTED_DIGITS))


def _fit_first_member(
    answers: MemberAnswers, *, temperature: float, unsure_below: float, outlier_below: float
) -> float:
    """Return the first member's probability from which on its digit is the full vote's."""
    first = MemberAnswers(answers.logits[:1], answers.outlier[:1])
    alone = soft_vote(first.logits, temperature=temperature)
    together = soft_vote(answers.logits, temperature=temperature)
    eligible = first_is_sure(first, temperature=temperature, at_least=unsure_below, outlier_below=outlier_below)
    differs = eligible & (alone.argmax(axis=1) != together.argmax(axis=1))
    # A threshold that lets through one difference in the 10,000 of validation may let through three in the next 10,000;
    # one that lets through none keeps the promise of at most one better.
    strictest = alone.max(axis=1)[differs].max() if differs.any() else unsure_below
    return float(max(np.nextafter(np.float32(strictest), np.float32(NEVER)), unsure_below))


def measure_calibration(probabilities: Probabilities, labels: Labels) -> Calibration:
    """Measure how far probabilities can be trusted.

    Parameters
    ----------
    probabilities
        Float32 (N, 10).
    labels
        Int64 (N,).

    Returns
    -------
    Calibration
        With `BINS` bins of equal width between 0 and 1; the expected calibration error is the mean distance of
        confidence and accuracy, weighted by the bins' counts.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = tuple(_measure_bin(confidence, right, number=number) for number in range(BINS))
    error = sum(part.count * abs(part.confidence - part.accuracy) for part in bins) / len(labels)
    return Calibration(negative_log_likelihood(probabilities, labels), brier_score(probabilities, labels), error, bins)


def _measure_bin(confidence: Scores, right: Mask, *, number: int) -> CalibrationBin:
    lower, upper = number / BINS, (number + 1) / BINS
    inside = (confidence > lower) & (confidence <= upper)
    if not inside.any():
        return CalibrationBin(lower, upper, 0, 0.0, 0.0)
    return CalibrationBin(
        lower, upper, int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean())
    )
