"""MNIST's own last steps: fit the digit into 20 x 20, and put its centre of mass into the centre of 28 x 28.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": size-normalised into a 20 x 20 box
keeping the aspect ratio, grey by anti-aliasing, centred by centre of mass.
"""

import math

import numpy as np
from PIL import Image

from model.shapes import SIDE, Image28

BOX = 20
"""Pixels of the longer side of a digit in MNIST."""


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
    top = min(max(math.floor(SIDE / 2 - row), 0), SIDE - height)
    left = min(max(math.floor(SIDE / 2 - column), 0), SIDE - width)
    image = np.zeros((SIDE, SIDE), np.float32)
    image[top : top + height, left : left + width] = box
    return image


def mass_centre(ink: np.ndarray) -> tuple[float, float]:
    """Give the row and column of the centre of mass, in pixels."""
    total = float(ink.sum())
    if total <= 0:
        return ink.shape[0] / 2, ink.shape[1] / 2
    rows = ink.sum(axis=1) @ np.arange(ink.shape[0], dtype=np.float64)
    columns = ink.sum(axis=0) @ np.arange(ink.shape[1], dtype=np.float64)
    return float(rows) / total, float(columns) / total
