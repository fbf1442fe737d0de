"""Which network: small frozen configurations that check themselves, are stored in a checkpoint, and need no torch.

`model/networks.py` builds what they describe.
"""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from model.errors import ConfigurationError


@dataclass(frozen=True)
class ChapterConfig:
    """A network of the chapter.

    Parameters
    ----------
    convolutions
        Feature maps of each 5x5 convolution, each followed by 2x2 max pooling; empty for a dense network.
    dense
        Units of each hidden dense layer.
    activation
        The non-linearity of every hidden layer.
    dropout
        Probability that an input of a dense layer is zeroed in training.
    """

    convolutions: tuple[int, ...] = (20, 40)
    dense: tuple[int, ...] = (1000, 1000)
    activation: Literal["sigmoid", "relu"] = "relu"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        _check_dropout(self.dropout)
        if len(self.convolutions) > 2:
            raise ConfigurationError(
                f"{len(self.convolutions)} convolutions of 5x5 found; 28x28 has room for at most 2 of them"
            )


@dataclass(frozen=True)
class CompactConfig:
    """The shipped kind of network: three pairs of 3x3 convolutions, halving the side twice.

    Parameters
    ----------
    channels
        Feature maps of the three pairs.
    halving
        `pool`: 2x2 max pooling after a pair; `stride`: the next pair's first convolution moves by two.
    view
        `given`: the picture as it comes; `moments`: stood upright at a fixed size first (`model/moments.py`).
    dropout
        Probability that an input of the dense layer is zeroed in training.
    outlier_unit
        Whether there is an eleventh output for "no digit".
    """

    channels: tuple[int, int, int] = (16, 32, 64)
    halving: Literal["pool", "stride"] = "pool"
    view: Literal["given", "moments"] = "given"
    dropout: float = 0.3
    outlier_unit: bool = True

    def __post_init__(self) -> None:
        _check_dropout(self.dropout)
        if min(self.channels) < 1:
            raise ConfigurationError(f"channels {self.channels} found; each must be at least 1")


@dataclass(frozen=True)
class ScoutConfig:
    """The small network that answers alone where it is sure: it halves the side at once, so that little is computed.

    A 5x5 convolution that moves by two, a 3x3 convolution, a 3x3 convolution that moves by two, a 3x3 convolution.

    Parameters
    ----------
    channels
        Feature maps at half and at a quarter of the side.
    dropout
        Probability that an input of the dense layer is zeroed in training.
    outlier_unit
        Whether there is an eleventh output for "no digit".
    """

    channels: tuple[int, int] = (16, 48)
    dropout: float = 0.1
    outlier_unit: bool = True

    def __post_init__(self) -> None:
        _check_dropout(self.dropout)
        if min(self.channels) < 1:
            raise ConfigurationError(f"channels {self.channels} found; each must be at least 1")


NetworkConfig: TypeAlias = ChapterConfig | CompactConfig | ScoutConfig
_KINDS: dict[str, type[NetworkConfig]] = {"chapter": ChapterConfig, "compact": CompactConfig, "scout": ScoutConfig}


def has_outlier_unit(config: NetworkConfig) -> bool:
    """Say whether a network's last output means "no digit"."""
    return isinstance(config, CompactConfig | ScoutConfig) and config.outlier_unit


def config_to_json(config: NetworkConfig) -> dict[str, object]:
    """Describe a network as plain JSON values, with its `kind`."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(config, cls))
    return {"kind": kind, **asdict(config)}


def config_from_json(described: dict[str, object]) -> NetworkConfig:
    """Read what `config_to_json` wrote.

    Raises
    ------
    ConfigurationError
        If the kind or a key is unknown, or a value impossible.
    """
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in described.items()}
    kind = fields.pop("kind", None)
    if kind not in _KINDS:
        raise ConfigurationError(f"network kind {kind!r} found; known are {sorted(_KINDS)}")
    try:
        return _KINDS[str(kind)](**fields)  # type: ignore[arg-type]  # the constructor's own checks are the check
    except TypeError as error:
        raise ConfigurationError(f"network description {described}: {error}") from error


def _check_dropout(dropout: float) -> None:
    if not 0 <= dropout < 1:
        raise ConfigurationError(f"dropout {dropout} found; it must be at least 0 and below 1")
