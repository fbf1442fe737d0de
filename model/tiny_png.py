"""The fast way for PNGs as MNIST's pictures come: 28 x 28, grey, 8 bits, nothing else in the file.

Of so small a picture Pillow's way into its decoder and out takes several times as long as decoding. Here the pixel stream is
unpacked, which also tells that every row is there, and PNG's row filters are undone for many pictures at once: their rows
are put below each other as one tall picture. A row's filter refers to the row above, and to nothing above the first one, so
a black row goes between two pictures. What is not exactly so is left to `decoding.py`, complaints included.

Source: PNG specification, third edition (W3C, 2025): chunks (5), filtering (9).
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from model.deflate import UnpackingError, crc32, unpacker
from model.png_container import SIGNATURE
from model.png_rows import HIGHEST_FILTER, undo_filters
from model.shapes import SIDE, Pixels

ROW_BYTES = 1 + SIDE
"""A filter byte and a row."""
PICTURE_BYTES = SIDE * ROW_BYTES
MOST_PACKED_BYTES = 2 * PICTURE_BYTES
"""What is longer is no work of an encoder, and would be unpacked twice."""
_HEAD = SIGNATURE + bytes.fromhex("0000000d 49484452 0000001c 0000001c 08 00 00 00 00 57668048")
"""The header's whole chunk with its checksum: 28 x 28, 8 bits, grey, deflate, adaptive filters, not interlaced."""
_END = bytes.fromhex("00000000 49454e44 ae426082")
_IDAT = b"IDAT"
_BLACK_ROW = bytes(ROW_BYTES)


def unpack_tiny_png(content: bytes) -> bytes | None:
    """Unpack the rows of a PNG that is as MNIST's pictures come.

    Parameters
    ----------
    content
        Any file.

    Returns
    -------
    bytes or None
        `PICTURE_BYTES` bytes, 28 rows, each behind its filter's number; None if the content is anything else, or damaged.
    """
    if not content.startswith(_HEAD):
        return None
    start = len(_HEAD) + 4
    end = start + 4 + int.from_bytes(content[start - 4 : start])
    if end - start > MOST_PACKED_BYTES:
        return None
    if content[start : start + 4] != _IDAT or content[end + 4 :] != _END:
        return None
    if crc32(content[start:end]) != int.from_bytes(content[end : end + 4]):
        return None
    stream = unpacker()
    try:
        rows = stream.decompress(content[start + 4 : end], PICTURE_BYTES + 1)
    except UnpackingError:
        return None
    is_whole = stream.eof and len(rows) == PICTURE_BYTES and max(rows[::ROW_BYTES]) <= HIGHEST_FILTER
    return rows if is_whole else None


def pack_tiny_rows(picture: Image.Image) -> bytes:
    """Write a picture as `unpack_tiny_png` does, no filter applied.

    Parameters
    ----------
    picture
        28 x 28, mode L.

    Returns
    -------
    bytes
        `PICTURE_BYTES` bytes.
    """
    rows = np.zeros((SIDE, ROW_BYTES), np.uint8)
    rows[:, 1:] = np.asarray(picture)
    return rows.tobytes()


def decode_tiny_rows(pictures: Sequence[bytes]) -> Pixels:
    """Undo the row filters of many pictures.

    Parameters
    ----------
    pictures
        N pictures from `unpack_tiny_png` or `pack_tiny_rows`, at least one.

    Returns
    -------
    Pixels
        UInt8 (N, 28, 28), grey as in the file.
    """
    rows = _BLACK_ROW.join([b"", *pictures])
    tall = undo_filters(rows, "L", SIDE)
    return np.frombuffer(tall.tobytes(), np.uint8).reshape(-1, SIDE + 1, SIDE)[:, 1:]
