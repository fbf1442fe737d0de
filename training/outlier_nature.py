"""Sketches of living nature and the sky: animals, faces, plants, sun, stars, clouds; each with random parts.

Every function draws one family, in units of its own with y down; `outlier_doodles.py` tells what is left out and why.
"""

import math

import numpy as np

from training.outlier_strokes import Drawing, arc, box, curve, line


def cat_face(rng: np.random.Generator) -> Drawing:
    """Head, ears, whiskers, and some of eyes, nose and mouth."""
    width, ear = rng.uniform(0.8, 1.3), rng.uniform(0.4, 0.9)
    head = [arc(0, 0, width, 1, -50, 230)] if rng.random() < 0.4 else [arc(0, 0, width, 1)]
    left = line(-0.8 * width, -0.6, -0.7 * width, -0.7 - ear, -0.15 * width, -0.95)
    parts = [*head, left, left * (-1, 1)]
    whiskers = [line(s * 0.35, y, s * rng.uniform(1.0, 1.7), y * 1.5 - 0.1) for s in (-1, 1) for y in (0.2, 0.35, 0.5)]
    parts += whiskers[:: int(rng.integers(1, 3))] if rng.random() < 0.75 else []
    return parts + _features(rng)


def sitting_cat(rng: np.random.Generator) -> Drawing:
    """Draw a cat from the front or behind: a head with ears on a body, a tail, whiskers or not."""
    head, body, ear = rng.uniform(0.5, 0.8), rng.uniform(0.7, 1.1), rng.uniform(0.4, 0.7)
    left = line(-0.85 * head, -0.5 * head, -0.8 * head, -head - ear, -0.1, -0.95 * head)
    side = 1 if rng.random() < 0.5 else -1
    tail = curve(line(side * 0.7, head + 1.6 * body, side * 1.4, head + body, side * rng.uniform(1.0, 1.6), head))
    parts = [arc(0, 0, head, head), left, left * (-1, 1), arc(0, head + body, 0.8 * body, body), tail]
    return parts + [part * 0.6 for part in _features(rng)] * int(rng.random() < 0.6)


def face(rng: np.random.Generator) -> Drawing:
    """Draw a head with eyes and mouth, sometimes hair or ears."""
    parts = [arc(0, 0, rng.uniform(0.8, 1.2), rng.uniform(0.9, 1.3)), *_features(rng)]
    if rng.random() < 0.5:
        parts += [arc(s * 1.1, 0, 0.2, 0.3) for s in (-1, 1)]
    if rng.random() < 0.5:
        parts += [line(x, -0.8, x * 1.2 + rng.normal(0, 0.1), -1.4) for x in np.linspace(-0.8, 0.8, rng.integers(3, 8))]
    return parts


def _features(rng: np.random.Generator) -> Drawing:
    """Draw two eyes, and a nose and a mouth or not."""
    size, y = rng.uniform(0.08, 0.2), rng.uniform(-0.4, -0.1)
    parts = [arc(s * rng.uniform(0.3, 0.45), y, size, size) for s in (-1, 1)]
    if rng.random() < 0.6:
        parts.append(line(-0.12, 0.15, 0.12, 0.15, 0, 0.3, -0.12, 0.15))
    parts.append(arc(0, rng.uniform(0.2, 0.45), rng.uniform(0.2, 0.5), rng.uniform(0.1, 0.3), 10, 170))
    return parts


def animal(rng: np.random.Generator) -> Drawing:
    """Draw a beast from the side: body, legs, head, tail."""
    long, high = rng.uniform(1.0, 1.8), rng.uniform(0.4, 0.8)
    legs = np.linspace(-0.7 * long, 0.7 * long, rng.integers(2, 5))
    parts = [arc(0, 0, long, high), *(line(x, 0.7 * high, x + rng.normal(0, 0.1), high + 0.8) for x in legs)]
    head = arc(-long - 0.2, -high, rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.5))
    tail = curve(line(long, 0, long + 0.4, -0.3, long + 0.3, -0.9 * rng.uniform(0.4, 1.4), long + 0.7, -1.0))
    return [*parts, head, tail, line(-long - 0.4, -high - 0.4, -long - 0.3, -high - 0.8, -long, -high - 0.4)]


def fish(rng: np.random.Generator) -> Drawing:
    """Draw a body with tail and eye."""
    high = rng.uniform(0.4, 0.8)
    s = 1 if rng.random() < 0.5 else -1
    parts = [arc(0, 0, 1.1, high), line(1, 0, 1.8, -high, 1.7, high, 1, 0), arc(-0.6, -0.1, 0.08, 0.08)]
    parts += [line(-0.2, -high, 0.2, -high - 0.4, 0.5, -0.85 * high)] if rng.random() < 0.5 else []
    return [part * (s, 1) for part in parts]


def butterfly(rng: np.random.Generator) -> Drawing:
    """Draw four wings on a body with feelers."""
    upper, lower = rng.uniform(0.5, 0.9), rng.uniform(0.35, 0.6)
    wings = [arc(s * 0.6, -0.45, 0.6, upper) for s in (-1, 1)] + [arc(s * 0.5, 0.6, 0.5, lower) for s in (-1, 1)]
    return [*wings, line(0, -0.9, 0, 1), line(-0.3, -1.4, 0, -0.9, 0.3, -1.4)]


def stick_figure(rng: np.random.Generator) -> Drawing:
    """Head, trunk, arms and legs."""
    size, arm = rng.uniform(0.25, 0.45), rng.uniform(-0.5, 0.4)
    parts = [arc(0, -1.2, size, size), line(0, -1.2 + size, 0, 0.4)]
    parts += [line(s * rng.uniform(0.6, 0.9), arm + rng.normal(0, 0.15), 0, -0.4) for s in (-1, 1)]
    return parts + [line(0, 0.4, s * rng.uniform(0.3, 0.7), 1.5) for s in (-1, 1)]


def flower(rng: np.random.Generator) -> Drawing:
    """Draw petals around a middle, on a stalk with leaves."""
    petals, size = int(rng.integers(4, 9)), rng.uniform(0.25, 0.45)
    turns = np.arange(petals) * 2 * math.pi / petals
    parts = [arc(0.6 * math.cos(t), 0.6 * math.sin(t), size, size) for t in turns] + [arc(0, 0, 0.3, 0.3)]
    if rng.random() < 0.75:
        parts += [line(0, 0.9, rng.normal(0, 0.1), 2.3), arc(0.35, 1.6, 0.35, 0.15, 0, 360)]
    return parts


def tree(rng: np.random.Generator) -> Drawing:
    """Draw a trunk under a crown: bushy, of branches, or a fir's."""
    kind = rng.integers(3)
    if kind == 0:
        return [
            line(-0.2, 1.5, -0.15, 0.4),
            line(0.2, 1.5, 0.15, 0.4),
            *cloud(rng, x=0, y=-0.2, size=rng.uniform(0.8, 1.2)),
        ]
    if kind == 1:
        tiers = int(rng.integers(2, 5))
        wide = rng.uniform(0.25, 0.5)
        right = [(x, 0.6 * i) for i in range(tiers) for x in (wide + 0.25 * i, 0.5 * wide + 0.12 * i)]
        side = np.array([(0.0, -0.7), *right])
        return [
            side,
            side * (-1, 1),
            line(-0.6, tiers * 0.6 - 0.5, 0.6, tiers * 0.6 - 0.5),
            box(-0.12, tiers * 0.6 - 0.5, 0.12, tiers * 0.6),
        ]
    forks = [(rng.uniform(-0.8, 0.6), s * rng.uniform(0.4, 1.0)) for s in (-1, 1, -1, 1, -1, 1)]
    return [line(0, 1.5, 0, -1.2), *(line(0, y + 0.5, x, y) for y, x in forks)]


def sun(rng: np.random.Generator) -> Drawing:
    """Draw a disc with rays."""
    rays, length = int(rng.integers(6, 13)), rng.uniform(1.4, 2.1)
    turns = np.arange(rays) * 2 * math.pi / rays + rng.normal(0, 0.08, rays)
    beams = [np.outer((1.15, length), (math.cos(t), math.sin(t))) for t in turns]
    return [arc(0, 0, 0.95, 0.95), *beams]


def star(rng: np.random.Generator) -> Drawing:
    """Draw a star in one stroke, or its outline."""
    points = int(rng.integers(5, 8))
    turn = 2 * math.pi / points
    if rng.random() < 0.5:
        t = np.arange(points + 1) * (2 if points % 2 else 1) * turn - math.pi / 2
        radius = np.ones(points + 1) if points % 2 else np.where(np.arange(points + 1) % 2, 0.5, 1.0)
    else:
        t = np.arange(2 * points + 1) * turn / 2 - math.pi / 2
        radius = np.where(np.arange(2 * points + 1) % 2, rng.uniform(0.35, 0.6), 1.0)
    corners = np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)
    return [corners + rng.normal(0, 0.06, corners.shape)]


def heart(rng: np.random.Generator) -> Drawing:
    """Draw two lobes that meet below, sometimes shot through."""
    t = np.linspace(0, 2 * math.pi, 24)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    outline = np.stack([16 * np.sin(t) ** 3, -y - rng.uniform(-2, 4) * np.abs(np.sin(t / 2))], axis=1) / 16
    return [outline, *([line(-1.4, 0.7, 1.4, -0.8, 1.0, -0.85)] if rng.random() < 0.2 else [])]


def cloud(rng: np.random.Generator, *, x: float = 0.0, y: float = 0.0, size: float = 1.0) -> Drawing:
    """Draw a ring of bumps."""
    bumps = int(rng.integers(5, 9))
    turns = np.linspace(0, 2 * math.pi, 12 * bumps + 1)
    radius = size * (0.75 + rng.uniform(0.3, 0.5) * np.abs(np.sin(turns * bumps / 2)))
    return [np.stack([x + 1.3 * radius * np.cos(turns), y + 0.8 * radius * np.sin(turns)], axis=1)]
