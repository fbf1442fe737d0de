"""What the members asked say together of pictures, and whether the first may answer alone.

The arithmetic is `voting.py`'s; what an opinion means for the answer is `classifier.py`'s.
"""

from typing import NamedTuple

import numpy as np

from model.engines import MemberAnswers
from model.shapes import Mask, Probabilities, Scores, Votes
from model.voting import member_votes, outlier_scores, soft_vote


class Opinion(NamedTuple):
    """Of N pictures: the mean probabilities, the members' own votes, and how likely each is no digit."""

    probabilities: Probabilities
    votes: Votes
    outlier_scores: Scores


def weigh(answers: MemberAnswers, *, temperature: float) -> Opinion:
    """Make one opinion of the answers of the members asked.

    Parameters
    ----------
    answers
        Of one member or all.
    temperature
        Of the checkpoint.

    Returns
    -------
    Opinion
        Of the same pictures, in order.
    """
    probabilities = soft_vote(answers.logits, temperature=temperature)
    return Opinion(probabilities, member_votes(answers.logits), outlier_scores(answers.outlier))


def first_is_sure(first: MemberAnswers, *, temperature: float, at_least: float, outlier_below: float) -> Mask:
    """Say for which images the first member may answer alone.

    Parameters
    ----------
    first
        The first member's answers: one member.
    temperature
        Of the checkpoint.
    at_least, outlier_below
        Thresholds for its probability and its outlier score.

    Returns
    -------
    Mask
        Bool (N,).
    """
    opinion = weigh(first, temperature=temperature)
    # In double precision, as the classifier compares: a threshold may be the very probability of one picture.
    probability = np.maximum.reduce(opinion.probabilities, axis=1).astype(np.float64)
    mask: Mask = (probability >= at_least) & (opinion.outlier_scores.astype(np.float64) < outlier_below)
    return mask
