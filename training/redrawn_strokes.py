"""Digits with other stroke weights, for `redrawing.py`: hair-thin and fat.

Source for thinning: T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", Communications of
the ACM 27 (1984); here on arrays, both half-steps vectorised.
"""

import cv2
import numpy as np

FINENESS = 8
"""Pixels per MNIST pixel while strokes are worked on."""


def thinned(digit: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Redraw a digit with strokes of 0.15 to 0.5 MNIST pixels.

    Parameters
    ----------
    digit
        Uint8, 28 x 28, 255 is ink.
    generator
        Where the stroke weight comes from.

    Returns
    -------
    numpy.ndarray
        Uint8, 224 x 224, framed alike.
    """
    spine = thin(_enlarged(digit) > 127)
    return _dilated(spine, radius=generator.uniform(0.15, 0.5) * FINENESS / 2)


def fattened(digit: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Redraw a digit with strokes wider by 1 to 2.5 MNIST pixels; arguments and result as in `thinned`."""
    return _dilated(_enlarged(digit) > 127, radius=generator.uniform(1, 2.5) * FINENESS / 2)


def _enlarged(digit: np.ndarray) -> np.ndarray:
    side = digit.shape[0] * FINENESS
    return np.asarray(cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC))


def _dilated(mask: np.ndarray, *, radius: float) -> np.ndarray:
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.clip((radius + 0.5 - distance) * 255, 0, 255), np.uint8)


def thin(mask: np.ndarray) -> np.ndarray:
    """Thin a bool mask to lines one pixel wide that keep its connections."""
    image = np.pad(mask, 1)
    changed = True
    while changed:
        changed = False
        for second in (False, True):
            removable = _removable(image, second=second)
            changed = changed or bool(removable.any())
            image[1:-1, 1:-1] &= ~removable
    return image[1:-1, 1:-1]


def _removable(image: np.ndarray, *, second: bool) -> np.ndarray:
    """Find the inner pixels that one half-step of Zhang and Suen's algorithm takes away."""
    height, width = image.shape
    offsets = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    around = np.stack([image[r : r + height - 2, c : c + width - 2] for r, c in offsets])
    north, east, south, west = around[0], around[2], around[4], around[6]
    neighbours = around.sum(axis=0)
    crossings = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
    open_side = (
        ~(north & east & west) & ~(north & south & west) if second else ~(north & east & south) & ~(east & south & west)
    )
    inside = image[1:-1, 1:-1]
    return np.asarray(inside & (neighbours >= 2) & (neighbours <= 6) & (crossings == 1) & open_side)
