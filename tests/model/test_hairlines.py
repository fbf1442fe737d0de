"""Canvases drawn with a pen whose thin strokes fade: what is cut out has the proportions of what belongs to the digit."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from model.digits import find_digit
from model.ground import Relief
from model.hairlines import with_hairlines

INK, HAIR = 0, 190
"""Levels on white: a hairline has a quarter of the ink's contrast."""


def canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", (160, 128), 255)
    return sheet, ImageDraw.Draw(sheet)


def found_on(sheet: Image.Image) -> np.ndarray:
    found = find_digit(sheet)
    assert found is not None
    return found


def proportion(found: np.ndarray) -> float:
    """Width by height."""
    height, width = found.shape
    return float(width / height)


def test_faint_half_of_a_nought_is_part_of_it() -> None:
    sheet, pen = canvas()
    pen.arc((34, 24, 94, 104), 90, 270, fill=INK, width=8)
    pen.arc((36, 24, 94, 104), 270, 90, fill=HAIR, width=3)
    assert proportion(found_on(sheet)) == pytest.approx(60 / 80, abs=0.05)


@pytest.mark.parametrize(("link", "height"), [(HAIR, 84), (None, 44)])
def test_far_stroke_belongs_to_the_digit_if_a_hairline_leads_to_it(link: int | None, height: int) -> None:
    sheet, pen = canvas()
    pen.rectangle((44, 20, 80, 27), fill=INK)  # the bar of a 5, too far from its bowl to be taken for part of it
    pen.arc((36, 60, 84, 104), 180, 150, fill=INK, width=9)
    if link is not None:
        pen.line((46, 28, 46, 64), fill=link, width=3)
    assert proportion(found_on(sheet)) == pytest.approx(48 / height, abs=0.04)


def test_faint_line_across_the_paper_is_none_of_the_digit() -> None:
    sheet, pen = canvas()
    pen.line((0, 80, 160, 80), fill=HAIR, width=2)
    pen.line((64, 24, 64, 104), fill=INK, width=8)
    assert proportion(found_on(sheet)) == pytest.approx(8 / 80, abs=0.04)


def test_neighbour_stays_out_though_a_hairline_leads_to_it() -> None:
    sheet, pen = canvas()
    pen.line((40, 20, 40, 108), fill=INK, width=10)
    pen.line((110, 24, 110, 104), fill=INK, width=8)
    pen.line((45, 60, 106, 60), fill=HAIR, width=3)
    found = found_on(sheet)
    assert not (found[:, found.shape[1] // 3 :] > 0.5).any()


def test_soft_edge_of_a_frame_stays_out_where_a_digit_comes_near_it() -> None:
    sheet, pen = canvas()
    pen.rectangle((2, 2, 157, 125), outline=INK, width=4)
    pen.line((80, 10, 80, 112), fill=INK, width=8)
    assert proportion(found_on(sheet.filter(ImageFilter.GaussianBlur(1.5)))) == pytest.approx(10 / 104, abs=0.04)


def test_smear_around_a_tiny_digit_is_no_hairline() -> None:
    sheet = Image.new("L", (48, 40), 255)
    pen = ImageDraw.Draw(sheet)
    pen.line((22, 10, 22, 26), fill=INK, width=3)
    pen.line((24, 18, 33, 18), fill=HAIR, width=3)
    assert proportion(found_on(sheet)) < 0.4


def test_soft_edges_of_strokes_are_no_hairlines() -> None:
    contrast = np.zeros((64, 64), np.float32)
    contrast[13:51, 26:37] = 50
    contrast[16:48, 29:34] = 200
    digit = contrast == 200
    assert with_hairlines(digit, Relief(contrast, noise=0.0), clear=digit) is digit
