"""Strokes, and the hand that draws them: the canvas that every drawn outlier shares.

A drawing is a list of strokes; a stroke is a float array (points, 2), x to the right and y down, in any unit. `sketch`
bends a drawing as a hand would (slant, stretch, a smooth wobble), draws it with a pen of random width and brings it to
28 x 28 by MNIST's own recipe; `normalise` is that recipe alone, for pictures that are no strokes. What is drawn is
decided in `outlier_letters.py`, `outlier_doodles.py` and `outlier_patterns.py`.

Source: the normalisation is that of Y. LeCun, C. Cortes, C. Burges, The MNIST database (http://yann.lecun.com/exdb/mnist):
ink fits 20 x 20, centre of mass at the centre of 28 x 28. Random contrast and soft edges are ours.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from model.shapes import SIDE

BOX = 20
"""Pixels along the longer side of the ink in an MNIST picture."""

CANVAS = 96
"""Side of the canvas that strokes are drawn on: large enough for anti-aliasing, small enough for 60,000 a minute."""

Stroke: TypeAlias = Float[np.ndarray, "points 2"]
Drawing: TypeAlias = list[Stroke]
Raster: TypeAlias = UInt8[np.ndarray, "height width"]
Picture28: TypeAlias = UInt8[np.ndarray, "28 28"]
Kind: TypeAlias = Callable[[np.random.Generator], Picture28]
"""One family of outliers: draws one 28 x 28 picture, 0 paper and 255 ink."""


@dataclass(frozen=True)
class Hand:
    """How freely a drawing is drawn; lengths are fractions of the drawing's longer side."""

    pen: tuple[float, float] = (0.035, 0.15)
    """Narrowest and widest pen. MNIST's strokes are 0.08 to 0.2 of the 20 pixels and canvases'
    thinner; fatter letters close up, and teach that a fat 8 is none (seen at 0.17)."""
    rotation: float = 0.12
    """Standard deviation in radians."""
    slant: float = 0.15
    """Standard deviation of the shear, x by y."""
    stretch: float = 0.13
    """Standard deviation of the logarithm of the aspect ratio's change."""
    wobble: float = 0.05
    """Amplitude of the smooth bending."""


def sketch(
    strokes: Sequence[Stroke], rng: np.random.Generator, *, hand: Hand | None = None, dense: bool = False
) -> Picture28:
    """Draw strokes as a hand would and normalise the result.

    Parameters
    ----------
    strokes
        At least one stroke of at least two points; y points down.
    rng
        Source of all randomness.
    hand
        How freely to draw; the default suits letters.
    dense
        Whether the strokes' points are close enough already to be bent as they are.

    Returns
    -------
    Picture28
        Ink bright on dark, its box 20 x 20 pixels, centred by mass.
    """
    chosen = hand or Hand()
    bent = bend(strokes if dense else [resample(stroke) for stroke in strokes], rng, hand=chosen)
    narrow, wide = chosen.pen
    pen = CANVAS * narrow * (wide / narrow) ** rng.random()
    raster = draw(bent, pen=max(1, round(pen)))
    return finish(normalise(raster), rng)


def line(*points: float) -> Stroke:
    """Make a polyline from x, y, x, y, ..."""
    return np.array(points, float).reshape(-1, 2)


def arc(x: float, y: float, rx: float, ry: float, start: float = 0.0, stop: float = 360.0) -> Stroke:
    """Make an elliptic arc; degrees run clockwise from three o'clock."""
    t = np.radians(np.linspace(start, stop, 18))
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)


def box(left: float, top: float, right: float, bottom: float) -> Stroke:
    """Make a rectangle in one stroke."""
    return line(left, top, right, top, right, bottom, left, bottom, left, top)


def resample(stroke: Stroke, *, pieces: int = 14) -> Stroke:
    """Give a polyline enough points, evenly spaced, that a bent paper bends it too."""
    if len(stroke) > pieces:
        return stroke
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    reach = np.concatenate(([0.0], np.cumsum(lengths)))
    even = np.union1d(np.linspace(0.0, reach[-1], pieces), reach)  # the corners stay
    return np.stack([np.interp(even, reach, stroke[:, 0]), np.interp(even, reach, stroke[:, 1])], axis=1)


def curve(points: Stroke, *, pieces: int = 6) -> Stroke:
    """Lead a smooth curve through the points (a uniform Catmull-Rom spline)."""
    if len(points) < 3:
        return points
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.arange(pieces)[:, None] / pieces
    basis = 0.5 * np.concatenate(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2], axis=1
    )
    windows = np.stack([ends[i : len(ends) - 3 + i] for i in range(4)], axis=1)
    inner = np.einsum("pk,skd->spd", basis, windows).reshape(-1, 2)
    return np.concatenate([inner, points[-1:]])


def bend(strokes: Sequence[Stroke], rng: np.random.Generator, *, hand: Hand) -> Drawing:
    """Slant, stretch, rotate and wobble a whole drawing; the result lies in [-1, 1] or a little beyond."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * (2.0 / max(float((high - low).max()), 1e-6))
    waves = rng.normal(0.0, 2.2, (2, 3))
    phases = rng.uniform(0.0, 2 * math.pi, 3)
    push = rng.normal(0.0, 2.0 * hand.wobble / math.sqrt(3), (3, 2))
    points = points + np.sin(points @ waves + phases) @ push
    tilt, shear, stretch = rng.standard_normal(3) * (hand.rotation, hand.slant, hand.stretch)
    aspect = math.exp(stretch / 2)
    turn = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    points = points @ (turn @ np.array([[aspect, -shear], [0.0, 1 / aspect]])).T
    return np.split(points, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def draw(strokes: Sequence[Stroke], *, pen: int) -> Raster:
    """Draw strokes with a round pen of so many canvas pixels, as large as the canvas allows."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (CANVAS - pen - 6) / max(float((high - low).max()), 1e-6)
    fixed = np.round(((points - (low + high) / 2) * scale + (CANVAS - 1) / 2) * 16).astype(np.int32)
    lines = np.split(fixed, np.cumsum([len(stroke) for stroke in strokes])[:-1])
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    cv2.polylines(canvas, lines, False, 255, pen, cv2.LINE_AA, 4)
    return canvas


def normalise(raster: Raster) -> Picture28:
    """Bring a picture, ink bright on dark, to 28 x 28: ink box 20 x 20, centre of mass at the centre; blank stays blank."""
    left, top, width, height = cv2.boundingRect((raster > 32).astype(np.uint8))
    picture = np.zeros((SIDE, SIDE), np.uint8)
    if width == 0:
        return picture
    scale = BOX / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(raster[top : top + height, left : left + width], size, interpolation=method)
    moments = cv2.moments(small)
    mass = max(moments["m00"], 1.0)
    x = _start((SIDE - 1) / 2 - moments["m10"] / mass, size[0])
    y = _start((SIDE - 1) / 2 - moments["m01"] / mass, size[1])
    picture[y : y + size[1], x : x + size[0]] = small
    return picture


def _start(wanted: float, length: int) -> int:
    """Round to a pixel, and keep the whole ink inside the picture."""
    return int(min(max(round(wanted), 0), SIDE - length))


def finish(picture: Picture28, rng: np.random.Generator) -> Picture28:
    """Vary edges and contrast as pens, scanners and canvases do: soft, plain or hard."""
    soft = rng.random()
    edged = cv2.GaussianBlur(picture, (3, 3), 0.3 + 1.6 * soft) if soft < 0.25 else picture
    peak = max(float(edged.max()), 1.0)
    gain = rng.uniform(0.95, 1.7) if soft < 0.85 else rng.uniform(2.0, 6.0)
    return np.asarray(np.clip(edged * (255 * gain / peak), 0, 255), np.uint8)
