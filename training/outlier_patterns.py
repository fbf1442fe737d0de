"""Figures that mean nothing: zigzags, spirals, scribbles, grids, polygons, waves, heaps of strokes.

Left out is what a digit could be: one closed round (0), one straight standing stroke (1), a figure of two loops (8).
"""

import math

import numpy as np

from training.outlier_strokes import Drawing, Hand, Picture28, arc, box, curve, line, sketch

PATTERN_HAND = Hand(pen=(0.025, 0.15), rotation=0.15, slant=0.12, stretch=0.2, wobble=0.06)


def zigzag(rng: np.random.Generator) -> Drawing:
    """Draw at least five straight or rounded turns, lying or standing, as broad as it is high or nearly so."""
    turns = int(rng.integers(6, 13))
    x = np.linspace(0, rng.uniform(1.5, 4.0), turns)
    points = np.stack([x, np.where(np.arange(turns) % 2, 1.0, -1.0) * rng.uniform(0.6, 1.0, turns)], axis=1)
    if rng.random() < 0.25 and x[-1] < 3:
        points = points[:, ::-1]
    return [curve(points) if rng.random() < 0.5 else points]


def spiral(rng: np.random.Generator) -> Drawing:
    """Draw two to four turns, inwards."""
    t = np.linspace(0, 2 * math.pi * rng.uniform(2.0, 4.0), 60)
    radius = 0.1 + t / t[-1]
    s = 1 if rng.random() < 0.5 else -1
    start = rng.uniform(0, 2 * math.pi)
    return [np.stack([s * radius * np.cos(t + start), radius * np.sin(t + start)], axis=1)]


def scribble(rng: np.random.Generator) -> Drawing:
    """Draw one long smooth stroke through many random places."""
    return [curve(rng.uniform(-1, 1, (int(rng.integers(8, 22)), 2)))]


def heap(rng: np.random.Generator) -> Drawing:
    """Draw four to twelve short strokes anywhere, straight or bent."""
    starts = rng.uniform(-1, 1, (int(rng.integers(4, 13)), 2))
    reach = rng.uniform(0.3, 1.2)
    return [curve(start + np.cumsum(rng.normal(0, reach / 2, (3, 2)), axis=0)) for start in starts]


def composition(rng: np.random.Generator) -> Drawing:
    """Draw three to seven rounds, boxes, arcs and lines in any arrangement."""
    parts: Drawing = []
    for _ in range(int(rng.integers(3, 8))):
        (x, y), (w, h), kind = rng.uniform(-1, 1, 2), rng.uniform(0.15, 0.8, 2), rng.integers(4)
        start = rng.uniform(0, 360)
        stroke = (
            box(x - w, y - h, x + w, y + h),
            arc(x, y, w, h),
            arc(x, y, w, h, start, start + 150),
            line(x, y, x + w, y - h),
        )
        parts.append(stroke[kind])
    return parts


def grid(rng: np.random.Generator) -> Drawing:
    """Draw crossing lines: a grid, a ladder, a fence, a comb."""
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    width, height = rng.uniform(0.5, 1.2, 2)
    over = rng.uniform(0.0, 0.3)
    across = [line(-width - over, y, width + over, y) for y in np.linspace(-height, height, rows)]
    down = [line(x, -height - over, x, height + over) for x in np.linspace(-width, width, columns)]
    return across + down


def parallel(rng: np.random.Generator) -> Drawing:
    """Draw strokes side by side: three or more that stand, two or more that lie or lean over."""
    number, length = int(rng.integers(3, 7)), rng.uniform(0.5, 1.4)
    strokes = [line(x, -length, x + rng.normal(0, 0.08), length) for x in np.linspace(-1, 1, number)]
    return strokes if rng.random() < 0.5 else [stroke[:, ::-1] for stroke in strokes[:: int(rng.integers(1, 3))]]


def polygon(rng: np.random.Generator) -> Drawing:
    """Draw a triangle or a square on its side, sometimes crossed or doubled; a diamond or a pentagon may be a 0."""
    corners = int(rng.integers(3, 5))
    start = math.pi / 4 if corners == 4 else rng.choice((math.pi / 2, -math.pi / 2))
    t = np.arange(corners + 1) * 2 * math.pi / corners + start
    outline = np.stack([np.cos(t), np.sin(t)], axis=1) * (1.0, rng.uniform(0.7, 1.1))
    outline[:-1] += rng.normal(0, 0.1, (corners, 2))
    outline[-1] = outline[0]
    extra = [[], [outline * 0.5], [outline[[0, 2]]], [outline[[0, 2]], outline[[1, 3]]]]
    return [outline, *extra[rng.choice(4, p=(0.4, 0.2, 0.2, 0.2))]]


def lying_arc(rng: np.random.Generator) -> Drawing:
    """Draw a bow that lies down, open above or below, flat or round; or a flat ellipse."""
    height = rng.uniform(0.2, 1.0)
    if rng.random() < 0.15:
        return [arc(0, 0, 1, rng.uniform(0.15, 0.45), 0, rng.uniform(300, 380))]
    ends = rng.uniform(-25, 20, 2)
    bow = arc(0, 0, 1, height, 180 + ends[0], 360 - ends[1])
    return [bow * (1, -1 if rng.random() < 0.35 else 1)]


def wave(rng: np.random.Generator) -> Drawing:
    """Draw one to three lying wave lines."""
    x = np.linspace(-1, 1, 40)
    ripple = rng.uniform(0.08, 0.3) * np.sin(x * rng.uniform(5, 14) + rng.uniform(0, 6))
    return [np.stack([x, ripple + 0.5 * i], axis=1) for i in range(int(rng.integers(1, 4)))]


def crossing(rng: np.random.Generator) -> Drawing:
    """Draw two to six strokes through about one point: crosses, asterisks, brooms."""
    number = int(rng.integers(2, 7))
    turns = np.arange(number) * math.pi / number + rng.uniform(0, math.pi / number)
    reach = rng.uniform(0.6, 1.1, (number, 2))
    return [np.outer((-a, b), (math.cos(t), math.sin(t))) for t, (a, b) in zip(turns, reach, strict=True)]


PATTERNS = (
    zigzag,
    spiral,
    scribble,
    heap,
    composition,
    composition,
    grid,
    parallel,
    polygon,
    lying_arc,
    wave,
    crossing,
)


def pattern(rng: np.random.Generator) -> Picture28:
    """Draw one of the patterns."""
    return sketch(PATTERNS[rng.integers(len(PATTERNS))](rng), rng, hand=PATTERN_HAND)
