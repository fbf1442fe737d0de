"""How messages lie on the socket between the event loop's process and the inference process.

A frame is a head of two lengths, a pickled list of messages, and behind it the large contents that they name, which are
sent as they lie in memory. Many messages share the price of one. Both ends are this program, joined by a socket pair that
nobody else can reach, so pickling is safe here; no byte from a client is ever unpickled, only carried in a message.

The usual messages are pickled as plain tuples with a number for their class in front: to write a class's name and to find
the class by it again takes five times as long as all the rest, 10 us a request.
"""

import pickle
import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple, cast

from app.messages import Abandonment, Completion, Submission
from app.notes import RoundNote
from app.orders import BatchOrder, Order, PredictionOrder

_HEAD = struct.Struct("<II")
"""Bytes that are pickled, and the number of contents behind them."""
_SIZE_BYTES = 4

_USUAL: tuple[type[NamedTuple], ...] = (Submission, Completion, RoundNote, PredictionOrder, BatchOrder, Abandonment)
_NUMBERS: dict[type, int] = {kind: number for number, kind in enumerate(_USUAL)}


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
    pickled = pickle.dumps(list(map(_flatten, messages)), protocol=5, buffer_callback=buffers.append)
    if not buffers:
        return [_HEAD.pack(len(pickled), 0) + pickled]
    contents = [cast(bytes, buffer.raw().obj) for buffer in buffers]
    sizes = struct.pack(f"<{len(contents)}I", *map(len, contents))
    return [_HEAD.pack(len(pickled), len(contents)) + sizes + pickled, *contents]


class FrameReader:
    """Puts messages together from the bytes of a socket, however they were cut on the way."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[object]:
        """Take what has come, and give the messages that are whole with it.

        Parameters
        ----------
        data
            Any number of bytes.

        Returns
        -------
        list of object
            Messages, in the order in which they were packed.
        """
        self._rest += data
        messages: list[object] = []
        while (frame := self._take_frame()) is not None:
            messages += map(_restore, frame)
        return messages

    def _take_frame(self) -> Sequence[object] | None:
        """Take the first frame off, if all of it is there."""
        rest = self._rest
        if len(rest) < _HEAD.size:
            return None
        pickled_bytes, count = _HEAD.unpack_from(rest)
        start = _HEAD.size + count * _SIZE_BYTES
        if len(rest) < start:
            return None
        sizes = struct.unpack_from(f"<{count}I", rest, _HEAD.size) if count else ()
        end = start + pickled_bytes
        if len(rest) < end + sum(sizes):
            return None
        contents = _cut(rest, end, sizes) if sizes else None
        messages: Sequence[object] = pickle.loads(rest[start:end], buffers=contents)  # noqa: S301  # see the module
        del rest[: end + sum(sizes)]
        return messages


def _cut(frame: bytearray, start: int, sizes: Sequence[int]) -> list[bytes]:
    """Copy the contents that lie one behind the other from a place on."""
    with memoryview(frame) as view:
        return [bytes(view[first:last]) for first, last in pairwise(accumulate(sizes, initial=start))]


def _flatten(message: object) -> object:
    """Turn a usual message into a plain tuple, and the order within it too."""
    number = _NUMBERS.get(type(message))
    if number is None:
        return message
    if isinstance(message, Submission):
        return (
            number,
            message.number,
            message.contents,
            _flatten(message.order),
            message.consult_all,
            message.submitted,
        )
    return (number, *cast(tuple[object, ...], message))


def _restore(flat: object) -> object:
    """Undo `_flatten`; what is no plain tuple was none of the usual messages."""
    if type(flat) is not tuple:
        return flat
    kind = _USUAL[flat[0]]
    if kind is Submission:
        _, number, contents, order, consult_all, submitted = flat
        return Submission(number, contents, cast(Order, _restore(order)), consult_all, submitted)
    return kind._make(flat[1:])
