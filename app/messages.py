"""What the event loop's process and the inference process tell each other, and how it lies on the socket between them.

A frame is a head of two lengths, a pickled list of messages, and behind it the large contents that they name, which are
sent as they lie in memory. Many messages share the price of one. Both ends are this program, joined by a socket pair that
nobody else can reach, so pickling is safe here; no byte from a client is ever unpickled, only carried in a message.
"""

import pickle
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from app.notes import RoundNote
from app.orders import Order

if TYPE_CHECKING:
    from app.gallery import Gallery

_HEAD = struct.Struct("<II")
"""Bytes that are pickled, and the number of contents behind them."""
_SIZE_BYTES = 4
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
    return cast(Sequence[bytes], [pickle.PickleBuffer(content) for content in contents])


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


def pack(messages: Sequence[object]) -> list[bytes]:
    """Write messages as one frame.

    Parameters
    ----------
    messages
        Contents in a `PickleBuffer` are not copied.

    Returns
    -------
    list of bytes
        To be sent one after the other.
    """
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(messages, protocol=5, buffer_callback=buffers.append)
    if not buffers:
        return [_HEAD.pack(len(pickled), 0) + pickled]
    contents = [cast(bytes, buffer.raw().obj) for buffer in buffers]
    sizes = struct.pack(f"<{len(contents)}I", *map(len, contents))
    return [_HEAD.pack(len(pickled), len(contents)) + sizes + pickled, *contents]


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
        while (frame := self._take_frame()) is not None:
            yield from frame

    def _take_frame(self) -> Sequence[object] | None:
        """Take the first frame off, if all of it is there."""
        if len(self._rest) < _HEAD.size:
            return None
        pickled_bytes, count = _HEAD.unpack_from(self._rest)
        start = _HEAD.size + count * _SIZE_BYTES
        if len(self._rest) < start:
            return None
        sizes = struct.unpack_from(f"<{count}I", self._rest, _HEAD.size)
        end = start + pickled_bytes
        if len(self._rest) < end + sum(sizes):
            return None
        with memoryview(self._rest) as rest:
            ends = list(accumulate(sizes, initial=end))
            contents = [bytes(rest[first:last]) for first, last in pairwise(ends)]
            messages: Sequence[object] = pickle.loads(rest[start:end], buffers=contents)  # noqa: S301  # see the module
        del self._rest[: ends[-1]]
        return messages
