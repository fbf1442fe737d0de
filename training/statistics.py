"""Small statistics for honest numbers: intervals and paired tests."""

import math

import numpy as np

from model.shapes import Labels, Mask, Probabilities

_Z95 = 1.959963984540054
"""The standard normal's 97.5 % point."""


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a fraction.

    Intuition: all the true fractions under which what was seen would not be surprising. Unlike plus-or-minus two
    standard errors it stays inside [0, 1] and holds near 1, where digits live.

    Parameters
    ----------
    successes, trials
        0 <= successes <= trials.

    Returns
    -------
    tuple of float
        Lower and upper end, in [0, 1]; (0, 1) where there was no trial.

    Notes
    -----
    E. B. Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, 1927.
    """
    if not trials:
        return 0.0, 1.0
    fraction, z2 = successes / trials, _Z95**2
    centre = (fraction + z2 / (2 * trials)) / (1 + z2 / trials)
    margin = _Z95 / (1 + z2 / trials) * math.sqrt(fraction * (1 - fraction) / trials + z2 / (4 * trials**2))
    # At the ends the formula misses 0 and 1 by rounding only.
    low = 0.0 if successes == 0 else max(0.0, centre - margin)
    high = 1.0 if successes == trials else min(1.0, centre + margin)
    return low, high


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value that two classifiers are equally good, from where they differ.

    Parameters
    ----------
    only_first, only_second
        Pictures that only the one, or only the other, got right.

    Returns
    -------
    float
        In (0, 1]: the chance of a split at least this uneven if every difference were a toss of a coin.

    Notes
    -----
    Q. McNemar, *Note on the sampling error of the difference between correlated proportions*, 1947; the exact binomial form.
    """
    trials, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(trials, k) for k in range(fewer + 1)) / 2**trials
    return float(min(1.0, 2 * tail))


def bootstrap_difference(
    first_right: Mask, second_right: Mask, *, rounds: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two accuracies on the same pictures.

    Parameters
    ----------
    first_right, second_right
        Bool (N,): where each was right.
    rounds
        Redrawn test sets.
    seed
        Of the redrawing.

    Returns
    -------
    tuple of float
        Ends of the interval of accuracy(second) - accuracy(first), by percentiles.
    """
    differences = second_right.astype(np.int8) - first_right.astype(np.int8)
    generator = np.random.default_rng(seed)
    # Only the counts of -1, 0 and +1 matter, so a redrawn test set is one multinomial draw.
    counts = np.array([(differences == value).sum() for value in (-1, 0, 1)])
    drawn = generator.multinomial(len(differences), counts / len(differences), size=rounds)
    low, high = np.percentile((drawn[:, 2] - drawn[:, 0]) / len(differences), [2.5, 97.5])
    return float(low), float(high)


def negative_log_likelihood(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean of -log(probability of the true digit): 0 is perfect."""
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(right.clip(min=1e-12)).mean())


def brier_score(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean squared distance of the ten probabilities from the truth: 0 is perfect, 2 the worst."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())
