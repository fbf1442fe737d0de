"""Ink told from ground where light, paper and camera are uneven.

What is wanted is one number per pixel, the *contrast*: 0 where there is ground, largest in the middle of strokes, whatever
the paper's colour and the light across it.

Intuition: a dark stroke is a narrow valley in the landscape of brightness. Filling every valley narrower than a fifth of the
picture gives the landscape without strokes but with its slopes and shadow edges; the depth of filling is the ink. For
light ink the same upside down. Formally this is the top-hat by a square (F. Meyer, 1979; J. Serra, "Image Analysis and
Mathematical Morphology", 1982); the depth is divided by the filled landscape, since light multiplies.

Noise makes valleys too. The picture is therefore halved in size, which halves the noise, until ink stands out from it.
"""

from dataclasses import dataclass

import numpy as np

WINDOW_SHARE = 0.22
"""The widest valley by the picture's longer side; marker strokes reach 0.15 of a tightly cut digit."""
LEAST_WINDOW_PIXELS = 7
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

    @property
    def peak(self) -> float:
        """The contrast of the clearest pixels."""
        return mean_of_top(self.contrast)

    @property
    def signal(self) -> float:
        """How many times the ink is stronger than the noise."""
        return self.peak / max(self.noise, 0.5)


def measure_relief(grey: np.ndarray) -> Relief:
    """Measure the contrast at the finest resolution where ink stands out from the noise.

    Parameters
    ----------
    grey
        Float32 (height, width), 0 to 255; light or dark ink.

    Returns
    -------
    Relief
        On the grid of `grey`, or on a coarser one by 2, 4, ...
    """
    best = _relief(grey)
    while best.signal < CLEAR_SIGNAL:
        smoothed = _relief(_smoothed(grey))
        best = smoothed if smoothed.signal > best.signal else best
        if best.signal >= CLEAR_SIGNAL or max(grey.shape) < 2 * LEAST_LONG_SIDE_PIXELS or min(grey.shape) < 2:
            break
        grey = _halved(grey)
    return best


def _relief(grey: np.ndarray) -> Relief:
    window = max(LEAST_WINDOW_PIXELS, int(max(grey.shape) * WINDOW_SHARE)) | 1  # odd, so that nothing shifts
    wide = np.pad(grey, window - 1, mode="edge")
    filled = _running(_running(wide, window, np.maximum), window, np.minimum)
    levelled = _running(_running(wide, window, np.minimum), window, np.maximum)
    depth = filled - grey if _roughness(filled) <= _roughness(levelled) else grey - levelled
    depth = depth * (255 / np.maximum(filled, DARKEST_PAPER_SHARE * float(filled.max()) + 1))
    sample = depth[::2, ::2] if depth.size > 4096 else depth
    low, middle = np.percentile(sample, (15.9, 50))
    return Relief((depth - middle).astype(np.float32), noise=float(middle - low))


def _roughness(landscape: np.ndarray) -> float:
    """Sum the squares of all bends.

    Of the filled and the levelled landscape one is the bare ground, and the other has a block wherever ink and the ground
    that it encloses were; the one that bends less is the ground. Bends rather than steps, since light falls off in slopes;
    squares, since strokes then outweigh noise.
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


def _running(values: np.ndarray, window: int, extreme: np.ufunc) -> np.ndarray:
    """Take the extreme over each square window that fits; log2(window) steps for each axis."""
    for _ in range(2):
        covered = 1
        while covered < window:
            step = min(covered, window - covered)
            values = extreme(values[:-step], values[step:])
            covered += step
        values = np.ascontiguousarray(values.T)
    return values
