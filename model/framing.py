"""MNIST's own last steps: fit the digit into 20 x 20, and put its centre of mass into the centre of 28 x 28.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": size-normalised into a 20 x 20 box
keeping the aspect ratio, grey by anti-aliasing, centred by centre of mass.
"""

import math

import numpy as np
from PIL import Image

from model.shapes import SIDE, Image28

BOX = 20
"""Pixels of the longer side of a digit in MNIST: 20 in 69,983 of the 70,000, else 19."""
CENTRE = SIDE / 2
"""MNIST's centre of mass, counting pixels from 0: between 13.48 and 14.5 in both directions in all 60,000."""
CENTRE_TOLERANCE = 0.55
FULL_INK = 254
"""Every one of MNIST's pictures has a pixel of at least this value."""


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


def as_mnist(sheet: Image.Image) -> Image28 | None:
    """Give a picture as it is, if it already has MNIST's form, white on black or black on white.

    Parameters
    ----------
    sheet
        Any size and mode.

    Returns
    -------
    Image28 or None
        The same pixels, ink as 1; None where anything is otherwise than MNIST does it.
    """
    if sheet.mode != "L" or sheet.size != (SIDE, SIDE):
        return None
    pixels = np.asarray(sheet)
    if pixels[0, 0] == 255:
        pixels = 255 - pixels
    if pixels[0, 0] or pixels.max() < FULL_INK or _extent(pixels) not in (BOX - 1, BOX):
        return None
    ink = pixels.astype(np.float32) / np.float32(255)  # divided as in training: the same bits
    centred = all(abs(place - CENTRE) <= CENTRE_TOLERANCE for place in mass_centre(ink))
    return ink if centred else None


def _extent(pixels: np.ndarray) -> int:
    """Give the longer side of the rectangle around what is not 0."""
    rows, columns = (np.flatnonzero(pixels.max(axis=axis)) for axis in (1, 0))
    return int(max(rows[-1] - rows[0], columns[-1] - columns[0])) + 1


def mass_centre(ink: np.ndarray) -> tuple[float, float]:
    """Give the row and column of the centre of mass, in pixels."""
    total = float(ink.sum())
    if total <= 0:
        return ink.shape[0] / 2, ink.shape[1] / 2
    rows = ink.sum(axis=1) @ np.arange(ink.shape[0], dtype=np.float64)
    columns = ink.sum(axis=0) @ np.arange(ink.shape[1], dtype=np.float64)
    return float(rows) / total, float(columns) / total
