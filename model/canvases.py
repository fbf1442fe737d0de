"""Plain canvases, drawn by a program: recognised by their one ground colour, from which all else has a distance."""

from typing import TypeAlias

import numpy as np
from PIL import Image

from model.components import holds_square
from model.strokes import FAINT_SHARE

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the sheet; right and bottom are the first outside."""

QUIET_SHARE = 0.12
"""Differences up to this share of the ink's contrast are no ink: JPEG's ripples at quality 30 reach about 0.1."""
INKED_SHARE = 0.3
"""Of the greatest distance; what has less does not stand out."""
CLEAR_PIXELS = 6
NEAR_GREATEST = 16
"""Levels below the greatest distance, among which so many pixels are looked for first."""
LEAST_CANVAS_CONTRAST = 32
"""Grey levels; fainter ink on a canvas is looked at with `ground.py`'s care."""
LEAST_BRIGHTNESS = 16
SAMPLE_PIXELS, SHOWN_SHARE = 64, 0.2
"""Colour bleeds around tiny digits in JPEG, so that little of it may be ink."""
QUIET_BORDER_SHARE = 0.9
"""How much of the border of a canvas is its ground."""
RING_INSETS = (0.0, 0.07)
"""Where the border is looked at: a frame around the canvas is not its ground."""
FAINT_TO_INK = 1.5
"""Most pixels between ground and ink, by those of ink: the soft edges of strokes, not shadows and clouds."""
BLOCK_GRID, BLOCK_PIXELS, BLOCK_FILLS = 32, 5, 0.6
"""Pixels of the longer side on which ink is looked at as a block: strokes are not so wide, and do not fill so much of the
rectangle around all of them."""
TIGHT_SIDE_PIXELS = 40
"""Pictures this small are scans cut to the digit, as in USPS: no room for uneven light, and strokes reach the border."""
TIGHT_QUIET_BORDER_SHARE, TIGHT_FAINT_TO_INK = 0.4, 4.0


def distance_from_ground(sheet: Image.Image) -> np.ndarray:
    """Give the distance of each pixel from the commonest colour, uint8; in colours, of the channel that differs most.

    Brightness is taken where it shows all that colours show: it is one channel, and JPEG keeps it twice as sharp.

    Parameters
    ----------
    sheet
        Mode L or RGB.

    Returns
    -------
    numpy.ndarray
        Uint8 (height, width).
    """
    if sheet.mode == "RGB":
        grey = distance_from_ground(sheet.convert("L"))
        if _shows_all(grey, sheet):
            return grey
    bands = sheet.split() if sheet.mode == "RGB" else (sheet,)
    channels = [np.asarray(band) for band in bands]
    ground = _commonest(channels)
    distances = [_levels_from(*each) for each in zip(channels, ground, strict=True)]
    return distances[0] if len(distances) == 1 else np.asarray(np.maximum.reduce(distances))


def _shows_all(distance: np.ndarray, sheet: Image.Image) -> bool:
    """Say whether most of what has a colour of its own also has a brightness of its own, on a sample of the sheet."""
    peak = _clear_peak(distance)
    if peak < LEAST_BRIGHTNESS:
        return False
    step = max(1, max(sheet.size) // SAMPLE_PIXELS)
    colours = np.asarray(sheet)[::step, ::step].astype(np.int16)
    ground = _commonest([np.asarray(colours[..., channel], np.uint8) for channel in range(3)])
    apart = np.abs(colours - np.array(ground, np.int16)).max(axis=2)
    coloured = apart >= max(1, INKED_SHARE * int(apart.max()))
    shown = distance[::step, ::step][coloured] > INKED_SHARE * peak
    return bool(np.count_nonzero(shown) >= SHOWN_SHARE * shown.size)


def _levels_from(channel: np.ndarray, own: int) -> np.ndarray:
    """Give each level's distance from one; most canvases are white or black."""
    if own == 0:
        return channel
    if own == 255:
        return np.asarray(np.invert(channel))
    row = np.full(channel.shape[1], own, np.uint8)  # beside a lone number numpy takes ten times as long
    distances = np.maximum(channel, row)
    distances -= np.minimum(channel, row)
    return np.asarray(distances)


def _commonest(channels: list[np.ndarray]) -> list[int]:
    """Give the commonest value or colour; of a tight picture, whose ink may be more than its ground, the border's."""
    step = max(1, max(channels[0].shape) // 64)
    samples = [_ring(channel, 0.0) if _is_tight(channel) else channel[::step, ::step].ravel() for channel in channels]
    if len(samples) == 1:
        (sample,) = samples
        # Most canvases have the ground's grey in their corner: to tell that takes half as long as to count all greys.
        is_first = 2 * np.count_nonzero(sample == sample[0]) > sample.size
        return [int(sample[0] if is_first else np.bincount(sample).argmax())]
    packed = samples[0].astype(np.int32)
    for sample in samples[1:]:
        packed = packed << 8 | sample
    values, counts = np.unique(packed, return_counts=True)
    colour = int(values[counts.argmax()])
    return [colour >> 8 * place & 255 for place in reversed(range(len(channels)))]


def _is_tight(pixels: np.ndarray) -> bool:
    return bool(max(pixels.shape) <= TIGHT_SIDE_PIXELS)


def _ring(pixels: np.ndarray, inset: float) -> np.ndarray:
    """Give the pixels one after the other on a rectangle that lies in from the border by a share of the sides."""
    rows, columns = int(inset * pixels.shape[0]), int(inset * pixels.shape[1])
    inner = pixels[rows : pixels.shape[0] - rows, columns : pixels.shape[1] - columns]
    return np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])


def is_canvas(distance: np.ndarray) -> bool:
    """Judge by the distances, as `distance_from_ground` gives them, whether there is one ground and clear ink on it."""
    peak = _clear_peak(distance)
    if peak < LEAST_CANVAS_CONTRAST:
        return not distance.any()
    quiet = int(QUIET_SHARE * peak)
    ink = np.count_nonzero(distance >= int(0.5 * peak))
    faint = np.count_nonzero(distance > quiet) - ink
    tight = _is_tight(distance)
    border_share, faint_to_ink = (
        (TIGHT_QUIET_BORDER_SHARE, TIGHT_FAINT_TO_INK) if tight else (QUIET_BORDER_SHARE, FAINT_TO_INK)
    )
    insets = (0.0,) if tight else RING_INSETS
    if faint > faint_to_ink * ink:
        return False
    rings = (_ring(distance, inset) <= quiet for inset in insets)
    return any(np.count_nonzero(is_quiet) / is_quiet.size >= border_share for is_quiet in rings)


def _clear_peak(distance: np.ndarray) -> int:
    """Give the greatest distance that at least six pixels reach, so that no lone pixel counts."""
    greatest = int(distance.max())
    if np.count_nonzero(distance == greatest) >= CLEAR_PIXELS or distance.size <= CLEAR_PIXELS:
        return greatest
    high = distance[distance >= max(0, greatest - NEAR_GREATEST)]  # to order few takes a fifth of the time
    candidates = high if high.size >= CLEAR_PIXELS else distance.ravel()
    return int(np.partition(candidates, candidates.size - CLEAR_PIXELS)[candidates.size - CLEAR_PIXELS])


def inked_box(distance: np.ndarray) -> Box:
    """Give the rectangle around all that stands out on a canvas, with a margin so that ink does not touch its edge.

    Hairlines that lead beyond it widen it; soft edges and JPEG's ripples, which do not lead so far, leave it as it is.
    """
    height, width = distance.shape
    greatest = int(distance.max())
    inked, all_lines = (_bounds(distance > int(share * greatest)) for share in (INKED_SHARE, FAINT_SHARE))
    if inked is None or all_lines is None:
        return 0, 0, width, height
    box = _with_room(inked, distance.shape)
    left, top, right, bottom = all_lines
    is_within = box[0] <= left and box[1] <= top and right <= box[2] and bottom <= box[3]
    return box if is_within else _with_room(all_lines, distance.shape)


def may_hold_leaf(distance: np.ndarray) -> bool:
    """Say whether ink lies in a block rather than in strokes: it may be a leaf on a plain table, or a very fat digit."""
    step = max(1, max(distance.shape) // BLOCK_GRID)
    sample = distance[::step, ::step]
    inked = sample >= max(1, int(0.5 * int(sample.max())))
    left, top, right, bottom = _bounds(inked) or (0, 0, 0, 0)
    width, height = right - left, bottom - top
    if min(width, height) < BLOCK_PIXELS:
        return False
    return bool(np.count_nonzero(inked) >= BLOCK_FILLS * width * height) or holds_square(inked, BLOCK_PIXELS)


def _bounds(mask: np.ndarray) -> Box | None:
    # numpy takes twice as long as Pillow to look along rows and columns
    return Image.fromarray(mask.view(np.uint8)).getbbox()


def _with_room(box: Box, shape: tuple[int, ...]) -> Box:
    left, top, right, bottom = box
    margin = 2 + max(right - left, bottom - top) // 5
    return max(left - margin, 0), max(top - margin, 0), min(right + margin, shape[1]), min(bottom + margin, shape[0])
