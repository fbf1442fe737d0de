"""Digits as cameras and scanners see them: the photographed kinds of `redrawing.py`.

Pens on ruled, printed or plain paper in bad light, pencil, webcams and old books; papers and light are `backdrops.py`'s.
"""

import cv2
import numpy as np

from training import backdrops
from training.redrawn_placing import BLACK, WHITE, Placed, black_on_white, encode, over, place


def photograph(picture: np.ndarray, placed: Placed, generator: np.random.Generator) -> bytes:
    """Photograph a sheet: lens, shadow or falling light, sensor, JPEG."""
    picture = cv2.GaussianBlur(picture, (0, 0), max(0.4, placed.digit_pixels * generator.uniform(0.004, 0.012)))
    if generator.random() < 0.6:
        picture = backdrops.shadow(picture, generator, darkest=generator.uniform(0.45, 0.8))
    picture = backdrops.light(picture, generator, darkest=generator.uniform(0.5, 0.9))
    noisy = backdrops.grain(picture, generator, deviation=generator.uniform(0.01, 0.03))
    return encode(noisy, quality=int(generator.integers(50, 92)))


def paper_under(placed: Placed, generator: np.random.Generator) -> np.ndarray:
    """Make white paper of a canvas's size."""
    colour = np.array([0.95, 0.93, 0.9], np.float32) * generator.uniform(0.75, 1)
    return backdrops.paper(placed.size, generator, colour=colour, roughness=generator.uniform(0.004, 0.012))


def choose_pen(generator: np.random.Generator) -> np.ndarray:
    """Choose blue, black or red ink."""
    inks = np.array([[0.12, 0.16, 0.5], [0.12, 0.12, 0.14], [0.65, 0.12, 0.15]], np.float32)
    return np.asarray(inks[generator.choice(3, p=[0.5, 0.35, 0.15])])


def _shadowed(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(4, 16), room=4)
    return photograph(over(paper_under(placed, generator), placed, choose_pen(generator)), placed, generator)


def _ruled(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(4, 16), room=4)
    spacing = placed.digit_pixels * generator.uniform(0.5, 1.3)
    sheet = backdrops.lines(
        paper_under(placed, generator),
        generator,
        squared=bool(generator.random() < 0.5),
        spacing_pixels=spacing,
        strength=generator.uniform(0.3, 0.8),
    )
    return photograph(over(sheet, placed, choose_pen(generator)), placed, generator)


def _over_print(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(5, 16), room=3)
    letters = placed.digit_pixels * generator.uniform(0.07, 0.22)
    strength = generator.uniform(0.2, 0.75)
    sheet = backdrops.print_behind(paper_under(placed, generator), generator, letter_pixels=letters, strength=strength)
    return photograph(over(sheet, placed, choose_pen(generator)), placed, generator)


def _pencil(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    placed = place(digit, generator, scales=(3, 16), room=4)
    strength = generator.uniform(0.15, 0.35)
    return photograph(over(paper_under(placed, generator), placed, BLACK + 0.2, strength=strength), placed, generator)


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


def _boxed(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    """Write into a printed box of a form, now and then over its edge; half of them as a scan, half as a photo."""
    placed = place(digit, generator, scales=(3, 12), room=2)
    drawn = backdrops.box_around(
        placed.cover, generator, thickness=placed.digit_pixels * generator.uniform(0.015, 0.05)
    )
    if generator.random() < 0.5:
        return encode(over(drawn, placed, BLACK))
    return photograph(over(paper_under(placed, generator) * drawn, placed, choose_pen(generator)), placed, generator)


def _cut_close(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    """Cut the picture close to the ink, on each side a little off it or into it; half as a scan, half as a photo."""
    placed = place(digit, generator, scales=(1.5, 16), room=2)
    close = Placed(_cut_at_ink(placed, generator), placed.digit_pixels)
    if generator.random() < 0.5:
        return encode(over(backdrops.flat(close.size, WHITE), close, BLACK))
    return photograph(over(paper_under(close, generator), close, choose_pen(generator)), close, generator)


def _cut_at_ink(placed: Placed, generator: np.random.Generator) -> np.ndarray:
    inked = placed.cover > 0.5
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    wide = np.pad(placed.cover, margin := round(placed.digit_pixels))
    offs = np.rint(generator.uniform(-0.04, 0.1, 4) * placed.digit_pixels).astype(np.int64) * (-1, 1, -1, 1)
    ends = np.array([rows[0], rows[-1] + 1, columns[0], columns[-1] + 1]) + margin + offs
    return wide[ends[0] : max(ends[1], ends[0] + 8), ends[2] : max(ends[3], ends[2] + 8)]


PHOTO_KINDS = {
    "shadowed": _shadowed,
    "ruled": _ruled,
    "over print": _over_print,
    "pencil": _pencil,
    "webcam": _webcam,
    "church book": _church_book,
    "framed": _framed,
    "boxed": _boxed,
    "cut close": _cut_close,
}
"""As `redrawing.KINDS`."""
