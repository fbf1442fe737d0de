"""Letters and signs that are no digits, drawn with one stroke of the pen.

Two sources, so that neither's habits become the rule: handwritten skeletons of our own (`outlier_alphabet.py`), and the
skeletons of printed glyphs, thinned from the fonts that Matplotlib brings along (OpenCV's Hershey fonts would have
served, but OpenCV 5 no longer has them). Both then go through the same hand (`outlier_strokes.py`); some glyphs also
stay printed, at their own weight.

Letters that are the same drawing as a digit in somebody's hand are left out, because a rejected digit is worse than an
accepted letter: O o (0), I l (1), S s (5), Z z (2), q g (9), b (6), B (8), D in script (0), L in script (2), 'y' with
an upright tail (4, 9), and so Cyrillic ze, che, tse (3, 4, 4) and Greek beta, theta, sigma, delta, xi (8, 0, 6, 8, 3).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.outlier_alphabet import HANDWRITTEN, SIGNS, parse
from training.outlier_strokes import Drawing, Hand, Picture28, Raster, curve, finish, normalise, sketch

LETTERS = "acdefhijkmnprtuvwxACDEFGHJKLMNPQRTUVWXY"
GREEK = "γεηκλμπφχψωΓΔΛΞΠΣΦΨΩ"
CYRILLIC = "ДЖИЙЛФШЫЮЯжикнптфшыюя"
PRINTED_SIGNS = "+=&@#%$*<^~[÷±√∑∞♥★☺→←↑↓✓✗€£¥"
SCRIPT_LETTERS = set(LETTERS) - set("DL")
SCRIPT = "".join(
    chr(0x1D4D0 + i) for i, letter in enumerate(ascii_uppercase + ascii_lowercase) if letter in SCRIPT_LETTERS
)
"""Bold script, from Unicode's mathematical alphabets."""
FACES = (
    ("DejaVuSans.ttf", LETTERS + GREEK + CYRILLIC + PRINTED_SIGNS),
    ("DejaVuSansMono-Oblique.ttf", LETTERS),
    ("DejaVuSerif-Italic.ttf", LETTERS),
    ("STIXGeneralItalic.ttf", LETTERS + GREEK),
    ("STIXGeneral.ttf", LETTERS + SCRIPT),
    ("cmmi10.ttf", LETTERS),
    ("cmss10.ttf", LETTERS),
    ("cmtt10.ttf", LETTERS),
)
GLYPH_PIXELS = 56
"""Type size for thinning: fine enough for a skeleton, and a face is thinned in a fraction of a second."""


@dataclass(frozen=True)
class Glyph:
    """One printed sign: its picture, and the skeleton of it as strokes."""

    raster: Raster
    skeleton: Drawing


def handwritten_letter(rng: np.random.Generator) -> Picture28:
    """Draw a letter from a handwritten skeleton."""
    return _handwritten(HANDWRITTEN[rng.integers(len(HANDWRITTEN))], rng)


def handwritten_sign(rng: np.random.Generator) -> Picture28:
    """Draw a sign that is no letter, such as a check mark, from a handwritten skeleton."""
    return _handwritten(SIGNS[rng.integers(len(SIGNS))], rng)


def thinned_glyph(rng: np.random.Generator) -> Picture28:
    """Draw a printed letter's skeleton with a pen."""
    glyphs = load_glyphs()
    glyph = glyphs[rng.integers(len(glyphs))]
    return sketch(glyph.skeleton, rng, dense=True)


def printed_glyph(rng: np.random.Generator) -> Picture28:
    """Show a printed letter at its own weight, a little turned and slanted."""
    glyphs = load_glyphs()
    raster = glyphs[rng.integers(len(glyphs))].raster
    height, width = raster.shape
    side = 2 * max(height, width)
    (a, b), (c, d) = np.eye(2) + rng.normal(0.0, 0.12, (2, 2))
    centre = np.array([width / 2, height / 2])
    offset = side / 2 - np.array([[a, b], [c, d]]) @ centre
    turned = cv2.warpAffine(raster, np.array([[a, b, offset[0]], [c, d, offset[1]]]), (side, side))
    return finish(normalise(turned), rng)


def letter_pair(rng: np.random.Generator) -> Picture28:
    """Write two letters side by side."""
    first, second = (_jitter(HANDWRITTEN[rng.integers(len(HANDWRITTEN))], rng) for _ in range(2))
    gap = np.array([rng.uniform(7.0, 11.0), rng.normal(0.0, 0.8)])
    return sketch([*first, *(stroke + gap for stroke in second)], rng, hand=Hand(pen=(0.03, 0.09)))


def _handwritten(source: str, rng: np.random.Generator) -> Picture28:
    return sketch(_jitter(source, rng), rng)


def _jitter(source: str, rng: np.random.Generator) -> Drawing:
    """Move every point and every stroke of a skeleton a little; a hand never makes the same letter twice."""
    care = rng.uniform(0.2, 0.55)
    strokes = []
    for points, smooth in parse(source):
        moved = points + rng.normal(0.0, care, points.shape) + rng.normal(0.0, 0.25, 2)
        strokes.append(curve(moved) if smooth else moved)
    return strokes


@cache
def load_glyphs() -> tuple[Glyph, ...]:
    """Render and thin every glyph of `FACES`; the order is that of the table."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    glyphs = []
    for name, characters in FACES:
        font = ImageFont.truetype(str(folder / name), GLYPH_PIXELS)
        rasters = [_render(character, font) for character in characters]
        glyphs += [Glyph(raster, trace(thin(raster > 127))) for raster in rasters]
    return tuple(glyphs)


def _render(character: str, font: ImageFont.FreeTypeFont) -> Raster:
    left, top, right, bottom = (int(edge) for edge in font.getbbox(character))
    picture = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(picture).text((2 - left, 2 - top), character, fill=255, font=font)
    return np.asarray(picture)


def thin(ink: np.ndarray) -> np.ndarray:
    """Peel a shape to lines one pixel wide (T. Zhang, C. Suen, A fast parallel algorithm for thinning, CACM 27, 1984)."""
    shape = np.pad(ink.astype(bool), 1)
    while True:
        before = shape.copy()
        for first in (True, False):
            shape &= ~_removable(shape, first=first)
        if np.array_equal(before, shape):
            return shape[1:-1, 1:-1]


def _removable(shape: np.ndarray, *, first: bool) -> np.ndarray:
    """Mark the border pixels that one half-step of Zhang and Suen takes away."""
    rows = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # clockwise from north
    around = np.stack([np.roll(shape, (-dy, -dx), (0, 1)) for dy, dx in rows])
    count = around.sum(axis=0)
    changes = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
    north, east, south, west = around[0], around[2], around[4], around[6]
    if first:
        open_sides = ~(north & east & south) & ~(east & south & west)
    else:
        open_sides = ~(north & east & west) & ~(north & south & west)
    return np.asarray(shape & (count >= 2) & (count <= 6) & (changes == 1) & open_sides)


def trace(skeleton: np.ndarray) -> Drawing:
    """Turn a thinned shape into short strokes, one for every two neighbouring pixels and one for a lonely pixel, a dot."""
    strokes = []
    crowd = cv2.filter2D(skeleton.astype(np.uint8), -1, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT)
    rows, columns = np.nonzero(skeleton & (crowd == 1))
    strokes += [np.array([[x, y], [x + 1.0, y]]) for x, y in zip(columns, rows, strict=True)]
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        near = np.roll(np.pad(skeleton, 1), (-dy, -dx), (0, 1))[1:-1, 1:-1]
        rows, columns = np.nonzero(skeleton & near)
        pairs = np.stack([columns, rows, columns + dx, rows + dy], axis=1)
        strokes += list(pairs.reshape(-1, 2, 2).astype(float))
    return strokes
