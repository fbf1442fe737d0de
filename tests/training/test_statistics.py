"""Intervals and tests, against numbers from the literature and slow, obvious references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.statistics import (
    bootstrap_difference,
    brier_score,
    mcnemar_exact,
    negative_log_likelihood,
    wilson_interval,
)


def test_wilson_interval_of_the_chapters_vote() -> None:
    # 33 errors of 10,000: from 46.3 to 23.5 errors.
    low, high = wilson_interval(9_967, 10_000)
    assert 10_000 * (1 - low) == pytest.approx(46.3, abs=0.1) and 10_000 * (1 - high) == pytest.approx(23.5, abs=0.1)


@given(st.integers(1, 500), st.data())
def test_wilson_interval_ends_are_where_the_score_test_turns(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(1, trials - 1)) if trials > 1 else 0
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            z = (successes / trials - end) / np.sqrt(end * (1 - end) / trials)
            assert abs(z) == pytest.approx(1.96, abs=0.001)


def test_no_trial_says_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_all_right_reaches_one() -> None:
    assert wilson_interval(50, 50)[1] == 1.0 and wilson_interval(0, 50)[0] == 0.0


@pytest.mark.parametrize(("first", "second", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 0.021484375)])
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int, p: float) -> None:
    assert mcnemar_exact(first, second) == pytest.approx(p)


def test_bootstrap_interval_holds_the_difference() -> None:
    generator = np.random.default_rng(0)
    first = generator.random(5000) < 0.95
    second = first | (generator.random(5000) < 0.4)
    low, high = bootstrap_difference(first, second)
    assert low < second.mean() - first.mean() < high and low > 0


def test_equal_classifiers_have_no_difference() -> None:
    right = np.array([True, False] * 50)
    assert bootstrap_difference(right, right) == (0.0, 0.0)


def test_scores_of_a_perfect_and_of_an_even_answer() -> None:
    labels = np.array([3, 4])
    perfect = np.eye(10, dtype=np.float32)[labels]
    even = np.full((2, 10), 0.1, dtype=np.float32)
    assert negative_log_likelihood(perfect, labels) == 0 and brier_score(perfect, labels) == 0
    assert negative_log_likelihood(even, labels) == pytest.approx(np.log(10), rel=1e-5)
    assert brier_score(even, labels) == pytest.approx(0.9, rel=1e-5)
