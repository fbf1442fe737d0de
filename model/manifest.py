"""What a checkpoint says of itself, and what was measured of it: the types of `manifest.json` and `evaluation.json`.

Plain frozen dataclasses; pydantic checks them when they are read, so that a field that is missing, unknown or of another
type is named before anything is computed.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict

SHIPPED_CHECKPOINT = Path(__file__).parent / "weights"
"""The checkpoint that comes with the program."""

FORMAT_VERSION = 1
"""The layout of the checkpoint's folder that this program writes, and the latest that it reads."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Thresholds:
    """Where one verdict ends and the next begins; all from the validation split.

    Parameters
    ----------
    unsure_below
        A digit's probability under this is `unsure`: of the validation digits above it, 99.9 % are right.
    not_a_digit_above
        An outlier score over this is `not_a_digit`.
    first_member_at_least
        From this probability on, the first member answers alone; above 1 where it never may.
    first_member_outlier_below
        ... and only where its outlier score is under this.
    """

    __pydantic_config__ = _STRICT

    unsure_below: float
    not_a_digit_above: float
    first_member_at_least: float
    first_member_outlier_below: float


@dataclass(frozen=True)
class MemberRecord:
    """One network of the ensemble: `network` rebuilds it (`model.networks.config_from_json`)."""

    __pydantic_config__ = _STRICT

    seed: int
    network: dict[str, object]
    parameters: int
    multiply_adds: int
    validation_accuracy: float


@dataclass(frozen=True)
class Manifest:
    """Where a checkpoint comes from and how it is to be used.

    Parameters
    ----------
    temperature
        Divides every member's logits before the softmax.
    files, data_sha256
        SHA-256 in hexadecimal: of the checkpoint's other files; of the decompressed MNIST files it was trained on.
    trained_on
        The split of the members' training pictures, in words.
    """

    __pydantic_config__ = _STRICT

    format_version: int
    name: str
    version: str
    trained_on: str
    members: tuple[MemberRecord, ...]
    recipe: dict[str, object]
    temperature: float
    thresholds: Thresholds
    preprocessing_version: int
    files: dict[str, str]
    data_sha256: dict[str, str]
    versions: dict[str, str]
    device: str
    wall_seconds: float
    commit: str

    @property
    def parameters(self) -> int:
        """Trainable numbers of all members."""
        return sum(member.parameters for member in self.members)

    @property
    def multiply_adds(self) -> int:
        """Multiplications for one picture when every member is asked."""
        return sum(member.multiply_adds for member in self.members)


@dataclass(frozen=True)
class Score:
    """Right answers: `accuracy` is a fraction, `interval` its 95 % Wilson interval."""

    __pydantic_config__ = _STRICT

    correct: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class CalibrationBin:
    """Answers whose probability lies in (lower, upper]: how sure they were, and how often right."""

    __pydantic_config__ = _STRICT

    lower: float
    upper: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities can be trusted; lower is better in all three numbers."""

    __pydantic_config__ = _STRICT

    negative_log_likelihood: float
    brier_score: float
    expected_calibration_error: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True)
class VerdictShares:
    """The share of the pictures that got each verdict, and the accuracy among those that got `digit`."""

    __pydantic_config__ = _STRICT

    digit: float
    unsure: float
    not_a_digit: float
    accuracy_of_digit: float


@dataclass(frozen=True)
class CascadeResult:
    """What letting the first member answer alone, where it is sure, changes."""

    __pydantic_config__ = _STRICT

    correct: int
    accuracy: float
    answered_by_one: float
    differing: int


@dataclass(frozen=True)
class EvaluationError:
    """One picture that the ensemble got wrong, by its index in the split."""

    __pydantic_config__ = _STRICT

    index: int
    label: int
    predicted: int
    probabilities: tuple[float, ...]
    votes: tuple[int, ...]
    outlier_score: float


@dataclass(frozen=True)
class CurvePoint:
    """One epoch of one member's training; `validation_accuracy` is None where validation pictures were trained on.

    `seconds` is the epoch's wall time, its validation included: a record, no part of what makes two curves equal.
    """

    __pydantic_config__ = _STRICT

    epoch: int
    training_loss: float
    validation_accuracy: float | None
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on one split, once.

    Parameters
    ----------
    confusion
        10 x 10 counts: row is the true digit, column the answer.
    curves
        One tuple of points for each member.
    """

    __pydantic_config__ = _STRICT

    split: str
    size: int
    ensemble: Score
    members: tuple[Score, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    verdicts: VerdictShares
    cascade: CascadeResult
    errors: tuple[EvaluationError, ...]
    curves: tuple[tuple[CurvePoint, ...], ...] = field(default=())
