"""Digits spoilt until they are none: shuffled, doubled, overlaid, scribbled over, cut, mirrored or lying down.

They hold the strokes, widths and greys of real digits, so that these alone never make a digit. Only results that no
reader would take for a digit are made:

- mirrored left to right: 3, 6, 7, 9 (a mirrored 2 is near a 5, a 5 near a 2, an open 4 near a 7; 0, 1, 8 stay themselves);
- turned a quarter: 3 and 8 (0 stays a 0; 2, 4, 5, 6 and 9, slanted as they often are, are still read);
- upside down in the mirror: 7 (a 2 becomes a 5, a 4 a 7, a 6 and a 9 come near a 9 and a 6, 3 stays a 3);
- halves: the top or the bottom of a 0, the top of a 4, the bottom of a 2 (half an 8 is a 3 or a 0, half a 7 is a 1).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from model.shapes import SIDE, Labels, Pixels
from training.outlier_strokes import Picture28, Raster, curve, finish, normalise

MIRRORED = (3, 6, 7, 9)
TURNED = (3, 8)
FLIPPED = (7,)
BROAD = (0, 2, 3, 4, 5, 6, 7, 8, 9)
HALVES = ((0, "top"), (0, "bottom"), (4, "top"), (2, "bottom"))


@dataclass(frozen=True)
class DigitSource:
    """Real digits to spoil, found by their label."""

    digits: Pixels
    by_label: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, digits: Pixels, labels: Labels) -> "DigitSource":
        """Sort the digits by label."""
        return cls(digits, tuple(np.flatnonzero(labels == label) for label in range(10)))

    def any(self, rng: np.random.Generator) -> Raster:
        """Pick any digit."""
        return np.asarray(self.digits[rng.integers(len(self.digits))])

    def one_of(self, labels: tuple[int, ...], rng: np.random.Generator) -> Raster:
        """Pick a digit with one of the labels; any digit where the source has none of them."""
        places = self.by_label[labels[rng.integers(len(labels))]]
        return np.asarray(self.digits[rng.choice(places)]) if len(places) else self.any(rng)


def shuffled_tiles(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Cut a digit's ink into 2 x 2 or 3 x 3 tiles and shuffle them until most have moved."""
    tiles = int(rng.integers(2, 4))
    side = 21 // tiles
    box = (
        source.any(rng)[4 : 4 + side * tiles, 4 : 4 + side * tiles]
        .reshape(tiles, side, tiles, side)
        .swapaxes(1, 2)
        .reshape(-1, side, side)
    )
    order = rng.permutation(len(box))
    while np.sum(order == np.arange(len(order))) > len(order) // 3:
        order = rng.permutation(len(box))
    mixed = box[order].reshape(tiles, tiles, side, side).swapaxes(1, 2).reshape(side * tiles, -1)
    return finish(normalise(mixed), rng)


def side_by_side(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Squeeze two or three whole digits into one picture."""
    strips = [_trim(source.any(rng)) for _ in range(2 if rng.random() < 0.8 else 3)]
    height = max(strip.shape[0] for strip in strips)
    gap = int(rng.integers(-2, 4))
    wide = np.zeros((height + 6, sum(strip.shape[1] + 4 for strip in strips)), np.uint8)
    x = 0
    for strip in strips:
        y = int(rng.integers(0, wide.shape[0] - strip.shape[0] + 1))
        place = wide[y : y + strip.shape[0], x : x + strip.shape[1]]
        np.maximum(place, strip, out=place)
        x += strip.shape[1] + (gap if strip.shape[1] >= 8 else max(gap, 2))  # two 1s that touch are one fat 1
    return finish(normalise(wide), rng)


def overlaid(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Write one digit over another, shifted or turned; of a few tries the one where each adds most to the other."""
    tries = [_overlay(source, rng) for _ in range(4)]
    return finish(normalise(max(tries, key=lambda pair: pair[0])[1]), rng)


def _overlay(source: DigitSource, rng: np.random.Generator) -> tuple[float, Raster]:
    """Overlay two digits; also say by how much the ink exceeds that of the blacker one.

    Neither is a 1, which hides in another's stem, slashes a 0 or crosses a 7; equal digits must not lie on each other.
    """
    first, second = (np.pad(source.one_of(BROAD, rng), 6) for _ in range(2))
    if rng.random() < 0.5:
        second = np.rot90(second, 1 if rng.random() < 0.5 else 3)
    shift = rng.integers(3, 7, 2) * rng.choice((-1, 1), 2)
    both = np.maximum(first, np.roll(second, (int(shift[0]), int(shift[1])), (0, 1)))
    return float(both.sum()) / max(float(first.sum()), float(second.sum()), 1.0), both


def scribbled_over(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Strike a digit out with a scribble that covers it from side to side."""
    canvas = cv2.resize(source.any(rng), (84, 84), interpolation=cv2.INTER_LINEAR)
    turns = int(rng.integers(6, 12))
    across = np.linspace(14, 70, turns) + rng.normal(0.0, 4.0, turns)
    down = np.where(np.arange(turns) % 2, 66, 18) + rng.normal(0.0, 6.0, turns)
    line = np.stack([across, down] if rng.random() < 0.5 else [down, across], axis=1)
    fixed = np.round(curve(line) * 16).astype(np.int32)
    cv2.polylines(canvas, [fixed], False, 255, int(rng.integers(3, 9)), cv2.LINE_AA, 4)
    return finish(normalise(canvas), rng)


def halved(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Keep one half of a digit, where that half is no digit."""
    label, half = HALVES[rng.integers(len(HALVES))]
    tries = [_trim(source.one_of((label,), rng)) for _ in range(3)]
    ink = max(tries, key=lambda digit: digit.shape[1])  # half a narrow, slanted 0 is a 1
    middle = max(1, round(ink.shape[0] * rng.uniform(0.42, 0.52)))
    return finish(normalise(ink[:middle] if half == "top" else ink[-middle:]), rng)


def turned(source: DigitSource, rng: np.random.Generator) -> Picture28:
    """Mirror, flip or turn a digit by a quarter, where the result is no digit."""
    way = rng.random()
    if way < 0.55:
        picture = source.one_of(MIRRORED, rng)[:, ::-1]
    elif way < 0.9:
        picture = np.rot90(source.one_of(TURNED, rng), 1 if rng.random() < 0.5 else 3)
    else:
        picture = source.one_of(FLIPPED, rng)[::-1]
    return finish(normalise(np.ascontiguousarray(picture)), rng)


def _trim(picture: Raster) -> Raster:
    """Cut a picture to its ink; a blank one stays whole."""
    left, top, width, height = cv2.boundingRect((picture > 32).astype(np.uint8))
    if width == 0:
        return np.zeros((SIDE, SIDE), np.uint8)
    return picture[top : top + height, left : left + width]
