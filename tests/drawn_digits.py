"""Digits drawn by the tests themselves: polylines with a trembling hand, for machines where MNIST is not at hand."""

import numpy as np
from PIL import Image, ImageDraw

from model.shapes import Labels, Pixels

# Strokes on a unit square, y pointing down.
_ROUND = [(0.5 + 0.3 * np.sin(a), 0.5 - 0.42 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 25)]
STROKES: dict[int, list[list[tuple[float, float]]]] = {
    0: [_ROUND],
    1: [[(0.4, 0.2), (0.52, 0.08), (0.5, 0.92)]],
    2: [[(0.22, 0.28), (0.35, 0.1), (0.62, 0.1), (0.74, 0.3), (0.6, 0.55), (0.22, 0.9), (0.8, 0.9)]],
    3: [[(0.25, 0.15), (0.6, 0.08), (0.72, 0.28), (0.45, 0.46), (0.75, 0.65), (0.62, 0.9), (0.22, 0.86)]],
    4: [[(0.35, 0.1), (0.22, 0.58), (0.8, 0.58)], [(0.65, 0.1), (0.62, 0.92)]],
    5: [[(0.75, 0.1), (0.35, 0.1), (0.3, 0.45), (0.62, 0.45), (0.74, 0.68), (0.58, 0.9), (0.24, 0.86)]],
    6: [[(0.66, 0.08), (0.36, 0.4), (0.28, 0.7), (0.46, 0.92), (0.7, 0.78), (0.62, 0.55), (0.32, 0.64)]],
    7: [[(0.22, 0.12), (0.76, 0.12), (0.45, 0.92)]],
    8: [[(0.5, 0.48), (0.3, 0.28), (0.5, 0.08), (0.7, 0.28), (0.3, 0.7), (0.5, 0.92), (0.7, 0.7), (0.5, 0.48)]],
    9: [[(0.7, 0.3), (0.5, 0.08), (0.3, 0.28), (0.45, 0.48), (0.7, 0.32), (0.66, 0.6), (0.55, 0.92)]],
}


def draw_digit(digit: int, *, generator: np.random.Generator, side: int = 28) -> Image.Image:
    """Draw one digit, white on black, mode L, with the tremor of the generator."""
    fine = 4 * side
    picture = Image.new("L", (fine, fine), 0)
    pen = ImageDraw.Draw(picture)
    slant, width = generator.normal(0, 0.08), max(2, round(fine * generator.uniform(0.06, 0.1)))
    for stroke in STROKES[digit]:
        points = np.array(stroke) + generator.normal(0, 0.015, (len(stroke), 2))
        points[:, 0] += slant * (0.5 - points[:, 1])
        placed = [tuple(point) for point in (fine * (0.15 + 0.7 * points)).tolist()]
        pen.line(placed, fill=255, width=width, joint="curve")
        for x, y in (placed[0], placed[-1]):
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def draw_split(count: int, *, seed: int) -> tuple[Pixels, Labels]:
    """Draw `count` digits in turn, 0 to 9."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % 10
    pixels = np.stack([np.asarray(draw_digit(int(label), generator=generator)) for label in labels])
    return pixels.astype(np.uint8), labels


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlate two pictures, at best of shifts by one pixel, by which centres of mass may differ."""
    shifts = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
    return max(float(np.corrcoef(np.roll(one, by, axis=(0, 1)).ravel(), other.ravel())[0, 1]) for by in shifts)
