"""The rows of a PNG: unpacked, counted, and their filters undone.

Pillow accepts a pixel stream that ends early; the missing rows come out black. Here the stream is unpacked first, which with
`deflate.py` costs next to nothing, and every row must be there with a known filter. Rows of a small picture are kept and
given to Pillow's decoder as a stream of stored blocks, so that it only undoes the filters; of a large one they are only
counted, piece by piece.

Canvases are RGB or RGBA, though most are black and white. Filters work on each channel for itself: where the filtered bytes
of red, green and blue are equal, so are the colours, and one channel is decoded in place of three.

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
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode by the number of channels, of a byte each."""
_FILTER_COUNT = HIGHEST_FILTER + 1
_OPAQUE_LATER = np.array([[255, 255], [255, 0], [0, 0], [128, 0], [0, 0]], np.uint8)
"""What each filter makes of a row of 255 below another: of its first byte, and of all that follow."""
_OPAQUE_FIRST = np.array([[255, 255], [255, 0], [255, 255], [255, 128], [255, 0]], np.uint8)
"""The same where there is no row above."""


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
    for piece in _pieces(png.packed_pixels, needed):
        end = min(unpacked_bytes + len(piece), needed)
        while next_filter < end:
            _check_filter(piece[next_filter - unpacked_bytes])
            next_filter = next(filter_positions, needed)
        unpacked_bytes = end
        if unpacked_bytes >= needed:
            return
    raise _cut(unpacked_bytes, needed)


def decode_rows(png: CheckedPng) -> tuple[Image.Image, Image.Image | None]:
    """Decode a plain PNG: not interlaced, a byte a sample, no palette and no transparent colour.

    Parameters
    ----------
    png
        Small enough that its rows may be held several times.

    Returns
    -------
    tuple
        The picture, mode L, LA, RGB or RGBA; None. Where all colours are grey it is of mode L, and its alpha channel comes
        apart in place of the None, or not at all if it is opaque: to put the two together and take them apart again costs
        as much as to decode one.

    Raises
    ------
    PictureDamagedError
        If rows are missing or wrong.
    """
    rows = _unpacked_rows(png)
    channels = png.header.bits_per_pixel // 8
    is_opaque = channels != 4 or _is_opaque(rows, channels)
    is_black = not is_opaque and _is_black(rows)
    if channels < 3 or not (is_black or _is_grey(rows, channels)):
        return undo_filters(rows.tobytes(), MODES[channels], png.header.width), None
    grey = Image.new("L", (png.header.width, len(rows)), 0) if is_black else _decoded_channel(rows, 0, channels)
    return grey, None if is_opaque else _decoded_channel(rows, 3, channels)


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


def _unpacked_rows(png: CheckedPng) -> np.ndarray:
    """Unpack all rows: uint8 (height, bytes a row), the filter's number first."""
    ((height, row_bytes),) = png.header.passes()
    needed = height * row_bytes
    try:
        rows = unpack(b"".join(png.packed_pixels), needed)
    except UnpackingError as error:
        raise _not_unpacked(error) from error
    if len(rows) < needed:
        raise _cut(len(rows), needed)
    pixels = np.frombuffer(rows, np.uint8).reshape(height, row_bytes)
    _check_filter(int(pixels[:, 0].max()))
    return pixels


def _is_black(rows: np.ndarray) -> bool:
    """Say whether red, green and blue are 0 everywhere beside alpha, as black ink's on a transparent ground are."""
    return not np.bitwise_or.reduce(rows, axis=0)[1:].reshape(-1, 4)[:, :3].any()


def _is_grey(rows: np.ndarray, channels: int) -> bool:
    """Say whether red, green and blue are equal everywhere; each byte is compared with the next, all columns at once."""
    changes = np.bitwise_or.reduce(rows[:, 1:-1] ^ rows[:, 2:], axis=0)
    return not (changes[::channels].any() or changes[1::channels].any())


def _is_opaque(rows: np.ndarray, channels: int) -> bool:
    """Say whether the last channel is 255 everywhere."""
    alpha = rows[:, channels::channels]
    expected = _OPAQUE_LATER[rows[:, 0]]
    expected[0] = _OPAQUE_FIRST[rows[0, 0]]
    return bool((alpha[:, 0] == expected[:, 0]).all() and (alpha[:, 1:] == expected[:, 1:]).all())


def _decoded_channel(rows: np.ndarray, number: int, channels: int) -> Image.Image:
    width = (rows.shape[1] - 1) // channels
    alone = np.empty((len(rows), 1 + width), np.uint8)
    alone[:, 0] = rows[:, 0]
    alone[:, 1:] = rows[:, 1 + number :: channels]
    return undo_filters(alone.tobytes(), "L", width)


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


def _pieces(pixels: list[memoryview], needed: int) -> Iterator[bytes]:
    try:
        yield from unpack_pieces(pixels, needed, piece_bytes=PIECE_BYTES)
    except UnpackingError as error:
        raise _not_unpacked(error) from error
