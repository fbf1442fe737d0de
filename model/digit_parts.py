"""Which connected parts of a picture's ink are the digit.

A digit may be several strokes that do not touch; specks, frames, margin lines and a neighbour's end are not part of it.
The part with most ink, frames, cut-off neighbours and blobs set back, is the digit's main part; parts near to it that are no
specks and are not whole neighbours join it.
"""

import numpy as np

from model.components import Components

SPECK_SHARE = 0.03
"""Parts below this share of the main part's ink are dirt. The detached bar of a 5 has about 0.15."""
FAINT_SHARE = 0.5
"""Parts this much fainter than the main one, pixel by pixel, are print or rulings that show through."""
NEAR = 0.35
"""A gap up to this share of the longer part's longer side is a gap between strokes of one digit."""
MARGIN = 0.06
"""The outer share of the picture where frames and margin lines run."""
FRAME_IN_MARGIN = 0.8
"""A part with this share of its pixels in the margin is a frame, or what the edge left of something else."""
FRAME = 0.02
"""Weight of a frame, which may have fifty times a digit's ink."""
CUT_OFF = 0.25
"""Weight of a part that touches the picture's edge, where another does not."""
BLOB = 0.4
"""Weight of a part without strokes, as punched holes and fingertips are, where another has some."""
BLOB_FILLS, BLOB_SLIMMEST = 0.7, 0.5
"""Of its rectangle that a blob covers at least, a disc 0.785, and its shorter side by its longer one: a 1 is slimmer."""
NEIGHBOUR_HEIGHT = 0.6
"""A part beside the main one and at least this high, by the main one's height, is a digit of its own."""


def choose_parts(parts: Components, ink: np.ndarray, *, webs: np.ndarray | None = None) -> np.ndarray:
    """Choose the parts that make the digit.

    Parameters
    ----------
    parts
        All parts of the ink.
    ink
        Float32 (height, width): how much ink each pixel holds.
    webs
        Integers, the same for parts that hairlines link; these count as near each other.

    Returns
    -------
    numpy.ndarray
        Bool, one for each part; at least one is true where there are parts.
    """
    masses = parts.sums(ink)
    frames = frame_like(parts)
    weights = np.where(frames, FRAME, 1.0) * np.where(_touching_edge(parts), CUT_OFF, 1.0)
    main = int(np.argmax(masses * weights * np.where(_blobs(parts), BLOB, 1.0)))
    chosen = np.zeros(len(parts), bool)
    chosen[main] = True
    clear = masses / parts.areas >= FAINT_SHARE * masses[main] / parts.areas[main]
    candidates = (masses >= SPECK_SHARE * masses[main]) & clear & ~frames
    while True:
        box = _box(parts, chosen)
        near = _near(parts, box)
        if webs is not None:
            near |= np.isin(webs, webs[chosen])
        joined = chosen | (candidates & near & ~_neighbours(parts, box))
        if np.array_equal(joined, chosen):
            return chosen
        chosen = joined


def _touching_edge(parts: Components) -> np.ndarray:
    height, width = parts.shape
    return np.asarray((parts.tops == 0) | (parts.lefts == 0) | (parts.bottoms == height) | (parts.rights == width))


def _blobs(parts: Components) -> np.ndarray:
    """Find parts that are neither strokes nor slim: bool, one for each part."""
    slim = np.minimum(parts.heights, parts.widths) < BLOB_SLIMMEST * np.maximum(parts.heights, parts.widths)
    return np.asarray((parts.areas >= BLOB_FILLS * parts.heights * parts.widths) & ~slim)


def frame_like(parts: Components) -> np.ndarray:
    """Find parts that lie almost wholly in the picture's margin: bool, one for each part."""
    height, width = parts.shape
    band = max(2, round(MARGIN * min(height, width)))
    margin = np.ones((height, width), np.float32)
    margin[band : height - band, band : width - band] = 0
    return np.asarray(parts.sums(margin) >= FRAME_IN_MARGIN * parts.areas)


def _box(parts: Components, chosen: np.ndarray) -> tuple[int, int, int, int]:
    """Give top, bottom, left and right of the chosen parts together."""
    return (
        int(parts.tops[chosen].min()),
        int(parts.bottoms[chosen].max()),
        int(parts.lefts[chosen].min()),
        int(parts.rights[chosen].max()),
    )


def _near(parts: Components, box: tuple[int, int, int, int]) -> np.ndarray:
    top, bottom, left, right = box
    rows = np.maximum(np.maximum(parts.tops - bottom, top - parts.bottoms), 0)
    columns = np.maximum(np.maximum(parts.lefts - right, left - parts.rights), 0)
    lengths = np.maximum(np.maximum(parts.heights, parts.widths), max(bottom - top, right - left))
    return np.asarray(np.hypot(rows, columns) <= NEAR * lengths)


def _neighbours(parts: Components, box: tuple[int, int, int, int]) -> np.ndarray:
    """Find parts that stand beside the box rather than over or in it, and are as high, or are cut off by the edge."""
    top, bottom, left, right = box
    shared = np.minimum(parts.rights, right) - np.maximum(parts.lefts, left)
    beside = shared < 0.25 * np.minimum(parts.widths, right - left)
    high = parts.heights >= NEIGHBOUR_HEIGHT * (bottom - top)
    return np.asarray(beside & (high | _touching_edge(parts)))
