"""Filled shapes and surfaces: clothing in silhouette, blobs, gradients, checks, noise.

A digit is lines on an empty ground; a network that has seen only lines takes many a dark shirt for an 8 or a 1. The
silhouettes are random profiles, mirrored for shirts, trousers, dresses and bags, one-sided for shoes, with the
shading, stripes and seams of cloth. Source of the idea of what to cover: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST
(2017, https://arxiv.org/abs/1708.07747); no picture of it is used.
"""

import math

import cv2
import numpy as np

from training.outlier_strokes import Picture28, Stroke, curve, finish, normalise

SIZE = 64
"""Side of the canvas; filled shapes need less detail than strokes."""

CENTRE = SIZE / 2
TO_CENTRE = np.array([CENTRE, 0.0])


def clothing(rng: np.random.Generator) -> Picture28:
    """Fill a garment's outline with cloth."""
    outline = (shirt, trousers, dress, sheath, shoe, sandal, bag)[rng.integers(7)]
    return _filled(outline(rng), rng, contours=0.12)


def blob(rng: np.random.Generator) -> Picture28:
    """Fill a random outline, smooth or with corners, with cloth."""
    corners = int(rng.integers(3, 10))
    turns = np.sort(rng.uniform(0, 2 * math.pi, corners)) if corners > 5 else np.arange(corners) * 2 * math.pi / corners
    radius = rng.uniform(12, 30, corners)
    points = CENTRE + np.stack([radius * np.cos(turns), radius * np.sin(turns)], axis=1)
    return _filled([curve(np.concatenate([points, points[:1]])) if rng.random() < 0.5 else points], rng, contours=0.0)


def surface(rng: np.random.Generator) -> Picture28:
    """Fill the whole box with a texture."""
    texture = _texture(rng)
    if rng.random() < 0.5:
        texture = np.where(texture >= np.median(texture), texture, 0)
    return finish(normalise(np.clip(255 * texture, 0, 255).astype(np.uint8)), rng)


def shirt(rng: np.random.Generator) -> list[Stroke]:
    """Outline trunk and sleeves, short, long or none."""
    shoulder, waist, length = rng.uniform(13, 18), rng.uniform(10, 15), rng.uniform(38, 54)
    top, neck = 6, rng.uniform(3, 8)
    sleeve, cuff = rng.uniform(10, 42), rng.uniform(3, 7)
    reach = shoulder + (rng.uniform(2, 10) if sleeve > 25 else rng.uniform(6, 13))
    arm = [(shoulder, top + 2), (reach, top + sleeve), (reach - cuff, top + sleeve + 2), (waist, top + 14)]
    side = [(neck, top), *(arm if rng.random() < 0.8 else [(shoulder, top + 3), (waist, top + 14)])]
    return [_mirrored([*side, (waist + rng.uniform(-1, 3), top + length)], dip=rng.uniform(0, 8))]


def trousers(rng: np.random.Generator) -> list[Stroke]:
    """Outline two legs from one waist."""
    waist, hip, hem = rng.uniform(7, 12), rng.uniform(9, 14), rng.uniform(7, 15)
    crotch, foot, length = rng.uniform(16, 34), rng.uniform(4, 8), rng.uniform(50, 60)
    inner = max(hem - foot, 0.8)
    leg = [(waist, 4.0), (hip, 14.0), (hem, length), (inner, length), (0.5, crotch)]
    right = np.array(leg)
    left = right[::-1] * (-1, 1)
    return [np.concatenate([right, left]) + TO_CENTRE]


def dress(rng: np.random.Generator) -> list[Stroke]:
    """Outline a profile from neck to hem with a waist, straps or a long skirt."""
    heights = np.linspace(4, rng.uniform(50, 60), 6)
    widths = rng.uniform(5, 12) + np.cumsum(rng.normal(0.8, 2.5, 6))
    widths[-1] += rng.uniform(0, 8)
    profile = list(zip(np.clip(widths, 3, 28), heights, strict=True))
    return [_mirrored(profile, dip=rng.uniform(0, 8))]


def sheath(rng: np.random.Generator) -> list[Stroke]:
    """Outline a narrow dress or coat; narrower ones would be a fat 1."""
    width, length = rng.uniform(8.5, 12), rng.uniform(48, 56)
    neck, chest = width * rng.uniform(0.4, 0.9), width * rng.uniform(0.75, 1.1)
    profile = [(neck, 4.0), (chest, 16.0), (0.85 * width, 26.0), (width, 4 + length)]
    return [_mirrored(profile, dip=rng.uniform(0, 8))]


def shoe(rng: np.random.Generator) -> list[Stroke]:
    """Outline a sole, a heel, a toe and a shaft."""
    shaft, toe, sole = rng.uniform(2, 34), rng.uniform(6, 14), rng.uniform(2, 5)
    ankle = rng.uniform(16, 28)
    floor, heel = 52.0, rng.uniform(0, 14)
    upper = [
        (4, floor - heel - 12 - shaft),
        (ankle, floor - heel - 12 - shaft),
        (ankle + 4, floor - heel - 10),
        (44, floor - toe),
    ]
    lower = [
        (60, floor - toe / 2),
        (60, floor),
        (34, floor),
        (20, floor - heel),
        (10, floor - heel),
        (9, floor),
        (4, floor),
    ]
    outline = np.array(upper + lower) + np.array([0.0, sole])
    shapes = [outline * (1 if rng.random() < 0.5 else -1, 1)]
    shapes[0][:, 0] += SIZE if shapes[0][0, 0] < 0 else 0
    return shapes


def sandal(rng: np.random.Generator) -> list[Stroke]:
    """Outline a bent sole on a thin heel, and the straps over it."""
    heel, thick = rng.uniform(4, 28), rng.uniform(2, 5)
    x = np.linspace(6, 58, 12)
    y = 54 - heel * np.clip((42 - x) / 36, 0, 1) ** rng.uniform(0.9, 1.6)
    sole = np.concatenate([np.stack([x, y], axis=1), np.stack([x, y + thick], axis=1)[::-1]])
    foot = np.array([(7, 54 - heel), (9 + thick, 56 - heel), (8 + thick / 2, 57), (7, 57)])
    shapes = [sole, foot]
    for start in rng.integers(0, 11, rng.integers(2, 5)):
        low, band = np.array([x[start], y[start]]), np.array([rng.uniform(1.5, 5), 0.0])
        high = low + np.array([rng.uniform(-10, 10), -rng.uniform(6, 20)])
        shapes.append(np.array([low, high, high + band, low + band]))
    return shapes if rng.random() < 0.5 else [shape * (-1, 1) + (SIZE, 0.0) for shape in shapes]


def bag(rng: np.random.Generator) -> list[Stroke]:
    """Outline a body with a handle standing over it."""
    width, foot, height = rng.uniform(18, 29), rng.uniform(-3, 4), rng.uniform(18, 34)
    top = 60 - height
    body = _mirrored([(width, top), (width + foot, 60.0)], dip=0.0)
    if rng.random() < 0.25:
        return [body]
    grip, rise = rng.uniform(6, width - 2), rng.uniform(6, min(26, top - 2))
    t = np.linspace(math.pi, 0, 12)
    outer = np.stack([grip * np.cos(t), top + 1 - rise * np.sin(t)], axis=1)
    thick = rng.uniform(1.5, 4)
    inner = np.stack([(grip - thick) * np.cos(t[::-1]), top + 1 - (rise - thick) * np.sin(t[::-1])], axis=1)
    return [body, np.concatenate([outer, inner]) + TO_CENTRE]


def _mirrored(profile: list[tuple[float, float]], *, dip: float) -> Stroke:
    """Close a right-hand profile with its mirror image; the neck dips in the middle."""
    right = np.array(profile)
    neck = [(0.0, right[0, 1] + dip)]
    return np.asarray(np.vstack([neck, right, right[::-1] * (-1, 1)]) + TO_CENTRE)


def _filled(outlines: list[Stroke], rng: np.random.Generator, *, contours: float) -> Picture28:
    """Fill outlines with cloth and finish the picture; in the given share only the contour is drawn."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    jittered = [np.round((o + rng.normal(0, 0.7, o.shape)) * 16).astype(np.int32) for o in outlines]
    if rng.random() < contours:
        cv2.polylines(mask, jittered, True, 255, int(rng.integers(2, 6)), cv2.LINE_AA, 4)
        return finish(normalise(mask), rng)
    for outline in jittered:
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA, 4)
    cloth = np.clip(rng.uniform(0.35, 1.0) + rng.uniform(0.0, 0.8) * (_texture(rng) - 0.5), 0.15, 1.0)
    garment = (mask * cloth).astype(np.uint8)
    for _ in range(int(rng.integers(0, 4))):  # seams, collars, zips
        start, end = rng.uniform(8, 56, (2, 2)).astype(int)
        cv2.line(garment, start.tolist(), end.tolist(), int(rng.integers(0, 160)), int(rng.integers(1, 4)), cv2.LINE_AA)
    return finish(normalise(np.minimum(garment, mask)), rng)


def _texture(rng: np.random.Generator) -> np.ndarray:
    """Make a surface in [0, 1]: plain, gradient, stripes, checks, smooth or fine noise, or two of them mixed."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    turn, pitch = rng.uniform(0, math.pi), rng.uniform(2, 12)
    across = x * math.cos(turn) + y * math.sin(turn)
    along = y * math.cos(turn) - x * math.sin(turn)
    kind = rng.integers(6)
    if kind == 0:
        surface = np.clip(0.5 + (across - across.mean()) * rng.uniform(0.5, 2.0), 0, 1)
    elif kind == 1:
        surface = 0.5 + 0.5 * np.sign(np.sin(2 * math.pi * pitch * across) + rng.uniform(-0.6, 0.6))
    elif kind == 2:
        surface = 0.5 + 0.5 * np.sign(np.sin(2 * math.pi * pitch * across) * np.sin(2 * math.pi * pitch * along))
    elif kind == 3:
        surface = 0.5 + 0.5 * np.sin(2 * math.pi * pitch * across)
    elif kind == 4:
        coarse = rng.uniform(0, 1, (int(rng.integers(3, 9)),) * 2).astype(np.float32)
        surface = np.clip(cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), 0, 1)
    else:
        grain = int(rng.integers(10, 33))
        surface = cv2.resize(rng.uniform(0, 1, (grain, grain)), (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
    return np.asarray(surface, float)
