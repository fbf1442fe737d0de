"""The soft vote, its temperature, its ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.voting import member_votes, outlier_scores, soft_vote, softmax

some_logits = arrays(np.float32, (3, 4, 10), elements=st.floats(-30, 30, width=32))


@given(some_logits)
def test_soft_vote_is_the_mean_of_the_members_softmax(logits: np.ndarray) -> None:
    by_hand = np.zeros((4, 10))
    for member in logits.astype(np.float64):
        for row, scores in enumerate(member):
            powers = np.exp(scores / 2 - max(scores / 2))
            by_hand[row] += powers / powers.sum() / len(logits)
    np.testing.assert_allclose(soft_vote(logits, temperature=2.0), by_hand, atol=1e-6)


@given(some_logits)
def test_average_ignores_member_order(logits: np.ndarray) -> None:
    np.testing.assert_allclose(soft_vote(logits), soft_vote(logits[::-1]), atol=1e-6)


@given(some_logits)
def test_rows_sum_to_one(logits: np.ndarray) -> None:
    np.testing.assert_allclose(soft_vote(logits).sum(axis=1), 1, atol=1e-5)


def test_huge_logits_do_not_overflow() -> None:
    logits = np.full((1, 10), 1e4, dtype=np.float32)
    np.testing.assert_allclose(softmax(logits), 0.1, rtol=1e-5)


def test_tie_of_votes_is_settled_by_the_mean_probability() -> None:
    logits = np.zeros((2, 1, 10), dtype=np.float32)
    logits[0, 0, 3] = 2.0
    logits[1, 0, 8] = 5.0
    assert member_votes(logits).T.tolist() == [[3, 8]]
    assert soft_vote(logits).argmax(axis=1).tolist() == [8]


def test_temperature_changes_no_members_answer() -> None:
    logits = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    assert (softmax(logits, temperature=3.0).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_outlier_score_is_the_mean_probability() -> None:
    log_odds = np.array([[0.0], [-1000.0]], dtype=np.float32)
    assert outlier_scores(log_odds)[0] == pytest.approx(0.25)
