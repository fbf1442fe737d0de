"""Ink told from ground where light, paper and camera are uneven.

What is wanted is one number per pixel, the *contrast*: 0 where there is ground, largest in the middle of strokes, whatever
the paper's colour and the light across it.

Intuition: a dark stroke is a narrow valley in the landscape of brightness. Filling every valley narrower than a third of the
picture gives the landscape without strokes but with its slopes and shadow edges; the depth of filling is the ink. For
light ink the same upside down. Formally this is the top-hat by a square (F. Meyer, 1979; J. Serra, "Image Analysis and
Mathematical Morphology", 1982); the depth is divided by the filled landscape, since light multiplies.

Noise makes valleys too. The picture is therefore halved in size, which halves the noise, until ink stands out from it.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

WINDOW_SHARE = 0.33
"""The widest valley by the picture's longer side; where marker strokes meet, they reach 0.3 of a tightly cut digit."""
WIDEST_DIGIT = 1.5
"""Width by height; a digit in a wide strip is not larger than that."""
WINDOW_STROKES = 3.0
"""Windows by strokes, where strokes have been measured: room for pools of ink, little for corners of shadows."""
LEAST_WINDOW_PIXELS = 7
DIAGONAL_SHARE = 0.29
"""Of the window, cut off at each corner: what makes an octagon regular."""
LEAST_COARSE_PIXELS = 16
BENDS_WEIGHT = 3.0
"""How much more the bends of the ground say than how clearly ink stands out from it."""
CLEAR_SIGNAL = 10.0
"""Ink this many times stronger than the noise needs no further halving: thresholds at a third of the ink are then safe."""
LEAST_LONG_SIDE_PIXELS = 40
"""Halving stops here; digits need 20 pixels and room around."""
DARKEST_PAPER_SHARE = 0.25
"""Shadows deeper than this share of the brightest paper are not lightened further, as noise would grow with them."""
TOP_SHARE = 0.004
"""The share of pixels whose mean contrast counts as the ink's: a thin 1 covers about this much of a sheet."""


@dataclass(frozen=True)
class Relief:
    """A picture's contrast on its grid."""

    contrast: np.ndarray
    """Float32 (height, width), ground about 0, ink positive; 255 is black ink on white paper."""
    noise: float
    """Standard deviation of the contrast where there is ground."""

    @cached_property
    def peak(self) -> float:
        """The contrast of the clearest pixels."""
        return mean_of_top(self.contrast)

    @property
    def signal(self) -> float:
        """How many times the ink is stronger than the noise."""
        return self.peak / max(self.noise, 0.5)


def measure_relief(grey: np.ndarray, *, stroke_pixels: float | None = None) -> Relief:
    """Measure the contrast at the finest resolution where ink stands out from the noise.

    Parameters
    ----------
    grey
        Float32 (height, width), 0 to 255; light or dark ink.
    stroke_pixels
        How wide strokes are, where that is known; landscapes are then filled no wider than needed.

    Returns
    -------
    Relief
        On the grid of `grey`, or on a coarser one by 2, 4, ...
    """
    dark_ink = _has_dark_ink(grey)
    best = _relief(grey, _window(grey, stroke_pixels), dark_ink=dark_ink)
    while best.signal < CLEAR_SIGNAL:
        smoothed = _relief(_smoothed(grey), _window(grey, stroke_pixels), dark_ink=dark_ink)
        best = smoothed if smoothed.signal > best.signal else best
        if best.signal >= CLEAR_SIGNAL or max(grey.shape) < 2 * LEAST_LONG_SIDE_PIXELS or min(grey.shape) < 2:
            break
        grey = _halved(grey)
        stroke_pixels = stroke_pixels and stroke_pixels / 2
    return best


def light_relief(values: np.ndarray) -> Relief:
    """Measure what is brighter than its ground, as `measure_relief` does, at this resolution and undivided by light."""
    return _calmed(values - _filled(values, _window(values), dark_ink=False))


def _relief(grey: np.ndarray, window: int, *, dark_ink: bool) -> Relief:
    filled = _filled(grey, window, dark_ink=dark_ink)
    depth = filled - grey if dark_ink else grey - filled
    brightest = filled if dark_ink else grey
    paper = np.maximum(brightest, DARKEST_PAPER_SHARE * float(brightest.max()) + 1)
    return _calmed(depth * (255 / paper))


def _calmed(depth: np.ndarray) -> Relief:
    """Shift a depth so that most ground is 0, and measure its noise on the lower side, where there is no ink."""
    sample = depth[::2, ::2] if depth.size > 4096 else depth
    low, middle = np.percentile(sample, (15.9, 50))
    return Relief((depth - middle).astype(np.float32), noise=float(middle - low))


def _has_dark_ink(grey: np.ndarray) -> bool:
    """Tell dark ink on light ground from light ink on dark ground.

    Of the landscape without valleys and the one without hills, one is the bare ground, and the other has a block wherever
    strokes and the ground that they enclose were. The ground bends less, and what stands out from it stands out clearly.
    Both are asked coarsely, as noise has bends enough of its own.
    """
    coarse = _smoothed(_halved(_smoothed(grey))) if min(grey.shape) >= LEAST_COARSE_PIXELS else grey
    window = _window(coarse)
    filled, levelled = (_filled(coarse, window, dark_ink=dark) for dark in (True, False))
    dark, light = _calmed(filled - coarse), _calmed(coarse - levelled)
    bends = math.log((_roughness(filled) + 1) / (_roughness(levelled) + 1))
    return BENDS_WEIGHT * bends <= math.log(max(dark.signal, 1) / max(light.signal, 1))


def _window(grey: np.ndarray, stroke_pixels: float | None = None) -> int:
    """Give the side of a window that no stroke fills: odd, so that nothing shifts."""
    height, width = grey.shape
    side = WINDOW_SHARE * min(max(height, width), WIDEST_DIGIT * height)
    if stroke_pixels is not None:
        side = min(side, WINDOW_STROKES * stroke_pixels + 2)
    return max(LEAST_WINDOW_PIXELS, int(side)) | 1


def _filled(grey: np.ndarray, window: int, *, dark_ink: bool) -> np.ndarray:
    """Fill all valleys narrower than the window; for light ink, level all hills."""
    wide = np.pad(grey, window, mode="edge")
    first, second = (np.maximum, np.minimum) if dark_ink else (np.minimum, np.maximum)
    filled = _running(_running(wide, window, first), window, second)
    top, left = ((have - want) // 2 for have, want in zip(filled.shape, grey.shape, strict=True))
    return filled[top : top + grey.shape[0], left : left + grey.shape[1]]


def _roughness(landscape: np.ndarray) -> float:
    """Sum the squares of all bends.

    Bends rather than steps, since light falls off in slopes; squares, since strokes then outweigh noise.
    """
    return sum(float(np.square(np.diff(landscape, 2, axis=axis)).sum()) for axis in (0, 1))


def mean_of_top(values: np.ndarray) -> float:
    """Give the mean of the highest values, 4 in 1,000 but at least 6: the maximum without its accidents."""
    count = min(values.size, max(6, int(values.size * TOP_SHARE)))
    high = values[values > 0.5 * values.max()]  # selecting among few is ten times faster than among all
    candidates = high if high.size > count else values.ravel()
    return float(np.partition(candidates, candidates.size - count)[-count:].mean())


def _smoothed(grey: np.ndarray) -> np.ndarray:
    """Blur a little, by 1-2-1 in both directions; white noise falls to 0.375."""
    wide = np.pad(grey, 1, mode="edge")
    rows = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16)


def _halved(grey: np.ndarray) -> np.ndarray:
    """Average squares of 2 x 2; an odd last row or column is left out."""
    even = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
    return np.asarray((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4)


def shrunk(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Halve the values (height, width, ...) until they lie on the grid of a relief that was measured on them."""
    while values.shape[:2] != shape:
        values = _halved(values)
    return values


def _running(values: np.ndarray, window: int, extreme: np.ufunc) -> np.ndarray:
    """Take the extreme over each octagon that fits: a square, and a diamond by steps along both diagonals."""
    diagonal = round(DIAGONAL_SHARE * window)
    side = window - 2 * diagonal
    values = _run(values, side, extreme, (1, 0))
    values = _run(values, side, extreme, (0, 1))
    values = _run(values, diagonal + 1, extreme, (1, 1))
    return _run(values[::-1], diagonal + 1, extreme, (1, 1))[::-1]


def _run(values: np.ndarray, window: int, extreme: np.ufunc, step: tuple[int, int]) -> np.ndarray:
    """Take the extreme over each run that fits along a direction; log2(window) steps."""
    covered = 1
    while covered < window:
        rows, columns = (min(covered, window - covered) * part for part in step)
        height, width = values.shape
        values = extreme(values[: height - rows, : width - columns], values[rows:, columns:])
        covered += max(rows, columns)
    return values
