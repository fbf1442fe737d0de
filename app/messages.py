"""What the event loop's process and the inference process tell each other; how that lies on the socket is `frames.py`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pickle import PickleBuffer
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from app.notes import RoundNote
from app.orders import Order

if TYPE_CHECKING:
    from app.gallery import Gallery

_ALONE_BYTES = 1 << 14
"""From this size on, contents are sent behind the messages: copying fewer bytes costs less than that."""


@dataclass(slots=True, eq=False)
class Timings:
    """Where a job's time went, in seconds; decoding and inference are those of its rounds, shared with others."""

    queue_seconds: float = 0.0
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0


class Submission(NamedTuple):
    """A job for the inference process.

    Parameters
    ----------
    number
        By which both sides know it.
    contents
        Encoded pictures, as they were sent; none for work that needs only the model.
    order
        What is to be made of them.
    consult_all
        Ask every member.
    submitted
        `perf_counter` at submission: the clock is the machine's, not the process's.
    """

    number: int
    contents: Sequence[bytes]
    order: Order
    consult_all: bool
    submitted: float


def carried(contents: Sequence[bytes]) -> Sequence[bytes]:
    """Mark contents that are large, so that they are sent without being copied first.

    Parameters
    ----------
    contents
        Of a `Submission`.

    Returns
    -------
    sequence of bytes
        For a `Submission` that is packed; the other end unpacks bytes again.
    """
    if sum(map(len, contents)) < _ALONE_BYTES:
        return contents
    return cast(Sequence[bytes], [PickleBuffer(content) for content in contents])


class Abandonment(NamedTuple):
    """Nobody waits for a job any more, and why."""

    number: int
    reason: str


class Command(Enum):
    """What needs no more words."""

    RELOAD = auto()
    """Load the checkpoint again, beside the model that answers now."""
    STOP = auto()
    """End after what was accepted before."""


class Completion(NamedTuple):
    """What became of a job; a dropped one has neither a result nor an error.

    Parameters
    ----------
    number
        The submission's.
    result
        As its order asked for.
    error
        Why there is none.
    timings
        Queue, decoding and inference, in seconds.
    """

    number: int
    result: bytes
    error: Exception | None
    timings: tuple[float, float, float]


@dataclass(frozen=True)
class ModelDescription:
    """What the routes tell of a model without asking it.

    Parameters
    ----------
    name, version
        Of its checkpoint.
    card
        The model card as JSON.
    gallery
        The test errors of this checkpoint.
    """

    name: str
    version: str
    card: bytes
    gallery: "Gallery"


class LoadRefusal(NamedTuple):
    """A checkpoint could not be used, and why."""

    reason: str


class LostRound(NamedTuple):
    """A round broke in a way that nobody foresaw; its jobs have failed, the next are answered."""


Request: TypeAlias = Submission | Abandonment | Command
Report: TypeAlias = Completion | RoundNote | ModelDescription | LoadRefusal | LostRound
