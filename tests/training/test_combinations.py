"""Votes and drawn ensembles, held to slow and obvious references."""

from itertools import combinations

import numpy as np
import pytest

from model.errors import ConfigurationError
from model.shapes import Labels, MemberLogits
from model.voting import soft_vote
from training.combinations import majority_vote, measure_all_ensembles


def _answers(members: int, pictures: int) -> tuple[MemberLogits, Labels]:
    generator = np.random.default_rng(5)
    labels = generator.integers(0, 10, pictures)
    logits = generator.normal(size=(members, pictures, 10)).astype(np.float32)
    logits[:, np.arange(pictures), labels] += 2
    return logits, labels


def test_all_ensembles_are_measured_as_one_by_one() -> None:
    logits, labels = _answers(7, 300)
    one_by_one = [
        float((soft_vote(logits[list(chosen)], temperature=1.5).argmax(axis=1) == labels).mean())
        for chosen in combinations(range(7), 5)
    ]
    spread = measure_all_ensembles(logits, labels, temperature=1.5)
    assert (spread.size, spread.members, spread.ensembles) == (5, 7, 21)
    assert spread.mean == pytest.approx(np.mean(one_by_one))
    assert spread.standard_deviation == pytest.approx(np.std(one_by_one))
    assert (spread.lowest, spread.highest) == (min(one_by_one), max(one_by_one))


def test_one_ensemble_of_all_members_is_the_soft_vote() -> None:
    logits, labels = _answers(5, 200)
    spread = measure_all_ensembles(logits, labels)
    accuracy = (soft_vote(logits).argmax(axis=1) == labels).mean()
    assert (spread.ensembles, spread.standard_deviation) == (1, 0)
    assert spread.mean == pytest.approx(accuracy)


def test_members_that_never_differ_give_every_ensemble_their_accuracy() -> None:
    logits, labels = _answers(1, 100)
    spread = measure_all_ensembles(np.repeat(logits, 6, axis=0), labels)
    assert spread.lowest == spread.highest == (logits[0].argmax(axis=1) == labels).mean()


def test_too_few_members_are_refused() -> None:
    logits, labels = _answers(4, 10)
    with pytest.raises(ConfigurationError, match="ensembles of 5 found; from 4 members, 1 to 4 can be drawn"):
        measure_all_ensembles(logits, labels)


def _one_hot_logits(*rows: list[float]) -> MemberLogits:
    return np.array([[row + [0.0] * (10 - len(row))] for row in rows], dtype=np.float32)


def test_majority_beats_a_surer_minority() -> None:
    logits = _one_hot_logits([1, 0], [1, 0], [0, 9])
    assert majority_vote(logits).tolist() == [0]
    assert soft_vote(logits).argmax(axis=1).tolist() == [1]


def test_tie_of_votes_goes_to_the_higher_mean_probability() -> None:
    assert majority_vote(_one_hot_logits([0, 2], [0, 2], [3, 0], [3, 0], [0, 0, 5])).tolist() == [0]
    assert majority_vote(_one_hot_logits([0, 4], [0, 4], [3, 0], [3, 0], [0, 0, 5])).tolist() == [1]


def test_unanimous_vote_is_the_answer() -> None:
    logits, _ = _answers(1, 50)
    assert (majority_vote(np.repeat(logits, 5, axis=0)) == logits[0].argmax(axis=1)).all()
