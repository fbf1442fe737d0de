"""What the ladder's nets are worth: measured once on the test split, as they are after the last epoch.

Of several seeds the one that is best on validation is named; the test split chooses nothing. What was measured before is
taken from the folder's results, and not measured again.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from model.errors import TrainingError
from model.networks import build_network
from model.shapes import Labels, MemberLogits
from model.voting import soft_vote
from training.combinations import majority_vote, measure_all_ensembles
from training.evaluation import ask_members, score
from training.ladder import finished_seeds, rung_folder
from training.ladder_results import VOTERS_FILE, LadderResult, RungResult, SeedResult, VoteResult
from training.mnist import Split
from training.origin import Origin
from training.phases import CHOOSING
from training.rungs import VOTE, VOTERS, Rung, schedule_rungs
from training.statistics import wilson_interval
from training.trained import load_trained


@dataclass(frozen=True)
class Measurement:
    """How new nets are measured: the split, the device, and the origin that their results will carry."""

    test: Split
    device: torch.device
    origin: Origin


def measure_ladder(folder: Path, *, known: LadderResult, how: Measurement) -> LadderResult:
    """Measure every finished net of a ladder that has no result yet, and add it to what is known.

    Parameters
    ----------
    folder
        Of the whole ladder; the answers of rung 7 are kept in it for the vote.
    known
        What was measured before; its schedule is the ladder's.
    how
        New nets are measured.

    Returns
    -------
    LadderResult
        Rungs without a finished seed are left out.

    Raises
    ------
    TrainingError
        If a net or the answers of the voters are damaged, or those cannot be written.
    """
    rungs = [_measure_rung(folder, rung, known=known, how=how) for rung in schedule_rungs(known.schedule)]
    voters = next((rung for rung in rungs if rung and rung.key == str(VOTE - 1)), None)
    vote = _measure_vote(folder, voters, labels=how.test.labels) if voters and len(voters.seeds) >= VOTERS else None
    return LadderResult(known.schedule, len(how.test), tuple(rung for rung in rungs if rung), vote)


def _measure_rung(folder: Path, rung: Rung, *, known: LadderResult, how: Measurement) -> RungResult | None:
    before = known.seeds_of(rung.key)
    new = range(len(before), finished_seeds(folder, rung, known=known))
    seeds = [*before, *(_measure_seed(folder, rung, number, how=how) for number in new)]
    if not seeds:
        return None
    accuracies = [seed.test.accuracy for seed in seeds]
    mean = statistics.fmean(accuracies)
    return RungResult(
        key=rung.key,
        parameters=build_network(rung.network).parameter_count,
        epochs=rung.recipe.epochs,
        seeds=tuple(seeds),
        mean=mean,
        standard_deviation=statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        interval=wilson_interval(round(mean * len(how.test)), len(how.test)),
        best_seed=max(seeds, key=lambda seed: (seed.validation_accuracy, -seed.seed)).seed,
    )


def _measure_seed(folder: Path, rung: Rung, number: int, *, how: Measurement) -> SeedResult:
    member = load_trained(rung_folder(folder, rung), rung.recipe, member=number, phase=CHOOSING)
    (logits,) = ask_members([member.network], how.test, device=how.device).logits
    if rung.number == VOTE - 1:
        _keep_answers(folder, rung.recipe.seed_of(number), logits)
    accuracy = member.curve[-1].validation_accuracy
    assert accuracy is not None, "the ladder's nets never train on validation"
    seconds = round(sum(point.seconds for point in member.curve), 3)
    test = score(logits.argmax(axis=1) == how.test.labels)
    return SeedResult(rung.recipe.seed_of(number), accuracy, test, seconds, how.origin)


def _keep_answers(folder: Path, seed: int, logits: np.ndarray) -> None:
    """Add a voter's answers; half precision is enough to tell which digit has the highest mean probability."""
    path = folder / VOTERS_FILE
    kept = load_file(path) if path.exists() else {}
    temporary = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({**kept, f"seed_{seed}": logits.astype(np.float16)}, temporary)
        temporary.replace(path)
    except OSError as error:
        raise TrainingError(f"cannot write {path}: {error}; the nets are kept: make room, then run again") from error


def _measure_vote(folder: Path, rung: RungResult, *, labels: Labels) -> VoteResult:
    logits = _voters_answers(folder, rung.seeds)
    five = logits[:VOTERS]
    return VoteResult(
        parameters=VOTERS * rung.parameters,
        votes=score(majority_vote(five) == labels),
        mean_probability=score(soft_vote(five).argmax(axis=1) == labels),
        all_ensembles=measure_all_ensembles(logits, labels, size=VOTERS) if len(logits) > VOTERS else None,
    )


def _voters_answers(folder: Path, seeds: Sequence[SeedResult]) -> MemberLogits:
    path = folder / VOTERS_FILE
    try:
        kept = load_file(path)
        return np.stack([kept[f"seed_{seed.seed}"].astype(np.float32) for seed in seeds])
    except (OSError, SafetensorError, KeyError) as error:
        raise TrainingError(
            f"{path} does not hold the answers of every net of rung 7 ({error}); copy the whole folder of results, or "
            "delete it and measure again"
        ) from error
