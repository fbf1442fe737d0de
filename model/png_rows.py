"""The rows of a PNG: unpacked, counted, and their filters undone.

Pillow accepts a pixel stream that ends early; the missing rows come out black. Here the stream is unpacked first, which with
`deflate.py` costs next to nothing, and every row must be there with a known filter. Rows of a small picture are kept and
given to Pillow's decoder as a stream of stored blocks, so that it only undoes the filters; of a large one they are only
counted, piece by piece.

Source: PNG specification, third edition (W3C, 2025): filtering (9).
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from model.deflate import UnpackingError, store, unpack, unpack_pieces
from model.errors import PictureDamagedError
from model.png_container import CheckedPng, PngHeader

HIGHEST_FILTER = 4
PIECE_BYTES = 1 << 18


def check_rows(png: CheckedPng) -> None:
    """Unpack the pixel stream piece by piece: it must hold every row, each with a known filter.

    Parameters
    ----------
    png
        Of any kind and size; not more than a piece is ever held.

    Raises
    ------
    PictureDamagedError
        If rows are missing or wrong.
    """
    needed = png.header.unpacked_bytes
    filter_positions = _filter_positions(png.header)
    next_filter = next(filter_positions)
    unpacked_bytes = 0
    for piece in _pieces(png, needed):
        end = min(unpacked_bytes + len(piece), needed)
        while next_filter < end:
            _check_filter(piece[next_filter - unpacked_bytes])
            next_filter = next(filter_positions, needed)
        unpacked_bytes = end
        if unpacked_bytes >= needed:
            return
    raise _cut(unpacked_bytes, needed)


def unpack_rows(png: CheckedPng) -> np.ndarray:
    """Unpack all rows of a PNG that is not interlaced.

    Parameters
    ----------
    png
        Small enough that its rows may be held at once.

    Returns
    -------
    numpy.ndarray
        Uint8 (height, bytes a row), each behind its filter's number, which is at most 4.

    Raises
    ------
    PictureDamagedError
        If rows are missing or wrong.
    """
    ((height, row_bytes),) = png.header.passes()
    needed = height * row_bytes
    try:
        rows = unpack(b"".join(png.packed_pixels), needed, most_flushes=height)
    except UnpackingError as error:
        raise _not_unpacked(error) from error
    if len(rows) < needed:
        raise _cut(len(rows), needed)
    pixels = np.frombuffer(rows, np.uint8).reshape(height, row_bytes)
    _check_filter(int(pixels[:, 0].max()))
    return pixels


def undo_filters(rows: bytes, mode: str, width: int) -> Image.Image:
    """Undo the filters of rows that are not interlaced.

    Parameters
    ----------
    rows
        Each behind its filter's number, which is at most 4.
    mode
        A mode of Pillow whose samples are bytes.
    width
        Pixels a row.

    Returns
    -------
    PIL.Image.Image
        The rows' pixels.
    """
    picture = Image.new(mode, (width, len(rows) // (1 + width * len(mode))))
    picture.frombytes(store(rows), "zip", mode, False)  # not interlaced; Pillow undoes filters in no other way
    return picture


def _check_filter(number: int) -> None:
    if number > HIGHEST_FILTER:
        raise PictureDamagedError(f"the PNG has a row with filter {number}, not 0 to {HIGHEST_FILTER}")


def _cut(unpacked_bytes: int, needed: int) -> PictureDamagedError:
    return PictureDamagedError(f"the PNG's rows are cut: {unpacked_bytes} of {needed} bytes are there")


def _not_unpacked(error: Exception) -> PictureDamagedError:
    return PictureDamagedError(f"the PNG's pixels cannot be unpacked: {error}")


def _filter_positions(header: PngHeader) -> Iterator[int]:
    start = 0
    for rows, row_bytes in header.passes():
        yield from range(start, start + rows * row_bytes, row_bytes)
        start += rows * row_bytes


def _pieces(png: CheckedPng, needed: int) -> Iterator[bytes]:
    row_count = sum(rows for rows, _ in png.header.passes())
    try:
        yield from unpack_pieces(png.packed_pixels, needed, piece_bytes=PIECE_BYTES, most_flushes=row_count)
    except UnpackingError as error:
        raise _not_unpacked(error) from error
