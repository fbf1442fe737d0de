"""What ensembles say beyond the one that was made: the chapter's plain vote, and every ensemble that could be drawn.

One ensemble's test accuracy depends on which seeds it happens to hold. With more members trained than an ensemble needs, the
mean over all ensembles that can be drawn from them is the number that the seeds do not decide.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from pydantic import ConfigDict

from model.errors import ConfigurationError
from model.shapes import CLASSES, Labels, MemberLogits
from model.voting import member_votes, soft_vote


@dataclass(frozen=True)
class EnsembleSpread:
    """The accuracies of all ensembles of one size that can be drawn from the members trained.

    Parameters
    ----------
    size, members
        Of an ensemble, and how many there were to draw from.
    ensembles
        How many were drawn: all of them.
    mean, standard_deviation, lowest, highest
        Of their accuracies; fractions. The ensembles share members, so the deviation is no standard error.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    size: int
    members: int
    ensembles: int
    mean: float
    standard_deviation: float
    lowest: float
    highest: float


def measure_all_ensembles(
    logits: MemberLogits, labels: Labels, *, size: int = 5, temperature: float = 1.0
) -> EnsembleSpread:
    """Measure every ensemble that can be drawn from the members.

    Intuition: where all members give one answer, so does every ensemble of them, because the mean of probabilities that
    peak at one digit peaks there too. Only the few pictures on which members differ have to be averaged anew.

    Parameters
    ----------
    logits
        Float32 (members, N, 10).
    labels
        Int64 (N,).
    size
        Members of an ensemble.
    temperature
        Divides the logits.

    Returns
    -------
    EnsembleSpread
        Over all `members` choose `size` ensembles.

    Raises
    ------
    ConfigurationError
        If there are fewer members than an ensemble has.
    """
    members = len(logits)
    if not 1 <= size <= members:
        raise ConfigurationError(f"ensembles of {size} found; from {members} members, 1 to {members} can be drawn")
    votes = member_votes(logits)
    disputed = (votes != votes[0]).any(axis=0)
    certain = int((votes[0] == labels)[~disputed].sum())
    probabilities = np.stack([soft_vote(one[np.newaxis], temperature=temperature) for one in logits[:, disputed]])
    correct = np.array(
        [
            certain + int((probabilities[list(chosen)].sum(axis=0).argmax(axis=1) == labels[disputed]).sum())
            for chosen in combinations(range(members), size)
        ]
    )
    accuracies = correct / len(labels)
    return EnsembleSpread(
        size,
        members,
        math.comb(members, size),
        float(accuracies.mean()),
        float(accuracies.std()),
        float(accuracies.min()),
        float(accuracies.max()),
    )


def majority_vote(logits: MemberLogits) -> Labels:
    """Let the members vote with one voice each, as in the chapter; a tie goes to the higher mean probability.

    Parameters
    ----------
    logits
        Float32 (members, N, 10).

    Returns
    -------
    Labels
        Int64 (N,): the answers.
    """
    counts = (member_votes(logits)[:, :, np.newaxis] == np.arange(CLASSES)).sum(axis=0)
    # A mean probability is below 1 wherever two digits share the votes, so it decides ties and nothing else.
    answers: Labels = (counts + soft_vote(logits)).argmax(axis=1)
    return answers
