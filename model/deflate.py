"""Deflate streams: unpacked fast, and written without packing.

A PNG's pixels, texts and profiles are such streams. zlib-ng unpacks a canvas in a thirtieth of the time of Python's own zlib
(0.02 ms of 0.68), and zeros, of which bombs are made, in as little. The rest of a PNG is left to `png_container.py` and
`png_rows.py`.

Source: P. Deutsch, J.-L. Gailly, "ZLIB Compressed Data Format Specification" (RFC 1950) and P. Deutsch, "DEFLATE Compressed
Data Format Specification" (RFC 1951), 1996: stored blocks (3.2.4).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from zlib_ng import zlib_ng
from zlib_ng.zlib_ng import crc32

if TYPE_CHECKING:
    from zlib_ng.zlib_ng import _Decompress

__all__ = ["UnpackingError", "crc32", "store", "unpack", "unpack_pieces", "unpacker"]

UnpackingError: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # its stub says an exception, not a class
PACKED_PIECE_BYTES = 1 << 15
FREELY_PACKED_BYTES, MOST_PACKED_BY_UNPACKED, MOST_PACKED_BY_FLUSH = 1 << 16, 1.25, 16
"""What a stream may take for what it holds. Any encoder's takes less: fixed codes take at most 9 bits for a byte, and blocks
that end with each row some ten bytes more. 5 MiB of empty blocks, of eleven bytes each, take a third of a second."""
_STREAM_HEAD = b"\x78\x01"
_BLOCK_BYTES = 0xFFFF


def unpacker() -> "_Decompress":
    """Make what unpacks a stream of known length, as `zlib.decompressobj` does; it raises `UnpackingError`."""
    return zlib_ng.decompressobj()


def unpack(packed: bytes | memoryview, most_bytes: int, *, most_flushes: int = 0) -> bytes:
    """Unpack the beginning of a stream.

    Parameters
    ----------
    packed
        A stream, which may be cut.
    most_bytes
        What comes after so many is left packed.
    most_flushes
        So often an encoder may have ended a block early.

    Returns
    -------
    bytes
        What was there.

    Raises
    ------
    UnpackingError
        If it is damaged, or goes on without holding anything.
    """
    return b"".join(unpack_pieces([packed], most_bytes, piece_bytes=most_bytes, most_flushes=most_flushes))


def unpack_pieces(
    parts: Iterable[bytes | memoryview], most_bytes: int, *, piece_bytes: int, most_flushes: int = 0
) -> Iterator[bytes]:
    """Unpack the beginning of a stream piece by piece.

    Parameters
    ----------
    parts
        Parts of one stream, which may be cut.
    most_bytes
        What comes after so many is left packed.
    piece_bytes
        The size of the largest piece.
    most_flushes
        So often an encoder may have ended a block early.

    Yields
    ------
    bytes
        What was there, in order.

    Raises
    ------
    UnpackingError
        If it is damaged, or goes on without holding anything.
    """
    stream = unpacker()
    taken_bytes, left_bytes = 0, most_bytes
    freely_packed_bytes = FREELY_PACKED_BYTES + MOST_PACKED_BY_FLUSH * most_flushes
    for packed in _cut(parts):
        if taken_bytes > freely_packed_bytes + MOST_PACKED_BY_UNPACKED * (most_bytes - left_bytes):
            raise UnpackingError(f"its first {taken_bytes} packed bytes hold only {most_bytes - left_bytes}")
        taken_bytes += len(packed)
        for piece in _pieces(stream, packed, most_bytes=left_bytes, piece_bytes=piece_bytes):
            left_bytes -= len(piece)
            yield piece
        if stream.eof or not left_bytes:
            return


def _cut(parts: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for part in parts:
        for start in range(0, len(part), PACKED_PIECE_BYTES):
            yield part[start : start + PACKED_PIECE_BYTES]


def _pieces(stream: "_Decompress", packed: bytes | memoryview, *, most_bytes: int, piece_bytes: int) -> Iterator[bytes]:
    """Unpack all that a part of a stream gives; the unpacker may hold more than its input shows."""
    while most_bytes:
        room = min(piece_bytes, most_bytes)
        piece = stream.decompress(packed, room)
        most_bytes -= len(piece)
        yield piece
        packed = stream.unconsumed_tail
        if len(piece) < room:
            return


def store(content: bytes) -> bytes:
    """Write a stream of stored blocks; zlib's level 0 does the same in five times the time."""
    view = memoryview(content)
    parts: list[bytes | memoryview] = [_STREAM_HEAD]
    for start in range(0, max(1, len(content)), _BLOCK_BYTES):
        block = view[start : start + _BLOCK_BYTES]
        size, is_last = len(block), start + _BLOCK_BYTES >= len(content)
        parts += [bytes([is_last]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little"), block]
    return b"".join([*parts, zlib_ng.adler32(content).to_bytes(4)])
