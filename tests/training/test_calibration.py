"""Temperature and thresholds: what validation decides, on answers whose truth is known."""

import numpy as np
import pytest

from model.engines import MemberAnswers
from model.voting import soft_vote
from training.calibration import (
    KEPT_DIGITS,
    NEVER,
    fit,
    fit_temperature,
    fit_unsure,
    measure_calibration,
)


def honest_answers(count: int, *, boldness: float = 1.0, seed: int = 0) -> tuple[MemberAnswers, np.ndarray]:
    """One member whose probabilities are right, but for being stated `boldness` times too boldly."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 3, (count, 10)).astype(np.float32)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([generator.choice(10, p=row / row.sum()) for row in probabilities.astype(np.float64)])
    return MemberAnswers(logits[None] * np.float32(boldness), np.full((1, count), -30, dtype=np.float32)), labels


@pytest.mark.parametrize("boldness", [0.5, 1.0, 2.0])
def test_temperature_undoes_boldness(boldness: float) -> None:
    answers, labels = honest_answers(6000, boldness=boldness)
    assert fit_temperature(answers, labels) == pytest.approx(boldness, rel=0.05)


def test_honest_probabilities_have_a_small_calibration_error() -> None:
    answers, labels = honest_answers(6000)
    calibration = measure_calibration(soft_vote(answers.logits), labels)
    assert calibration.expected_calibration_error < 0.02
    assert sum(part.count for part in calibration.bins) == 6000


def test_bold_probabilities_have_a_large_one() -> None:
    answers, labels = honest_answers(6000, boldness=4.0)
    assert measure_calibration(soft_vote(answers.logits), labels).expected_calibration_error > 0.1


def probabilities_of(confidence: np.ndarray) -> np.ndarray:
    """Digit 0 with the given probability, the rest spread evenly."""
    rows = np.repeat(((1 - confidence) / 9)[:, None], 10, axis=1)
    rows[:, 0] = confidence
    return rows.astype(np.float32)


def test_unsure_threshold_leaves_999_of_1000_right() -> None:
    confidence = np.linspace(0.5, 1.0, 10_000)
    labels = np.zeros(10_000, dtype=np.int64)
    labels[:20] = 1  # the twenty least sure answers are wrong
    everything = np.ones(10_000, dtype=bool)
    threshold = fit_unsure(probabilities_of(confidence), labels, passing=everything)
    kept = confidence >= threshold - 1e-6
    assert (labels[kept] == 0).mean() >= 0.999
    assert 10 <= (~kept).sum() <= 11  # ten wrong answers may pass, and so only ten are held back


def test_unsure_threshold_never_holds_back_more_than_promised() -> None:
    confidence = np.linspace(0.5, 1.0, 10_000)
    labels = np.random.default_rng(0).integers(0, 2, 10_000)  # hopeless: half are wrong everywhere
    threshold = fit_unsure(probabilities_of(confidence), labels, passing=np.ones(10_000, dtype=bool))
    assert (confidence >= threshold - 1e-6).mean() == pytest.approx(KEPT_DIGITS, abs=2e-4)


def test_first_member_alone_never_differs_on_validation() -> None:
    generator = np.random.default_rng(1)
    logits = generator.normal(0, 4, (3, 5000, 10)).astype(np.float32)
    logits[1:] = logits[0] + generator.normal(0, 1.5, (2, 5000, 10))
    answers = MemberAnswers(logits, np.full((3, 5000), -30, dtype=np.float32))
    labels = soft_vote(logits).argmax(axis=1)
    fitted = fit(answers, labels)
    alone = soft_vote(logits[:1], temperature=fitted.temperature)
    together = soft_vote(logits, temperature=fitted.temperature)
    sure = alone.max(axis=1) >= fitted.thresholds.first_member_at_least
    differing_anywhere = (alone.argmax(axis=1) != together.argmax(axis=1)).sum()
    assert differing_anywhere > 0 and sure.sum() > 100
    assert (alone.argmax(axis=1) == together.argmax(axis=1))[sure].all()


def test_networks_without_outlier_unit_reject_nothing() -> None:
    answers, labels = honest_answers(1000)
    assert fit(answers, labels).thresholds.not_a_digit_above == NEVER
