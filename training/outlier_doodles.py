"""Quick sketches of things, as hurried hands make them: one of many families, a stroke missing now and then.

The families are in `outlier_nature.py` and `outlier_objects.py`; figures that mean nothing in `outlier_patterns.py`. Left
out is what a digit could be: a plain circle (0), a standing stroke (1), a snowman or an hourglass (8), a balloon on a
string (9), a lollipop.

Source: the families were chosen after the categories of Quick, Draw! (Google, 2016, https://quickdraw.withgoogle.com/data);
no drawing of it is used.
"""

import numpy as np

from training.outlier_nature import (
    animal,
    butterfly,
    cat_face,
    cloud,
    face,
    fish,
    flower,
    heart,
    sitting_cat,
    star,
    stick_figure,
    sun,
    tree,
)
from training.outlier_objects import (
    aeroplane,
    boat,
    car,
    cup,
    furniture,
    glasses,
    house,
    locomotive,
    rainbow,
    train,
    umbrella,
)
from training.outlier_strokes import Hand, Picture28, Stroke, sketch

DOODLE_HAND = Hand(pen=(0.022, 0.09), rotation=0.15, slant=0.1, stretch=0.2, wobble=0.05)

THINGS = (
    cat_face, cat_face, sitting_cat, face, animal, animal, house, rainbow, rainbow, train, locomotive, car, tree, star,
    heart, flower, sun, fish, cup, stick_figure, umbrella, cloud, boat, aeroplane, butterfly, furniture, glasses,
)  # fmt: skip
"""Families with the most forms stand twice."""


def doodle(rng: np.random.Generator) -> Picture28:
    """Draw one thing, sometimes with a stroke missing, as hurried hands do."""
    parts = THINGS[rng.integers(len(THINGS))](rng)
    if len(parts) > 4 and rng.random() < 0.3:
        parts.pop(int(rng.integers(1, len(parts))))
    if rng.random() < 0.12:
        parts.append(_hatching(parts[int(rng.integers(len(parts)))], rng))
    jittered = [part + rng.normal(0, 0.03, 2) + rng.normal(0, 0.015, part.shape) for part in parts]
    return sketch(jittered, rng, hand=DOODLE_HAND)


def _hatching(part: Stroke, rng: np.random.Generator) -> Stroke:
    """Blacken the inside of a part with one zigzag line."""
    (left, top), (right, bottom) = part.min(axis=0), part.max(axis=0)
    turns = int(rng.integers(6, 14))
    x = np.linspace(left, right, turns)
    y = np.where(np.arange(turns) % 2, top, bottom) + rng.normal(0, 0.05, turns)
    return np.stack([x, y], axis=1)
