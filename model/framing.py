"""MNIST's own last steps: fit the digit into 20 x 20, and put its centre of mass into the centre of 28 x 28.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": size-normalised into a 20 x 20 box
keeping the aspect ratio, grey by anti-aliasing, centred by centre of mass.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from model.shapes import SIDE, Image28, Pixels

BOX = 20
"""Pixels of the longer side of a digit in MNIST: 20 in 69,983 of the 70,000, else 19."""
CENTRE = SIDE / 2
"""MNIST's centre of mass, counting pixels from 0: between 13.48 and 14.5 in both directions in all 60,000."""
CENTRE_TOLERANCE = 0.55
WHITE = 255
FULL_INK = 254
"""Every one of MNIST's pictures has a pixel of at least this value."""
_ONES = np.ones(SIDE, np.float32)
_MOMENTS = np.stack([_ONES, np.arange(SIDE, dtype=np.float32) - np.float32(CENTRE)], axis=1)
"""Turns sums of rows or columns into their total and their first moment about the centre."""


def frame_ink(ink: np.ndarray) -> Image28:
    """Scale a digit to its box and centre its mass.

    Parameters
    ----------
    ink
        Float32 array (height, width), cropped to the digit, values in [0, 1], ink is 1.

    Returns
    -------
    Image28
        The digit as MNIST would hold it.
    """
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC))
    return centre_mass(np.clip(box, 0, 1))


def centre_mass(box: np.ndarray) -> Image28:
    """Place ink on an empty 28 x 28 so that its centre of mass is the centre, by whole pixels, as MNIST does."""
    height, width = box.shape
    row, column = mass_centre(box)
    top = min(max(math.floor(CENTRE - row + 0.5), 0), SIDE - height)
    left = min(max(math.floor(CENTRE - column + 0.5), 0), SIDE - width)
    image = np.zeros((SIDE, SIDE), np.float32)
    image[top : top + height, left : left + width] = box
    return image


def may_be_mnist(sheet: Image.Image) -> bool:
    """Tell whether a sheet has the size and the mode of MNIST's pictures, so that it may be MNIST's for `as_mnist`."""
    return sheet.mode == "L" and sheet.size == (SIDE, SIDE)


def as_mnist(pixels: Pixels) -> list[Image28 | None]:
    """Give pictures as they are, if they already have MNIST's form, white on black or black on white.

    Parameters
    ----------
    pixels
        UInt8 (N, 28, 28); many together cost little more than one.

    Returns
    -------
    list of Image28 or None
        The same pixels, ink as 1; None where anything is otherwise than MNIST does it.
    """
    paper = pixels[:, 0, 0].tolist()
    if max(paper) == WHITE:
        pixels = pixels ^ pixels[:, :1, :1]  # inverts what is black on white
    grey = pixels.astype(np.float32)
    sums = np.empty((2, len(paper), SIDE), np.float32)  # of rows and columns; exact, as all are below 2**24
    np.matmul(grey, _ONES, out=sums[0])
    np.matmul(_ONES, grey, out=sums[1])
    inked = sums > 0
    extents = SIDE - inked.argmax(axis=-1) - inked[..., ::-1].argmax(axis=-1)  # from the first to the last inked
    peaks = np.maximum.reduce(grey.reshape(-1, SIDE * SIDE), axis=1)
    images = grey / np.float32(WHITE)  # divided as in training: the same bits
    features = zip(paper, peaks.tolist(), extents.T.tolist(), *(sums @ _MOMENTS).tolist(), strict=True)
    return [image if _is_alike(*found) else None for image, found in zip(images, features, strict=True)]


def _is_alike(paper: int, peak: float, extents: Sequence[int], rows: Sequence[float], columns: Sequence[float]) -> bool:
    """Compare a picture with MNIST's: of rows and columns, the sum and its first moment about the centre are given."""
    centred = all(abs(moment) <= CENTRE_TOLERANCE * total for total, moment in (rows, columns))
    return centred and paper in (0, WHITE) and peak >= FULL_INK and max(extents) in (BOX - 1, BOX)


def mass_centre(ink: np.ndarray) -> tuple[float, float]:
    """Give the row and column of the centre of mass, in pixels."""
    total = float(ink.sum())
    if total <= 0:
        return ink.shape[0] / 2, ink.shape[1] / 2
    rows = ink.sum(axis=1) @ np.arange(ink.shape[0], dtype=np.float64)
    columns = ink.sum(axis=0) @ np.arange(ink.shape[1], dtype=np.float64)
    return float(rows) / total, float(columns) / total
