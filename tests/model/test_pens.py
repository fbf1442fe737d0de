import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.digits import find_digit
from model.ground import Relief, measure_relief
from model.pens import only_coloured

PAPER, BLUE, BLACK = (232, 228, 220), (40, 50, 140), (40, 40, 44)
Colour = tuple[int, int, int]


def sheet(*, pen: Colour, behind: Colour | None, rows: range = range(10, 200, 24)) -> Image.Image:
    """An upright stroke over rows of short bars, as letters are, in light that falls off."""
    picture = Image.new("RGB", (200, 200), PAPER)
    draw = ImageDraw.Draw(picture)
    for row in rows if behind else ():
        for column in range(4, 200, 12):
            draw.rectangle((column, row, column + 6, row + 9), fill=behind)
    draw.line((100, 30, 92, 170), fill=pen, width=9)
    noise = np.random.default_rng(0).normal(0, 2, (200, 200, 1))
    light = np.linspace(1, 0.6, 200)[:, None, None]
    return Image.fromarray(np.clip(np.asarray(picture) * light + noise, 0, 255).astype(np.uint8))


def relief_of(colours: np.ndarray) -> Relief:
    return measure_relief(colours.mean(axis=2))


def kept(picture: Image.Image) -> np.ndarray:
    """What is left of the contrast of a sheet, bool."""
    colours = np.asarray(picture, np.float32)
    relief = relief_of(colours)
    return only_coloured(relief, colours).contrast > 50


def test_black_print_around_a_coloured_pen_is_left_out() -> None:
    left = kept(sheet(pen=BLUE, behind=BLACK))
    assert not left[:, :80].any()
    assert not left[:, 115:].any()
    assert left[40:160, 85:108].any(axis=1).all()


@pytest.mark.parametrize(
    ("pen", "behind"), [(BLACK, BLACK), (BLACK, (150, 170, 215)), (BLUE, None)], ids=["black", "pale blue", "nothing"]
)
def test_a_pen_that_colour_does_not_set_apart_is_left_with_all_else(pen: Colour, behind: Colour | None) -> None:
    picture = sheet(pen=pen, behind=behind)
    colours = np.asarray(picture, np.float32)
    relief = relief_of(colours)
    assert only_coloured(relief, colours) is relief


def test_digit_over_print_is_found_alone() -> None:
    found = find_digit(sheet(pen=BLUE, behind=BLACK))
    assert found is not None
    assert found.shape[0] > 4 * found.shape[1]
