"""The channels of a plain PNG decoded from its rows, and no more of them than needs to be.

Canvases are RGB or RGBA, though most are black and white. Filters work on each channel for itself: where the filtered bytes
of red, green and blue are equal, so are the colours, and one channel is decoded in place of three. An opaque alpha channel
and black beside alpha are known by their filtered bytes too, and not decoded.

Source: PNG specification, third edition (W3C, 2025): filtering (9).
"""

import numpy as np
from PIL import Image

from model.png_container import CheckedPng
from model.png_rows import undo_filters, unpack_rows

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode by the number of channels, of a byte each."""
UP, PAETH = 2, 4
"""The filters that make zeros of a row like the one above."""
_OPAQUE_LATER = np.array([[255, 255], [255, 0], [0, 0], [128, 0], [0, 0]], np.uint8)
"""What each filter makes of a row of 255 below another: of its first byte, and of all that follow."""
_OPAQUE_FIRST = np.array([[255, 255], [255, 0], [255, 255], [255, 128], [255, 0]], np.uint8)
"""The same where there is no row above."""


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
    rows = unpack_rows(png)
    channels = png.header.bits_per_pixel // 8
    is_opaque = channels != 4 or _is_opaque(rows, channels)
    is_black = not is_opaque and _is_black(rows)
    if channels < 3 or not (is_black or _is_grey(rows, channels)):
        return undo_filters(rows.tobytes(), MODES[channels], png.header.width), None
    grey = Image.new("L", (png.header.width, len(rows)), 0) if is_black else _decoded_channel(rows, 0, channels)
    return grey, None if is_opaque else _decoded_channel(rows, 3, channels)


def _is_black(rows: np.ndarray) -> bool:
    """Say whether red, green and blue are 0 everywhere beside alpha, as black ink's on a transparent ground are."""
    return not np.bitwise_or.reduce(rows, axis=0)[1:].reshape(-1, 4)[:, :3].any()


def _is_grey(rows: np.ndarray, channels: int) -> bool:
    """Say whether red, green and blue are equal everywhere.

    Each byte is compared with the next, whatever they are, and all rows are put together before anything is looked at.
    """
    flat = rows.ravel()
    changes = np.zeros(flat.size, np.uint8)
    np.bitwise_xor(flat[:-1], flat[1:], out=changes[:-1])
    changed = np.bitwise_or.reduce(changes.reshape(rows.shape), axis=0)[1:]
    return not (changed[::channels].any() or changed[1::channels].any())


def _is_opaque(rows: np.ndarray, channels: int) -> bool:
    """Say whether the last channel is 255 everywhere."""
    first, later = rows[:1], rows[1:]
    if not _is_255(first, channels, _OPAQUE_FIRST):
        return False
    if ((later[:, 0] == UP) | (later[:, 0] == PAETH)).all():  # as browsers write them; told of all rows together
        return not np.bitwise_or.reduce(later, axis=0)[channels::channels].any()
    return _is_255(later, channels, _OPAQUE_LATER)


def _is_255(rows: np.ndarray, channels: int, made_of_255: np.ndarray) -> bool:
    """Say whether the last channel of filtered rows is what each filter makes of 255."""
    alpha = rows[:, channels::channels]
    expected = made_of_255[rows[:, 0]]
    return bool((alpha[:, 0] == expected[:, 0]).all() and (alpha[:, 1:] == expected[:, 1:]).all())


def _decoded_channel(rows: np.ndarray, number: int, channels: int) -> Image.Image:
    filters, filtered = rows[:, 0], rows[:, 1 + number :: channels]
    if (filters == UP).all():
        return Image.fromarray(_summed_down(filtered))
    alone = np.empty((len(rows), 1 + filtered.shape[1]), np.uint8)
    alone[:, 0] = filters
    alone[:, 1:] = filtered
    return undo_filters(alone.tobytes(), "L", filtered.shape[1])


def _summed_down(rows: np.ndarray) -> np.ndarray:
    """Undo the filter Up, which is all that Chromium writes: sum rows from above, mod 256, in log2(height) steps.

    In a third of the time that Pillow's decoder takes to it.
    """
    sums = rows.copy()
    covered = 1
    while covered < len(sums):
        sums[covered:] += sums[:-covered]
        covered *= 2
    return sums
