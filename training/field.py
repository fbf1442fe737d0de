"""Field pictures: digits and non-digits as cameras, scanners and drawing programs deliver them, read as the service does.

Intuition: what the pipeline leaves of a pencil digit in a shadow is no MNIST digit, and no distortion of one looks like it.
So training digits are redrawn as such pictures (`redrawing.py`), read back as the service would read them, and put among
the clean ones. Empty sheets and redrawn non-digits teach that a ruling or a shadow's edge is no digit either.

The kinds are those that `tenfold-train wild redrawn:...` judges by, with other digits and other seeds: a high score there
says that the networks know these kinds. What they make of unknown ones, the sets of real pictures say.
"""

import multiprocessing
from dataclasses import dataclass
from functools import partial

import numpy as np

from model.errors import PictureError
from model.pictures import read_picture
from model.shapes import SIDE, Pixels
from training.mnist import Split
from training.redrawing import KINDS, redraw
from training.supply import OUTLIER_LABEL

_HARD = ("mixed", "ruled", "pencil", "webcam", "shadowed", "over print")
_HARD_WEIGHT = 3  # drawn so many times as often as an easy kind
_NEEDS_A_STROKE = (
    "hair-thin",
    "fat",
    "coarse binary",
    "coarse grey",
)  # these take a digit apart: others have no strokes
_NON_DIGITS = 0.2
_EMPTY = 0.25  # of the non-digits
_CHUNK = 250  # so many are sent to a process at a time


@dataclass(frozen=True)
class FieldSource:
    """What field pictures are drawn from.

    Parameters
    ----------
    digits
        At least one.
    outliers
        Uint8 (M, 28, 28): non-digits; at least one.
    seed
        Fixes every choice.
    """

    digits: Split
    outliers: Pixels
    seed: int


def generate_field(count: int, source: FieldSource, *, processes: int = 1) -> Split:
    """Redraw and read pictures.

    Parameters
    ----------
    count
        How many are drawn. What the pipeline finds blank, or refuses, is left out.
    source
        Of digits and non-digits.
    processes
        That share the work; the result does not depend on it.

    Returns
    -------
    Split
        At most `count` pictures, labelled 0 to 9, or `OUTLIER_LABEL`.
    """
    draw = partial(_draw, source)
    if processes == 1:
        attempts = list(map(draw, range(count)))
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            attempts = pool.map(draw, range(count), chunksize=_CHUNK)
    drawn = [picture for picture in attempts if picture is not None]
    pixels = np.array([pixels for pixels, _ in drawn], np.uint8).reshape(-1, SIDE, SIDE)
    return Split(pixels, np.array([label for _, label in drawn], np.int64))


def _draw(source: FieldSource, number: int) -> tuple[np.ndarray, int] | None:
    """Draw one picture; None where nothing is left of it."""
    generator = np.random.default_rng([source.seed, number])
    original, label = _choose(source, generator)
    kind = _choose_kind(generator, is_digit=label != OUTLIER_LABEL)
    try:
        prepared = read_picture(redraw(original, kind, seed=int(generator.integers(2**32))))
    except PictureError:
        return None
    return None if prepared.blank else (np.rint(prepared.image * 255).astype(np.uint8), label)


def _choose(source: FieldSource, generator: np.random.Generator) -> tuple[np.ndarray, int]:
    """Choose what is redrawn, and its label."""
    if generator.random() >= _NON_DIGITS:
        chosen = generator.integers(len(source.digits))
        return source.digits.pixels[chosen], int(source.digits.labels[chosen])
    if generator.random() < _EMPTY:
        return np.zeros((SIDE, SIDE), np.uint8), OUTLIER_LABEL
    return source.outliers[generator.integers(len(source.outliers))], OUTLIER_LABEL


def _choose_kind(generator: np.random.Generator, *, is_digit: bool) -> str:
    kinds = [kind for kind in KINDS if is_digit or kind not in _NEEDS_A_STROKE]
    weights = np.array([_HARD_WEIGHT if kind in _HARD else 1 for kind in kinds])
    return kinds[generator.choice(len(kinds), p=weights / weights.sum())]
