"""A digit put on a canvas, and the canvas put into bytes: what all kinds of `redrawing.py` share."""

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from training import backdrops

SCALES = (0.5, 12.0)
MAX_CANVAS_PIXELS = 1000
MAX_TURN_DEGREES = 15.0
BLACK, WHITE = np.zeros(3, np.float32), np.ones(3, np.float32)


@dataclass(frozen=True)
class Placed:
    """A digit's ink on its canvas."""

    cover: np.ndarray
    """Float32 (height, width); 1 where ink covers the ground."""
    digit_pixels: float
    """Side of the digit's 20 x 20 box on the canvas."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.cover.shape[1], self.cover.shape[0]


def place(
    digit: np.ndarray,
    generator: np.random.Generator,
    *,
    scales: tuple[float, float] = SCALES,
    room: float = 36.0,
) -> Placed:
    """Put a digit on a canvas at a random scale, angle and place.

    Parameters
    ----------
    digit
        Uint8, square, framed as MNIST frames it (of any resolution), 255 is ink.
    generator
        Where all choices come from.
    scales
        Bounds of the scale; 1 is MNIST's own 28 pixels a side.
    room
        The most that a canvas's side may be, in sides of the digit's frame.

    Returns
    -------
    Placed
        The ink's cover of a canvas of 28 * scale to 1,000 pixels a side.
    """
    side = max(14, round(28 * float(np.exp(generator.uniform(*np.log(scales))))))
    largest = max(side, min(MAX_CANVAS_PIXELS, int(side * room)))
    width, height = (int(side * (largest / side) ** generator.uniform(0, 1)) for _ in range(2))
    left, top = int(generator.integers(0, width - side + 1)), int(generator.integers(0, height - side + 1))
    cover = np.zeros((height, width), np.float32)
    cover[top : top + side, left : left + side] = _turned(digit, generator, side=side)
    return Placed(cover, side * 20 / 28)


def _turned(digit: np.ndarray, generator: np.random.Generator, *, side: int) -> np.ndarray:
    centre = (digit.shape[0] - 1) / 2
    turn = cv2.getRotationMatrix2D((centre, centre), generator.uniform(-MAX_TURN_DEGREES, MAX_TURN_DEGREES), 1.0)
    turned = cv2.warpAffine(digit.astype(np.float32) / 255, turn, digit.shape, flags=cv2.INTER_CUBIC)
    way = cv2.INTER_AREA if side < digit.shape[0] else cv2.INTER_CUBIC
    return np.clip(cv2.resize(turned, (side, side), interpolation=way), 0, 1)


def over(ground: np.ndarray, placed: Placed, colour: np.ndarray, *, strength: float = 1.0) -> np.ndarray:
    """Lay the ink over the ground."""
    cover = strength * placed.cover[..., None]
    return np.asarray(ground * (1 - cover) + colour * cover, np.float32)


def black_on_white(placed: Placed) -> np.ndarray:
    """Draw as on a plain canvas."""
    return over(backdrops.flat(placed.size, WHITE), placed, BLACK)


def encode(picture: np.ndarray, *, quality: int | None = None) -> bytes:
    """Write a picture with values in [0, 1] as PNG, or as JPEG where a quality is given."""
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    stream = BytesIO()
    if quality is None:
        Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    else:
        Image.fromarray(pixels).save(stream, format="JPEG", quality=quality)
    return stream.getvalue()
