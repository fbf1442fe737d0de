"""The one digit in a picture: found, cut out, and freed of what is not ink of it.

Looks at the whole sheet first, coarsely, and where the digit turns out small, again at its surroundings.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from model.boxes import box_sides
from model.canvases import Box
from model.components import Components, find_components, widened
from model.contrast import view_of
from model.digit_parts import choose_parts, frame_like
from model.ground import Relief, mean_of_top
from model.hairlines import webs_of, with_hairlines
from model.rulings import without_rulings
from model.strokes import INK_SHARE, NOISE_TIMES, find_faint, find_strokes, is_soft_edge
from model.weight import stroke_weight

ENOUGH_DIGIT_PIXELS = 40
"""Twice the 20 pixels that remain in the end; a digit found smaller is looked at again, nearer."""
LOOKS = 3
RULING_SHARE = 0.2
LEAST_SIGNAL_AGAIN = 3.0
"""`strokes.LEAST_SIGNAL` where a coarser look has found the digit already."""
TEXTURE_SIGNAL, ROUGH_PAPER_CONTRAST = 6.5, 60.0
"""Below both, contrast is rough paper. Generated blank sheets reach 6 times the noise and 30, pencil has 11 and 30."""
SMOOTH_PAPER_CONTRAST = 14.0
"""Below this, smooth paper's clouds are possible and looked into; faint webcam frames have 16 and more."""
SURE_SIGNAL = 8.0
ALONE = 0.97
"""Of all that stands out; on generated blank sheets the largest figure has up to 0.91, or is fainter than both."""
NOISELESS = 0.01
FRAME_SPAN = 0.85
"""A lone part that spans this share of a side may be a frame that hides fainter ink."""
THRESHOLDS = 4
"""A frame or box darker than the digit hides it from a threshold; it is taken out, and the threshold set anew, so often."""


def find_digit(sheet: Image.Image) -> np.ndarray | None:
    """Find the digit's ink.

    Parameters
    ----------
    sheet
        Mode L, RGB or F, as `make_sheet` makes it.

    Returns
    -------
    numpy.ndarray or None
        Float32 (height, width) in [0, 1], 1 is ink, cut to the digit; None where the sheet is blank.
    """
    view, box, size = view_of(sheet)
    found: np.ndarray | None = None
    known: _Known | None = None
    stroke_pixels: float | None = None
    for _ in range(LOOKS):
        relief = view(box, stroke_pixels)
        mask = _digit_mask(relief) if known is None else _with_hairlines(known.refined(relief, box), relief)
        if mask is None or (found is None and _is_texture(relief, mask)):
            return found
        top, bottom, left, right = _bounds(mask)
        inside = np.s_[top:bottom, left:right]
        found = _ink(relief.contrast[inside], mask[inside], relief.noise)
        step = max(box[2] - box[0], box[3] - box[1]) / max(mask.shape)
        near = max(found.shape) >= ENOUGH_DIGIT_PIXELS or step < 1.5
        if near and (relief.noise < NOISELESS or stroke_pixels is not None):
            return found
        known = _Known(mask, box)
        stroke_pixels = stroke_weight(mask.astype(np.float32)) * step
        box = box if near else _surroundings(box, step, (left, top, right, bottom), size)
    return found


@dataclass(frozen=True)
class _Known:
    """Where a coarser look has found the digit."""

    mask: np.ndarray
    box: Box

    def refined(self, relief: Relief, box: Box) -> np.ndarray | None:
        """Mark the same strokes where a nearer look shows them; what the coarser look left out stays out."""
        contrast = np.where(self._seen_in(box, relief.contrast.shape), relief.contrast, 0)
        return find_strokes(Relief(contrast, relief.noise), least_signal=LEAST_SIGNAL_AGAIN)

    def _seen_in(self, box: Box, shape: tuple[int, ...]) -> np.ndarray:
        """Mark the same places, and right around them, on another grid over another rectangle."""
        mask = widened(self.mask)
        rows, columns = (
            np.clip(_places(box[side::2], count) - self.box[side], 0, size - 1) * have // size
            for side, count, have, size in (
                (1, shape[0], mask.shape[0], self.box[3] - self.box[1]),
                (0, shape[1], mask.shape[1], self.box[2] - self.box[0]),
            )
        )
        return np.asarray(mask[np.ix_(rows, columns)])


def _places(ends: tuple[int, ...], count: int) -> np.ndarray:
    """Give the pixels of the sheet on which the middles of a grid's cells lie."""
    return np.asarray((ends[0] + (np.arange(count) + 0.5) * (ends[1] - ends[0]) / count).astype(np.int64))


def _digit_mask(relief: Relief) -> np.ndarray | None:
    """Mark the digit's strokes; none where the relief is blank."""
    seen, fallback = relief, None
    for _ in range(THRESHOLDS):
        strokes = find_strokes(seen)
        if strokes is None:
            break
        parts = find_components(strokes)
        faint = find_faint(seen)
        is_plain = len(parts) == 1 and is_soft_edge(faint, strokes)
        sides = box_sides(strokes, parts, seen, faint=None if is_plain else faint)
        if sides is not None:
            rest = strokes & ~sides
            fallback = rest if rest.any() else fallback
            seen = Relief(np.where(widened(sides) & ~rest, 0, seen.contrast), relief.noise)
            continue
        if len(parts) == 1 and not _spans_a_side(strokes):
            return strokes if is_plain else _with_hairlines(strokes, relief)
        frames = frame_like(parts)
        if not frames.any():
            remaining = _unruled(strokes, parts, seen)
            return None if remaining is None else _with_hairlines(_chosen(remaining, seen), relief)
        fallback = _chosen(parts, seen)
        seen = Relief(np.where(widened(widened(parts.mask_of(frames))), 0, seen.contrast), relief.noise)
    return _with_hairlines(fallback, relief)


def _chosen(parts: Components, relief: Relief) -> np.ndarray:
    """Mark the digit's parts; where nothing disturbs, hairlines tell which belong together."""
    webs = webs_of(parts, relief) if relief.noise < NOISELESS else None
    return parts.mask_of(choose_parts(parts, relief.contrast, webs=webs))


def _with_hairlines(mask: np.ndarray | None, relief: Relief) -> np.ndarray | None:
    """Add the digit's faint strokes where nothing disturbs."""
    if mask is None or relief.noise >= NOISELESS:
        return mask
    return with_hairlines(mask, relief, clear=relief.contrast > INK_SHARE * relief.peak)


def _unruled(strokes: np.ndarray, parts: Components, relief: Relief) -> Components | None:
    """Give the parts that remain when rulings are out; none where nothing else was there."""
    faint = max(RULING_SHARE * relief.peak, NOISE_TIMES * relief.noise)
    rest = without_rulings(strokes, relief.contrast, threshold=faint)
    if not rest.any():
        return None
    return parts if rest is strokes else find_components(rest)


def _spans_a_side(part: np.ndarray) -> bool:
    height, width = part.shape
    top, bottom, left, right = _bounds(part)
    return bool(bottom - top >= FRAME_SPAN * height or right - left >= FRAME_SPAN * width)


def _is_texture(relief: Relief, mask: np.ndarray) -> bool:
    """Say whether what was found is the paper's own clouds and fibres, or a lens's shading.

    Strokes have a core and lie on ground that is calm compared with them; texture swells and ebbs everywhere.
    """
    if relief.noise < NOISELESS:
        return False
    peak = mean_of_top(relief.contrast[widened(mask)])
    rough = peak < ROUGH_PAPER_CONTRAST and peak < TEXTURE_SIGNAL * relief.noise
    if not rough and (peak >= SMOOTH_PAPER_CONTRAST or _is_calm_around(relief, mask, peak)):
        return False
    clear = peak >= SMOOTH_PAPER_CONTRAST or peak >= SURE_SIGNAL * relief.noise
    return not (clear and _is_alone(relief, mask))


def _is_calm_around(relief: Relief, mask: np.ndarray, peak: float) -> bool:
    around = widened(widened(widened(mask))) & ~widened(widened(mask))
    restless = around.any() and float(relief.contrast[around].std()) > 0.1 * peak
    return bool(not restless and float((relief.contrast[mask] > 0.6 * peak).mean()) >= 0.4)


def _is_alone(relief: Relief, mask: np.ndarray) -> bool:
    """Say whether nothing but the digit stands out: of texture, something does everywhere."""
    strokes = find_strokes(relief, least_signal=0.0)
    return strokes is not None and bool(mask.sum() >= ALONE * strokes.sum())


def _ink(contrast: np.ndarray, mask: np.ndarray, noise: float) -> np.ndarray:
    """Scale contrast to ink in and right around the mask, and clear the rest."""
    strokes = contrast[mask]
    full = float(np.partition(strokes, rank := int(0.85 * (strokes.size - 1)))[rank])
    ground = 2 * noise
    ink = np.clip((contrast - ground) / max(full - ground, 1e-6), 0, 1)
    return np.asarray(np.where(widened(mask), ink, 0), np.float32)


def _bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Give top, bottom, left and right of what is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _surroundings(box: Box, step: float, bounds: Box, size: tuple[int, int]) -> Box:
    """Give the rectangle of the sheet around bounds on the grid, wider by the digit's size."""
    margin = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) * 0.8 + 3
    left, top, right, bottom = (
        int(start + (place + shift) * step)
        for start, place, shift in zip(box[:2] * 2, bounds, (-margin, -margin, margin, margin), strict=True)
    )
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])
