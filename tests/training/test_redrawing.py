from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.decoding import decode_picture
from tests.drawn_digits import draw_digit
from training.redrawing import KINDS, redraw
from training.redrawn_placing import MAX_CANVAS_PIXELS
from training.redrawn_strokes import fattened, thin, thinned

DIGIT = np.asarray(draw_digit(5, generator=np.random.default_rng(0)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_a_picture_that_its_seed_fixes(kind: str) -> None:
    first = redraw(DIGIT, kind, seed=1)
    assert redraw(DIGIT, kind, seed=1) == first
    assert any(redraw(DIGIT, kind, seed=seed) != first for seed in range(2, 6))
    picture = decode_picture(first)
    assert 14 <= min(picture.size) <= max(picture.size) <= MAX_CANVAS_PIXELS
    assert picture.convert("RGBA").getextrema() != ((255, 255),) * 4


def test_inverted_is_light_on_dark_and_plain_dark_on_light() -> None:
    means = [
        np.asarray(Image.open(BytesIO(redraw(DIGIT, kind, seed=3))).convert("L")).mean()
        for kind in ("plain", "inverted")
    ]
    assert means[0] > 200
    assert means[1] < 55


def test_thinned_and_fattened_strokes_keep_their_place() -> None:
    generator = np.random.default_rng(0)
    ink = np.kron(DIGIT, np.ones((8, 8))) > 127
    assert thinned(DIGIT, generator).sum() < 0.4 * 255 * ink.sum()
    fat = fattened(DIGIT, generator) > 127
    assert fat.sum() > 1.2 * ink.sum()
    assert (fat & ink).sum() > 0.97 * ink.sum()


def test_thinning_leaves_one_connected_line() -> None:
    bar = np.zeros((40, 60), bool)
    bar[15:25, 5:55] = True
    spine = thin(bar)
    assert spine.sum(axis=0).max() <= 2
    assert spine[:, 15:45].any(axis=0).all()
