"""MNIST digits redrawn as pictures of the world: the robustness set of the picture pipeline.

A digit is turned, scaled from 0.5 to 12 times, placed anywhere on a canvas of up to 1,000 pixels, and treated in the way of
its kind: inverted, coloured, photographed in bad light, ruled, printed over and so on. Everything is drawn from the
generator, so the same digit, kind and seed give the same picture. For judging the pipeline and its classifier: on the
validation split while developing, on the test split once per claim.

Papers, light and lenses are in `backdrops.py`, stroke weights in `redrawn_strokes.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from training import backdrops
from training.redrawn_strokes import fattened, thinned

SCALES = (0.5, 12.0)
MAX_CANVAS_PIXELS = 1000
MAX_TURN_DEGREES = 15.0
BLACK, WHITE = np.zeros(3, np.float32), np.ones(3, np.float32)


@dataclass(frozen=True)
class Placed:
    """A digit's ink on its canvas."""

    cover: np.ndarray
    """Float32 (height, width); 1 where ink covers the ground."""
    digit_pixels: float
    """Side of the digit's 20 x 20 box on the canvas."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.cover.shape[1], self.cover.shape[0]


def place(
    digit: np.ndarray,
    generator: np.random.Generator,
    *,
    scales: tuple[float, float] = SCALES,
    room: float = 36.0,
) -> Placed:
    """Put a digit on a canvas at a random scale, angle and place.

    Parameters
    ----------
    digit
        Uint8, square, framed as MNIST frames it (of any resolution), 255 is ink.
    generator
        Where all choices come from.
    scales
        Bounds of the scale; 1 is MNIST's own 28 pixels a side.
    room
        The most that a canvas's side may be, in sides of the digit's frame.

    Returns
    -------
    Placed
        The ink's cover of a canvas of 28 * scale to 1,000 pixels a side.
    """
    side = max(14, round(28 * float(np.exp(generator.uniform(*np.log(scales))))))
    largest = max(side, min(MAX_CANVAS_PIXELS, int(side * room)))
    width, height = (int(side * (largest / side) ** generator.uniform(0, 1)) for _ in range(2))
    left, top = int(generator.integers(0, width - side + 1)), int(generator.integers(0, height - side + 1))
    cover = np.zeros((height, width), np.float32)
    cover[top : top + side, left : left + side] = _turned(digit, generator, side=side)
    return Placed(cover, side * 20 / 28)


def _turned(digit: np.ndarray, generator: np.random.Generator, *, side: int) -> np.ndarray:
    centre = (digit.shape[0] - 1) / 2
    turn = cv2.getRotationMatrix2D((centre, centre), generator.uniform(-MAX_TURN_DEGREES, MAX_TURN_DEGREES), 1.0)
    turned = cv2.warpAffine(digit.astype(np.float32) / 255, turn, digit.shape, flags=cv2.INTER_CUBIC)
    way = cv2.INTER_AREA if side < digit.shape[0] else cv2.INTER_CUBIC
    return np.clip(cv2.resize(turned, (side, side), interpolation=way), 0, 1)


def over(ground: np.ndarray, placed: Placed, colour: np.ndarray, *, strength: float = 1.0) -> np.ndarray:
    """Lay the ink over the ground."""
    cover = strength * placed.cover[..., None]
    return np.asarray(ground * (1 - cover) + colour * cover, np.float32)


def black_on_white(placed: Placed) -> np.ndarray:
    """Draw as on a plain canvas."""
    return over(backdrops.flat(placed.size, WHITE), placed, BLACK)


def encode(picture: np.ndarray, *, quality: int | None = None) -> bytes:
    """Write a picture with values in [0, 1] as PNG, or as JPEG where a quality is given."""
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    stream = BytesIO()
    if quality is None:
        Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    else:
        Image.fromarray(pixels).save(stream, format="JPEG", quality=quality)
    return stream.getvalue()


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


def _photo(picture: np.ndarray, placed: Placed, generator: np.random.Generator) -> bytes:
    """Photograph a sheet: lens, shadow or falling light, sensor, JPEG."""
    picture = cv2.GaussianBlur(picture, (0, 0), max(0.4, placed.digit_pixels * generator.uniform(0.004, 0.012)))
    if generator.random() < 0.6:
        picture = backdrops.shadow(picture, generator, darkest=generator.uniform(0.45, 0.8))
    picture = backdrops.light(picture, generator, darkest=generator.uniform(0.5, 0.9))
    noisy = backdrops.grain(picture, generator, deviation=generator.uniform(0.01, 0.03))
    return encode(noisy, quality=int(generator.integers(50, 92)))


def _sheet(placed: Placed, generator: np.random.Generator) -> np.ndarray:
    colour = np.array([0.95, 0.93, 0.9], np.float32) * generator.uniform(0.75, 1)
    return backdrops.paper(placed.size, generator, colour=colour, roughness=generator.uniform(0.004, 0.012))


def _pen(generator: np.random.Generator) -> np.ndarray:
    """Choose blue, black or red ink."""
    inks = np.array([[0.12, 0.16, 0.5], [0.12, 0.12, 0.14], [0.65, 0.12, 0.15]], np.float32)
    return np.asarray(inks[generator.choice(3, p=[0.5, 0.35, 0.15])])


def _shadowed(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(4, 16), room=4)
    return _photo(over(_sheet(placed, generator), placed, _pen(generator)), placed, generator)


def _ruled(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(4, 16), room=4)
    spacing = placed.digit_pixels * generator.uniform(0.5, 1.3)
    sheet = backdrops.lines(
        _sheet(placed, generator),
        generator,
        squared=bool(generator.random() < 0.5),
        spacing_pixels=spacing,
        strength=generator.uniform(0.3, 0.8),
    )
    return _photo(over(sheet, placed, _pen(generator)), placed, generator)


def _over_print(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(5, 16), room=3)
    letters = placed.digit_pixels * generator.uniform(0.07, 0.22)
    strength = generator.uniform(0.2, 0.75)
    sheet = backdrops.print_behind(_sheet(placed, generator), generator, letter_pixels=letters, strength=strength)
    return _photo(over(sheet, placed, _pen(generator)), placed, generator)


def _pencil(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(3, 16), room=4)
    strength = generator.uniform(0.15, 0.35)
    return _photo(over(_sheet(placed, generator), placed, BLACK + 0.2, strength=strength), placed, generator)


def _webcam(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(1, 8), room=3)
    level, contrast = generator.uniform(0.25, 0.7), generator.uniform(10, 30) / 255
    ground = backdrops.flat(placed.size, WHITE * level)
    ink = WHITE * level + contrast * (1 if generator.random() < 0.3 else -1)
    picture = cv2.GaussianBlur(over(ground, placed, ink), (0, 0), max(0.5, placed.digit_pixels * 0.02))
    picture = backdrops.vignette(picture, strength=generator.uniform(0, 0.3))
    noise = min(0.25 * contrast * placed.digit_pixels / 20, 5 / 255)
    return encode(backdrops.grain(picture, generator, deviation=noise * generator.uniform(0.3, 1)), quality=80)


def _church_book(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(1.5, 6), room=1.6)
    colour = np.array([0.8, 0.7, 0.55], np.float32) * generator.uniform(0.75, 1.1)
    ground = backdrops.paper(placed.size, generator, colour=colour, roughness=generator.uniform(0.015, 0.035))
    other = place(digit[:, ::-1], generator, scales=(1.5, 6), room=1.6).cover
    other = cv2.resize(other, placed.size, interpolation=cv2.INTER_AREA)
    ground = ground * (1 - generator.uniform(0, 0.15) * other[..., None])
    if generator.random() < 0.4:
        ground = backdrops.frame_line(ground, generator)
    ink = np.array([0.25, 0.18, 0.12], np.float32)
    picture = over(ground, placed, ink, strength=generator.uniform(0.6, 0.95))
    return encode(backdrops.grain(picture, generator, deviation=0.015), quality=75)


def _framed(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(2, 12), room=3)
    return encode(backdrops.frame_line(black_on_white(placed), generator))


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
    "shadowed": _shadowed,
    "ruled": _ruled,
    "over print": _over_print,
    "pencil": _pencil,
    "webcam": _webcam,
    "church book": _church_book,
    "framed": _framed,
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
