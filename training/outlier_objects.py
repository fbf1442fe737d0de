"""Sketches of made things, and of the rainbow: houses, vehicles, vessels, furniture; each with random parts.

Every function draws one family, in units of its own with y down; `outlier_doodles.py` tells what is left out and why.
"""

import numpy as np

from training.outlier_nature import cloud
from training.outlier_strokes import Drawing, arc, box, curve, line


def house(rng: np.random.Generator) -> Drawing:
    """Walls, roof, and some of door, windows and chimney."""
    height, roof = rng.uniform(0.8, 1.6), rng.uniform(0.5, 1.2)
    parts = [box(-1, 0, 1, height), line(-1.2, 0, 0, -roof, 1.2, 0)]
    if rng.random() < 0.8:
        parts.append(line(-0.2, height, -0.2, 0.45 * height, 0.25, 0.45 * height, 0.25, height))
    parts += [box(s * 0.6 - 0.2, 0.2, s * 0.6 + 0.2, 0.55) for s in (-1, 1) if rng.random() < 0.6]
    if rng.random() < 0.4:
        parts.append(line(0.5, -0.6 * roof, 0.5, -roof - 0.2, 0.8, -roof - 0.2, 0.8, -0.35 * roof))
    return parts


def rainbow(rng: np.random.Generator) -> Drawing:
    """Draw one to five arcs over each other, whole or in part, with or without clouds."""
    bands, height = int(rng.integers(1, 6)), rng.uniform(0.35, 1.0)
    gap = rng.uniform(0.1, 0.25)
    left, right = 180 + rng.normal(5, 20), 360 + rng.normal(-5, 20)
    shift = rng.normal(0, 0.05, (bands, 2))
    parts = [arc(x, y, 1 - i * gap, height * (1 - i * gap), left, right) for i, (x, y) in enumerate(shift)]
    if rng.random() < 0.25:
        parts += [arc(s * 0.8, 0.1, 0.35, 0.2) for s in (-1, 1) if rng.random() < 0.7]
    if rng.random() < 0.15:
        parts.append(line(parts[0][0][0], parts[0][0][1], parts[0][-1][0], parts[0][-1][1]))
    return parts


def train(rng: np.random.Generator) -> Drawing:
    """Draw wagons in a row on wheels, with an engine's chimney or not."""
    parts: Drawing = []
    x = 0.0
    for _ in range(int(rng.integers(1, 4))):
        long, high = rng.uniform(0.8, 1.8), rng.uniform(0.4, 1.0)
        wheel = rng.uniform(0.1, 0.25)
        parts.append(box(x, -high, x + long, 0))
        spots = np.linspace(x + 0.2, x + long - 0.2, rng.integers(2, 4))
        parts += [arc(spot, wheel, wheel, wheel) for spot in spots]
        parts += [box(x + 0.2, -0.8 * high, x + 0.5, -0.45 * high)] if rng.random() < 0.5 else []
        x += long + rng.uniform(0.0, 0.3)
    if rng.random() < 0.5:
        parts += [line(0.2, -0.6, 0.2, -1.3, 0.5, -1.3, 0.5, -0.6), *cloud(rng, x=0.5, y=-1.7, size=0.3)]
    return parts + ([line(-0.2, 0.4, x, 0.4)] if rng.random() < 0.4 else [])


def locomotive(rng: np.random.Generator) -> Drawing:
    """Draw an engine alone: boiler, cab, chimney, big wheels, a plough in front."""
    long, boiler, cab = rng.uniform(1.4, 2.4), rng.uniform(0.4, 0.8), rng.uniform(0.9, 1.5)
    parts = [box(0, -boiler, long, 0), box(long, -cab, long + rng.uniform(0.5, 0.9), 0)]
    parts.append(line(0.25, -boiler, 0.15, -boiler - 0.5, 0.55, -boiler - 0.5, 0.45, -boiler))
    wheels = [(x, rng.uniform(0.12, 0.3)) for x in np.linspace(0.3, long + 0.3, rng.integers(2, 5))]
    parts += [arc(x, size, size, size) for x, size in wheels]
    parts += [line(0, 0, -0.5, 0.35, 0, 0.35)] if rng.random() < 0.5 else []
    parts += cloud(rng, x=0.6, y=-boiler - 0.9, size=rng.uniform(0.2, 0.4)) if rng.random() < 0.4 else []
    return [part * (-1, 1) for part in parts] if rng.random() < 0.5 else parts


def car(rng: np.random.Generator) -> Drawing:
    """Body, cabin, wheels, seen from the side."""
    roof, nose = rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.9)
    body = line(-1.6, 0, -1.6, -0.5, -0.8, -0.55, -0.5, -0.5 - roof, 0.5, -0.5 - roof, 0.9, -0.5, 0.9 + nose, -0.4)
    parts = [np.concatenate([body, line(1 + nose, 0, -1.6, 0)])]
    parts += [arc(x, 0.05, 0.3, 0.3) for x in (-0.9, 0.8)]
    return parts + ([line(0, -0.5, 0, -0.5 - roof), line(-0.8, -0.5, 0.9, -0.5)] if rng.random() < 0.6 else [])


def cup(rng: np.random.Generator) -> Drawing:
    """Draw a vessel with a handle, sometimes steaming."""
    foot = rng.uniform(0.5, 0.9)
    parts = [line(-1, -0.8, -foot, 0.9, foot, 0.9, 1, -0.8), arc(0, -0.8, 1, rng.uniform(0.1, 0.3))]
    parts.append(arc(0.95, 0, 0.5, 0.45, -90, 90))
    steams = [x for x in (-0.4, 0.4) if rng.random() < 0.4]
    return parts + [curve(line(x, -1.2, x + 0.15, -1.4, x - 0.1, -1.6, x + 0.1, -1.9)) for x in steams]


def umbrella(rng: np.random.Generator) -> Drawing:
    """Draw a roof, its scallops and a hooked stick."""
    ribs = int(rng.integers(2, 5))
    scallops = [arc(-1 + (2 * i + 1) / ribs, 0, 1 / ribs, 0.2, 180, 360) for i in range(ribs)]
    return [
        arc(0, 0, 1, rng.uniform(0.7, 1.1), 180, 360),
        *scallops,
        line(0, -0.9, 0, 1.2),
        arc(-0.2, 1.2, 0.2, 0.25, 0, 180),
    ]


def boat(rng: np.random.Generator) -> Drawing:
    """Draw a hull with a sail, on waves or not."""
    parts = [line(-1.3, 0.4, 1.3, 0.4, 0.8, 1, -0.8, 1, -1.3, 0.4), line(0, 0.4, 0, -1.3)]
    parts.append(line(0.1, -1.2, rng.uniform(0.6, 1.1), 0.2, 0.1, 0.2))
    wave = np.stack([np.linspace(-1.6, 1.6, 24), 1.2 + 0.1 * np.sin(np.linspace(0, 15, 24))], axis=1)
    return parts + ([wave] if rng.random() < 0.4 else [])


def aeroplane(rng: np.random.Generator) -> Drawing:
    """Draw a long body with wings."""
    wing = rng.uniform(0.6, 1.2)
    parts = [arc(0, 0, 1.5, rng.uniform(0.2, 0.35)), line(-0.3, 0, -0.7, wing, -0.4, wing, 0.4, 0)]
    return [*parts, line(-0.3, -0.2, -0.6, -wing, -0.3, -wing, 0.4, -0.2), line(1.2, 0, 1.6, -0.5, 1.5, 0)]


def furniture(rng: np.random.Generator) -> Drawing:
    """Draw a table or a chair."""
    back = rng.uniform(0.0, 1.4) if rng.random() < 0.6 else 0.0
    parts = [line(-1, 0, 1, 0), *(line(x, 0, x * rng.uniform(0.95, 1.15), 1.1) for x in (-0.9, 0.9))]
    parts += [line(-0.95, 0, -1, -back), line(-1, -back, -0.95, 0)] if back > 0.3 else [line(-1, 0.15, 1, 0.15)]
    return parts + ([line(-0.4, 0, -0.4, 0.9), line(0.4, 0, 0.4, 0.9)] if rng.random() < 0.4 else [])


def glasses(rng: np.random.Generator) -> Drawing:
    """Draw two rims, a bridge and ear pieces; also a bicycle, near enough."""
    size, apart = rng.uniform(0.5, 0.8), rng.uniform(0.9, 1.4)
    parts = [arc(s * apart, 0, size, size * rng.uniform(0.8, 1.1)) for s in (-1, 1)]
    if rng.random() < 0.5:
        return [
            *parts,
            line(-apart + size, 0, 0, -0.15, apart - size, 0),
            line(-apart - size, 0, -apart - size - 0.3, -0.4),
        ]
    return [*parts, line(-apart, 0, -0.3, -0.8, 0.6, -0.8, 0, 0, -0.3, -0.8), line(apart, 0, 0.6, -1.1, 0.9, -1.2)]
