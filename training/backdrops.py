"""What lies behind and over a digit in the world: paper, light, lines, print, lenses. Part of `redrawing.py`.

Every function takes and gives float32 arrays (height, width, 3) in [0, 1] and draws its choices from a numpy generator.
No picture of the world is used: everything is made from noise, lines and Pillow's own typeface.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORDS = (
    "the",
    "count",
    "of",
    "days",
    "was",
    "kept",
    "by",
    "hand",
    "in",
    "this",
    "book",
    "and",
    "every",
    "page",
    "ruled",
)


def flat(size: tuple[int, int], colour: np.ndarray) -> np.ndarray:
    """Make a plain ground of (width, height) pixels."""
    ground: np.ndarray = np.broadcast_to(colour.astype(np.float32), (size[1], size[0], 3)).copy()
    return ground


def blotches(shape: tuple[int, int], generator: np.random.Generator, *, cells: int) -> np.ndarray:
    """Make smooth noise of mean 0 and standard deviation 1, about `cells` blotches across."""
    noise = generator.standard_normal((cells + 3, cells + 3)).astype(np.float32)
    field = cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-6))


def grain(picture: np.ndarray, generator: np.random.Generator, *, deviation: float) -> np.ndarray:
    """Add the noise of a sensor: the same in all channels for the most part."""
    shared = generator.standard_normal((*picture.shape[:2], 1), dtype=np.float32)
    own = generator.standard_normal(picture.shape, dtype=np.float32)
    return picture + deviation * (0.9 * shared + 0.4 * own)


def paper(size: tuple[int, int], generator: np.random.Generator, *, colour: np.ndarray, roughness: float) -> np.ndarray:
    """Make paper: a colour, clouds in it and fibres."""
    ground = flat(size, colour)
    shape = ground.shape[:2]
    clouds = blotches(shape, generator, cells=4) + 0.6 * blotches(shape, generator, cells=16)
    fibres = blotches(shape, generator, cells=max(8, max(size) // 4))
    return ground + roughness * (clouds + 0.7 * fibres)[..., None]


def light(picture: np.ndarray, generator: np.random.Generator, *, darkest: float) -> np.ndarray:
    """Let the light fall off linearly across the picture, down to a share of the brightest."""
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    angle = generator.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * columns / picture.shape[1] + np.sin(angle) * rows / picture.shape[0]
    ramp = (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)
    return np.asarray(picture * (darkest + (1 - darkest) * ramp)[..., None])


def shadow(picture: np.ndarray, generator: np.random.Generator, *, darkest: float) -> np.ndarray:
    """Throw a shadow with a straight, slightly soft edge over a part of the picture."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = generator.uniform(0, 2 * np.pi)
    distance = np.cos(angle) * (columns - width * generator.uniform(0.25, 0.75))
    distance = distance + np.sin(angle) * (rows - height * generator.uniform(0.25, 0.75))
    softness = max(width, height) * generator.uniform(0.005, 0.04)
    lit = 1 / (1 + np.exp(-np.clip(distance / softness, -30, 30)))
    return np.asarray(picture * (darkest + (1 - darkest) * lit)[..., None])


def vignette(picture: np.ndarray, *, strength: float) -> np.ndarray:
    """Darken towards the corners, as a cheap lens does."""
    rows, columns = np.mgrid[-1 : 1 : picture.shape[0] * 1j, -1 : 1 : picture.shape[1] * 1j].astype(np.float32)
    return np.asarray(picture * (1 - strength * (rows**2 + columns**2) / 2)[..., None])


def lines(
    picture: np.ndarray, generator: np.random.Generator, *, squared: bool, spacing_pixels: float, strength: float
) -> np.ndarray:
    """Rule the paper, or rule it both ways, slightly askew."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    tilt = np.radians(generator.uniform(-4, 4))
    thickness = max(1.0, spacing_pixels * generator.uniform(0.03, 0.06))
    ink = 1 - np.array([0.45, 0.55, 0.8] if generator.random() < 0.7 else [0.5, 0.5, 0.5], np.float32)
    for axis in range(2 if squared else 1):
        along = rows if axis == 0 else columns
        across = columns if axis == 0 else rows
        phase = (
            along + (1 if axis else -1) * np.tan(tilt) * across + generator.uniform(0, spacing_pixels)
        ) % spacing_pixels
        cover = np.clip(thickness / 2 + 0.5 - np.abs(phase - spacing_pixels / 2), 0, 1)
        picture = picture * (1 - strength * cover[..., None] * ink)
    return picture


def print_behind(
    picture: np.ndarray, generator: np.random.Generator, *, letter_pixels: float, strength: float
) -> np.ndarray:
    """Print lines of text over the whole picture, mirrored half of the time, as if it showed through."""
    height, width = picture.shape[:2]
    page = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(max(6.0, letter_pixels))
    row = -generator.uniform(0, letter_pixels)
    while row < height:
        text = " ".join(generator.choice(WORDS, 40))
        draw.text((-generator.uniform(0, 3 * letter_pixels), row), text, fill=255, font=font)
        row += letter_pixels * 1.5
    cover = np.asarray(page, np.float32) / 255
    if generator.random() < 0.5:
        cover = cover[:, ::-1]
    return picture * (1 - strength * cover[..., None])


def frame_line(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw a thin dark frame near the edges, or a margin line at one side."""
    height, width = picture.shape[:2]
    inset = max(1, int(min(width, height) * generator.uniform(0.0, 0.04)))
    thickness = max(1, int(min(width, height) * generator.uniform(0.005, 0.02)))
    framed = np.ascontiguousarray(picture, np.float32)
    if generator.random() < 0.6:
        corner = (width - 1 - inset, height - 1 - inset)
        cv2.rectangle(framed, (inset, inset), corner, (0.15, 0.15, 0.15), thickness)
    else:
        cv2.line(framed, (inset, 0), (inset, height), (0.7, 0.2, 0.2), thickness)
    return framed


def box_around(cover: np.ndarray, generator: np.random.Generator, *, thickness: float) -> np.ndarray:
    """Draw a printed box around ink on white, at times so narrow that the ink crosses it, and up to 5 degrees askew.

    Parameters
    ----------
    cover
        Float32 (height, width), 1 is ink.
    generator
        Where all choices come from.
    thickness
        Pixels of its lines.

    Returns
    -------
    numpy.ndarray
        Float32 (height, width, 3).
    """
    rows, columns = np.flatnonzero(cover.max(axis=1) > 0.5), np.flatnonzero(cover.max(axis=0) > 0.5)
    size = max(np.ptp(rows), np.ptp(columns)) + 1
    across, down = (float(places.mean() + generator.normal(0, 0.05) * size) for places in (columns, rows))
    width, height = size * generator.uniform(1.05, 1.7, 2)
    corners = cv2.boxPoints(((across, down), (width, height), generator.uniform(-5, 5)))
    white = np.ones((*cover.shape, 3), np.float32)
    grey = (generator.uniform(0, 0.6),) * 3
    cv2.polylines(white, [np.rint(corners).astype(np.int32)], True, grey, max(1, round(thickness)), cv2.LINE_AA)
    return white


def wood(picture: np.ndarray, generator: np.random.Generator, *, strength: float) -> np.ndarray:
    """Give a table the grain of wood: bands along the longer side that bend."""
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    bends = blotches((height, width), generator, cells=3) * generator.uniform(0.5, 2)
    grain = np.sin(rows * 2 * np.pi / (height * generator.uniform(0.02, 0.08)) + bends * 2)
    return np.asarray(picture * (1 + strength * grain)[..., None], np.float32)


def title(picture: np.ndarray, generator: np.random.Generator, *, height: int) -> None:
    """Write a few words into the upper rows of a window, in black or white."""
    page = Image.new("L", (picture.shape[1], height), 0)
    font = ImageFont.load_default(max(6.0, 0.4 * height))
    text = " ".join(generator.choice(WORDS, 3))
    ImageDraw.Draw(page).text((picture.shape[1] * 0.05, 0.25 * height), text, fill=255, font=font)
    cover = np.asarray(page, np.float32)[..., None] / 255
    colour = 0.0 if picture[0, 0].mean() > 0.5 else 1.0
    picture[:height] = picture[:height] * (1 - cover) + colour * cover
