"""What the event loop's process and the inference process tell each other, and how it lies on the socket between them.

A frame is its length in four bytes and a pickled list of messages: many for the price of one. Both ends are this program,
joined by a socket pair that nobody else can reach, so pickling is safe here; no byte from a client is ever unpickled, only
carried in a message.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from app.notes import RoundNote
from app.orders import Order

if TYPE_CHECKING:
    from app.gallery import Gallery

_LENGTH_BYTES = 4


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


def pack(messages: Sequence[object]) -> bytes:
    """Write messages as one frame."""
    packed = pickle.dumps(messages, protocol=5)
    return len(packed).to_bytes(_LENGTH_BYTES, "little") + packed


class FrameReader:
    """Puts messages together from the bytes of a socket, however they were cut on the way."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[object]:
        """Take what has come, and give the messages that are whole with it.

        Parameters
        ----------
        data
            Any number of bytes.

        Yields
        ------
        object
            Messages, in the order in which they were packed.
        """
        self._rest += data
        while len(self._rest) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._rest[:_LENGTH_BYTES], "little")
            if len(self._rest) < end:
                return
            frame = bytes(self._rest[_LENGTH_BYTES:end])
            del self._rest[:end]
            yield from pickle.loads(frame)  # noqa: S301  # packed by this program, see above
