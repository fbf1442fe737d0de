"""The ladder's results as a file: what each net is worth, and where that was measured.

results/ladder.json          every net's score, with its origin
results/voters.safetensors   what the nets of rung 7 answer on the test split, for the vote

A net with a result is finished, whether or not its weights are still there: the folder `results` alone is enough to go on
with the ladder, on another machine or on another day.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from model.errors import TrainingError
from model.manifest import Score
from training.combinations import EnsembleSpread
from training.origin import Origin
from training.rungs import Schedule

RESULT_FILE = Path("results") / "ladder.json"
"""Inside a ladder's folder, and inside `docs`."""

VOTERS_FILE = Path("results") / "voters.safetensors"
"""Beside it."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class SeedResult:
    """One net: its accuracy on validation after the last epoch, its score on test, its training's wall time, its origin."""

    __pydantic_config__ = _STRICT

    seed: int
    validation_accuracy: float
    test: Score
    seconds: float
    origin: Origin


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
    test_size: int
    rungs: tuple[RungResult, ...]
    vote: VoteResult | None

    def seeds_of(self, key: str) -> tuple[SeedResult, ...]:
        """Return the nets of a rung, from seed 0 without a gap; none where the rung is not there."""
        return next((rung.seeds for rung in self.rungs if rung.key == key), ())


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


def load_known(folder: Path, *, schedule: Schedule) -> LadderResult:
    """Read what a ladder's folder holds already; nothing, where it holds no result.

    Parameters
    ----------
    folder
        Of the whole ladder.
    schedule
        That is asked for.

    Returns
    -------
    LadderResult
        Of this schedule.

    Raises
    ------
    TrainingError
        If the result cannot be read, or is of another schedule.
    """
    if not (folder / RESULT_FILE).exists():
        return LadderResult(schedule, 0, (), None)
    known = load_result(folder)
    if known.schedule != schedule:
        raise TrainingError(
            f"{folder / RESULT_FILE} is of the schedule {known.schedule!r}, asked for is {schedule!r}; choose another --out"
        )
    return known


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
