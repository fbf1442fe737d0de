"""What the ladder's nets are worth: measured once on the test split, kept as `ladder.json` with full provenance.

The nets are judged as they are after the last epoch. Of several seeds the one that is best on validation is named; the
test split chooses nothing.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError

from model.engines import MemberAnswers
from model.errors import TrainingError
from model.manifest import Score
from model.shapes import Labels
from model.voting import member_votes, soft_vote
from training.combinations import EnsembleSpread, majority_vote, measure_all_ensembles
from training.evaluation import ask_members, score
from training.ladder import rung_folder, trained_seeds
from training.mnist import Split
from training.origin import Origin
from training.phases import CHOOSING
from training.rungs import VOTE, VOTERS, Rung, Schedule, schedule_rungs
from training.statistics import wilson_interval
from training.trained import TrainedMember, load_trained

RESULT_FILE = Path("results") / "ladder.json"
"""Inside a ladder's folder, and inside `docs`."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class SeedResult:
    """One net: its accuracy on validation after the last epoch, its score on test, its training's wall time."""

    __pydantic_config__ = _STRICT

    seed: int
    validation_accuracy: float
    test: Score
    seconds: float


@dataclass(frozen=True)
class RungResult:
    """One rung over its seeds.

    Parameters
    ----------
    key
        Of the rung (`training.rungs`).
    parameters, epochs
        Of one net; counted, not quoted.
    mean, standard_deviation
        Of the test accuracies; the deviation (n - 1) is None for a single seed.
    interval
        95 % Wilson interval of the mean accuracy on a test split of this size: what the pictures, not the seeds, leave
        open.
    best_seed
        On validation.
    """

    __pydantic_config__ = _STRICT

    key: str
    parameters: int
    epochs: int
    seeds: tuple[SeedResult, ...]
    mean: float
    standard_deviation: float | None
    interval: tuple[float, float]
    best_seed: int


@dataclass(frozen=True)
class VoteResult:
    """Rung 8: the first five nets of rung 7 together.

    Parameters
    ----------
    votes
        One voice for each net, ties to the mean probability: the rung's number.
    mean_probability
        The soft vote, which is what Tenfold serves.
    all_ensembles
        Every five that can be drawn, where more than five nets are trained.
    """

    __pydantic_config__ = _STRICT

    parameters: int
    votes: Score
    mean_probability: Score
    all_ensembles: EnsembleSpread | None


@dataclass(frozen=True)
class LadderResult:
    """The whole ladder, as far as it is trained."""

    __pydantic_config__ = _STRICT

    schedule: Schedule
    origin: Origin
    test_size: int
    rungs: tuple[RungResult, ...]
    vote: VoteResult | None


def measure_ladder(
    folder: Path, *, schedule: Schedule, test: Split, device: torch.device, origin: Origin
) -> LadderResult:
    """Measure every net of a ladder that is trained.

    Parameters
    ----------
    folder
        Of the whole ladder.
    schedule
        By which it was trained.
    test
        The split.
    device
        Where the nets are asked.
    origin
        Of the measurement.

    Returns
    -------
    LadderResult
        Rungs without a finished seed are left out.

    Raises
    ------
    TrainingError
        If a net is damaged.
    """
    rungs, vote = [], None
    for rung in schedule_rungs(schedule):
        members = [
            load_trained(rung_folder(folder, rung), rung.recipe, member=seed, phase=CHOOSING)
            for seed in range(trained_seeds(folder, rung))
        ]
        if not members:
            continue
        answers = ask_members([member.network for member in members], test, device=device)
        rungs.append(_measure_rung(rung, members, answers=answers, labels=test.labels))
        if rung.number == VOTE - 1 and len(members) >= VOTERS:
            vote = _measure_vote(members, answers, labels=test.labels)
    return LadderResult(schedule, origin, len(test), tuple(rungs), vote)


def _measure_rung(
    rung: Rung, members: Sequence[TrainedMember], *, answers: MemberAnswers, labels: Labels
) -> RungResult:
    seeds = [
        _measure_seed(member, seed=rung.recipe.seed_of(number), votes=votes, labels=labels)
        for number, (member, votes) in enumerate(zip(members, member_votes(answers.logits), strict=True))
    ]
    accuracies = [seed.test.accuracy for seed in seeds]
    mean = statistics.fmean(accuracies)
    return RungResult(
        key=rung.key,
        parameters=members[0].network.parameter_count,
        epochs=len(members[0].curve),
        seeds=tuple(seeds),
        mean=mean,
        standard_deviation=statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        interval=wilson_interval(round(mean * len(labels)), len(labels)),
        best_seed=max(seeds, key=lambda seed: (seed.validation_accuracy, -seed.seed)).seed,
    )


def _measure_seed(member: TrainedMember, *, seed: int, votes: Labels, labels: Labels) -> SeedResult:
    accuracy = member.curve[-1].validation_accuracy
    assert accuracy is not None, "the ladder's nets never train on validation"
    return SeedResult(seed, accuracy, score(votes == labels), round(sum(point.seconds for point in member.curve), 3))


def _measure_vote(members: Sequence[TrainedMember], answers: MemberAnswers, *, labels: Labels) -> VoteResult:
    five = answers.logits[:VOTERS]
    return VoteResult(
        parameters=sum(member.network.parameter_count for member in members[:VOTERS]),
        votes=score(majority_vote(five) == labels),
        mean_probability=score(soft_vote(five).argmax(axis=1) == labels),
        all_ensembles=measure_all_ensembles(answers.logits, labels, size=VOTERS) if len(members) > VOTERS else None,
    )


def save_result(folder: Path, result: LadderResult) -> Path:
    """Write `results/ladder.json`; return its path.

    Raises
    ------
    TrainingError
        If it cannot be written.
    """
    path = folder / RESULT_FILE
    temporary = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(result), indent=1) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise TrainingError(f"cannot write {path}: {error}; the nets are kept: make room, then run again") from error
    return path


def load_result(folder: Path) -> LadderResult:
    """Read `results/ladder.json`.

    Raises
    ------
    TrainingError
        If it is not there, or is no ladder's result.
    """
    path = folder / RESULT_FILE
    try:
        return TypeAdapter(LadderResult).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); make it with tenfold-train ladder") from error
