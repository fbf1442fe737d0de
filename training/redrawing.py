"""MNIST digits redrawn as pictures of the world: the robustness set of the picture pipeline.

A digit is turned, scaled from 0.5 to 12 times, placed anywhere on a canvas of up to 1,000 pixels, and treated in the way of
its kind: inverted, coloured, photographed in bad light, ruled, printed over and so on. Everything is drawn from the
generator, so the same digit, kind and seed give the same picture. For judging the pipeline and its classifier: on the
validation split while developing, on the test split once per claim.

Here are the canvases drawn by programs and the coarse scans; photos are in `redrawn_photos.py`, leaves among other
things in `redrawn_leaves.py`, stroke weights in `redrawn_strokes.py`.
"""

from collections.abc import Callable

import cv2
import numpy as np

from training import backdrops
from training.redrawn_leaves import LEAF_KINDS
from training.redrawn_photos import PHOTO_KINDS
from training.redrawn_placing import BLACK, black_on_white, encode, over, place
from training.redrawn_strokes import fattened, thinned


def _plain(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    return encode(black_on_white(place(digit, generator)))


def _inverted(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    return encode(1 - black_on_white(place(digit, generator)))


def _two_colours(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw an ink and a ground that a person can tell apart."""
    while True:
        ink, ground = generator.random((2, 3)).astype(np.float32)
        if np.abs(ink - ground).sum() > 0.9:
            return ink, ground


def _coloured(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    ink, ground = _two_colours(generator)
    placed = place(digit, generator)
    return encode(over(backdrops.flat(placed.size, ground), placed, ink))


def _transparent(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator)
    ink = generator.uniform(0, 0.35, 3) if generator.random() < 0.5 else generator.uniform(0.75, 1, 3)
    colour = backdrops.flat(placed.size, ink) * (placed.cover[..., None] > 0)
    return encode(np.concatenate([colour, placed.cover[..., None]], axis=2))


def _jpeg(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    return encode(black_on_white(place(digit, generator)), quality=30)


def _blurred(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator)
    deviation = placed.digit_pixels * generator.uniform(0.01, 0.06)
    return encode(cv2.GaussianBlur(black_on_white(placed), (0, 0), deviation))


def _gradient(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    return encode(backdrops.light(black_on_white(place(digit, generator)), generator, darkest=0.4))


def _noisy_paper(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, room=12)
    colour = np.array([0.93, 0.92, 0.87], np.float32) * generator.uniform(0.8, 1)
    ground = backdrops.paper(placed.size, generator, colour=colour, roughness=generator.uniform(0.005, 0.02))
    noisy = backdrops.grain(over(ground, placed, BLACK + 0.15), generator, deviation=generator.uniform(0.01, 0.05))
    return encode(noisy, quality=85)


def _mixed(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    """Draw several treatments at once."""
    placed = place(digit, generator, room=12)
    ink, ground = _two_colours(generator)
    picture = over(backdrops.flat(placed.size, ground), placed, ink)
    if generator.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), placed.digit_pixels * generator.uniform(0.01, 0.04))
    if generator.random() < 0.5:
        picture = backdrops.light(picture, generator, darkest=0.6)
    if generator.random() < 0.5:
        picture = backdrops.grain(picture, generator, deviation=0.02)
    return encode(picture, quality=int(generator.integers(30, 95)))


def _hair_thin(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(thinned(digit, generator), generator, scales=(6, 20), room=3)
    return encode(black_on_white(placed))


def _fat(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    return encode(black_on_white(place(fattened(digit, generator), generator, scales=(4, 20), room=2)))


def _stretched(digit: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Fit a digit to 16 x 16, its aspect ratio half given up, as old scan collections did."""
    rows, columns = np.flatnonzero(digit.max(axis=1) > 64), np.flatnonzero(digit.max(axis=0) > 64)
    crop = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    aspect = crop.shape[1] / crop.shape[0]
    width = int(np.clip(round(16 * aspect ** generator.uniform(0.3, 1.0)), 3, 16))
    scaled = cv2.resize(crop.astype(np.float32) / 255, (width, 16), interpolation=cv2.INTER_AREA)
    left = (16 - width) // 2
    return np.pad(scaled, ((0, 0), (left, 16 - width - left)))


def _coarse_binary(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    ink = (_stretched(digit, generator) > generator.uniform(0.35, 0.55)).astype(np.float32)
    return encode(ink if generator.random() < 0.5 else 1 - ink)


def _coarse_grey(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    ink = _stretched(digit, generator)
    return encode(ink if generator.random() < 0.5 else 1 - ink)


KINDS: dict[str, Callable[[np.ndarray, np.random.Generator], bytes]] = {
    "plain": _plain,
    "inverted": _inverted,
    "coloured": _coloured,
    "transparent": _transparent,
    "jpeg": _jpeg,
    "blurred": _blurred,
    "gradient": _gradient,
    "noisy paper": _noisy_paper,
    "mixed": _mixed,
    "hair-thin": _hair_thin,
    "fat": _fat,
    "coarse binary": _coarse_binary,
    "coarse grey": _coarse_grey,
    **PHOTO_KINDS,
    **LEAF_KINDS,
}
"""Each kind's way of turning a digit (uint8, 28 x 28, 255 is ink) into the bytes of a PNG or JPEG."""


def redraw(digit: np.ndarray, kind: str, *, seed: int) -> bytes:
    """Redraw one digit.

    Parameters
    ----------
    digit
        Uint8, 28 x 28, as MNIST stores it.
    kind
        One of `KINDS`.
    seed
        Fixes every choice.

    Returns
    -------
    bytes
        A PNG or a JPEG.
    """
    return KINDS[kind](digit, np.random.default_rng([seed, list(KINDS).index(kind)]))
