"""From the members' logits to one answer: temperature, soft vote, votes. Plain numpy, no torch.

The answer is the mean of the members' probabilities after temperature scaling. A tie of votes is no tie: the mean
probability decides. Source of temperature scaling: C. Guo et al., *On Calibration of Modern Neural Networks*, 2017,
https://arxiv.org/abs/1706.04599; the soft vote is the chapter's vote of five nets with its ties settled.
"""

import numpy as np

from model.shapes import Logits, MemberLogits, MemberScores, Probabilities, Scores, Votes

_LEAST_LOG_ODDS = np.float32(-80)


def softmax(logits: Logits, *, temperature: float = 1.0) -> Probabilities:
    """Turn one network's logits into probabilities.

    Parameters
    ----------
    logits
        Float32 (N, 10).
    temperature
        Above 1 makes the answer more modest, below 1 bolder.

    Returns
    -------
    Probabilities
        Float32 (N, 10), rows sum to 1.
    """
    scaled = logits / np.float32(temperature)
    scaled -= np.maximum.reduce(scaled, axis=1, keepdims=True)
    powers = np.exp(scaled, out=scaled)
    probabilities: Probabilities = powers / np.add.reduce(powers, axis=1, keepdims=True)
    return probabilities


def soft_vote(logits: MemberLogits, *, temperature: float = 1.0) -> Probabilities:
    """Average the members' probabilities.

    Parameters
    ----------
    logits
        Float32 (members, N, 10).
    temperature
        As in `softmax`, the same for every member.

    Returns
    -------
    Probabilities
        Float32 (N, 10), rows sum to 1. The order of the members changes it by rounding only.
    """
    members, batch, classes = logits.shape
    flat = softmax(logits.reshape(members * batch, classes), temperature=temperature)
    probabilities: Probabilities = _mean_over_members(flat.reshape(members, batch, classes))
    return probabilities


def member_votes(logits: MemberLogits) -> Votes:
    """Return every member's own answer, int64 (members, N)."""
    votes: Votes = logits.argmax(axis=2)
    return votes


def outlier_scores(outlier_log_odds: MemberScores) -> Scores:
    """Average the members' probabilities that a picture is no digit.

    Parameters
    ----------
    outlier_log_odds
        Float32 (members, N).

    Returns
    -------
    Scores
        Float32 (N,), in [0, 1].
    """
    # exp of a large negative number underflows to 0 as it should; bound the other side, where it would overflow.
    scores: Scores = _mean_over_members(1 / (1 + np.exp(-np.maximum(outlier_log_odds, _LEAST_LOG_ODDS))))
    return scores


def _mean_over_members(values: np.ndarray) -> np.ndarray:
    """Average along the first axis; numpy's own `mean` takes three times as long for a handful of pictures."""
    mean: np.ndarray = values[0] if len(values) == 1 else np.add.reduce(values, axis=0) / np.float32(len(values))
    return mean
