"""Stroke weight brought near MNIST's where it is far off: hair-lines thickened, marker strokes slimmed.

The weight of a stroke is area by half of its outline. MNIST's lies between 1.5 and 4.6 pixels of its 20-pixel box for 98 in
100 digits; what is within is left as it is, since the networks know it.
"""

import numpy as np
from PIL import Image

from model.framing import BOX

LIGHTEST, HEAVIEST = 1.5, 5.0
"""Weights left alone, in pixels of the box."""
LIGHT_GOAL, HEAVY_GOAL = 2.0, 4.2
NO_STROKE = 8.0
"""From this weight on it is a filled shape; slimming would make a stroke of a shirt."""
WORK_PIXELS = 80
"""The longer side while strokes are grown or shrunk: four pixels for one of the box."""


def balance_weight(ink: np.ndarray) -> np.ndarray:
    """Thicken or slim the strokes of a digit if they are far from MNIST's.

    Parameters
    ----------
    ink
        Float32 (height, width) in [0, 1], cut to the digit.

    Returns
    -------
    numpy.ndarray
        The same digit; the array itself where its strokes were fine.
    """
    weight = stroke_weight(ink) * BOX / max(ink.shape)
    if LIGHTEST <= weight <= HEAVIEST or weight >= NO_STROKE:
        return ink
    enlarged = _resized(ink)
    steps = ((LIGHT_GOAL if weight < LIGHTEST else HEAVY_GOAL) - weight) / 2 * max(enlarged.shape) / BOX
    if steps > 0:
        return _grown(np.pad(enlarged, round(steps)), round(steps))
    return 1 - _grown(1 - enlarged, round(-steps))


def stroke_weight(ink: np.ndarray) -> float:
    """Give the mean width of strokes, in pixels of the array."""
    edges = np.abs(ink[1:] - ink[:-1]).sum() + np.abs(ink[:, 1:] - ink[:, :-1]).sum()
    border = ink[0].sum() + ink[-1].sum() + ink[:, 0].sum() + ink[:, -1].sum()
    return float(2 * ink.sum() / max(float(edges + border) * np.pi / 4, 1e-6))


def _resized(ink: np.ndarray) -> np.ndarray:
    height, width = ink.shape
    scale = WORK_PIXELS / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    resized = np.clip(np.asarray(Image.fromarray(ink).resize(size, way)), 0, 1)
    return np.asarray(resized / max(float(resized.max()), 1e-6), np.float32)


def _grown(ink: np.ndarray, steps: int) -> np.ndarray:
    """Grow what is bright by so many pixels, crosses and squares in turn, which makes an octagon."""
    for step in range(steps):
        wide = np.pad(ink, 1, mode="edge")
        rows = np.maximum(np.maximum(wide[:-2], wide[2:]), wide[1:-1])
        if step % 2:
            ink = np.maximum(np.maximum(rows[:, :-2], rows[:, 2:]), rows[:, 1:-1])
        else:
            ink = np.maximum(np.maximum(wide[1:-1, :-2], wide[1:-1, 2:]), rows[:, 1:-1])
    return ink
