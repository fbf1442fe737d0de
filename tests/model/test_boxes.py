import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.boxes import box_sides
from model.components import find_components
from model.digits import find_digit
from model.ground import Relief
from model.strokes import find_faint
from tests.drawn_digits import draw_digit


def sides_of(strokes: np.ndarray, *, contrast: np.ndarray | None = None) -> np.ndarray | None:
    relief = Relief(strokes * np.float32(200) if contrast is None else contrast, noise=0.0)
    return box_sides(strokes, find_components(strokes), relief, faint=find_faint(relief))


def box(height: int = 60, width: int = 80) -> np.ndarray:
    strokes = np.zeros((height, width), bool)
    strokes[[1, -2], 1:-1] = strokes[1:-1, [1, -2]] = True
    return strokes


def test_box_that_the_digit_touches_is_found_and_the_digit_is_none_of_it() -> None:
    strokes = box()
    strokes[30:, 40:43] = True
    sides = sides_of(strokes)
    assert sides is not None
    assert not sides[2:-2, 2:-2].any()
    assert (box() & ~sides).sum() <= 3  # where the digit's foot stands


@pytest.mark.parametrize("turns", [0, 2])
@pytest.mark.parametrize("end", [(95, 64), (60, 112)])
def test_stroke_that_sticks_out_of_a_box_stays_whole(end: tuple[int, int], turns: int) -> None:
    frame = np.pad(box(), 20)
    stroke = np.zeros_like(frame)
    stroke[30 : end[0], 60:64] = True
    stroke[end[0] - 4 : end[0], 60 : end[1]] = True
    strokes = np.ascontiguousarray(np.rot90(frame | stroke, turns))
    sides = sides_of(strokes)
    assert sides is not None
    digit = np.rot90(stroke & ~frame, turns)
    assert not (sides & digit).any()
    assert (strokes & ~sides & ~digit).sum() <= 4  # where it crosses the side


@pytest.mark.parametrize("degrees", [-7, 4])
def test_leaning_box_is_found(degrees: int) -> None:
    picture = Image.new("L", (120, 120))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 100, 100), outline=255, width=3)
    pen.line((60, 40, 60, 80), fill=255, width=5)
    strokes = np.asarray(picture.rotate(degrees, resample=Image.Resampling.BILINEAR)) > 100
    sides = sides_of(strokes)
    assert sides is not None
    assert (strokes & ~sides).sum() < 0.35 * strokes.sum()


def test_box_of_which_the_picture_lacks_one_side_is_found() -> None:
    cut = box()[8:]
    cut[20:40, 38:42] = True
    assert sides_of(cut) is not None
    assert sides_of(np.pad(cut, 10)) is None
    assert sides_of(cut[:, 8:]) is None


def test_what_is_no_box_around_something_stays() -> None:
    square_zero, square_eight, seven = box(), box(), np.zeros((60, 80), bool)
    square_eight[29:32] = True
    seven[:3] = seven[:, 30:33] = True
    thick = np.zeros((60, 80), bool)
    thick[:12] = thick[:, -12:] = True
    square_six = box()
    square_six[2:29, -2] = False
    square_six[29] = True
    for strokes in (square_zero, square_eight, square_six, seven, thick):
        assert sides_of(strokes) is None


@pytest.mark.parametrize("digit", [0, 6, 8, 9])
def test_round_digit_with_something_in_it_is_no_box(digit: int) -> None:
    strokes = np.asarray(draw_digit(digit, generator=np.random.default_rng(digit), side=90)) > 100
    strokes[40:50, 40:50] = True
    assert sides_of(strokes) is None


def test_round_shape_that_nearly_fills_its_rectangle_is_no_box() -> None:
    picture = Image.new("L", (100, 100))
    ImageDraw.Draw(picture).rounded_rectangle((10, 10, 90, 90), radius=32, outline=255, width=3)
    strokes = np.asarray(picture) > 100
    strokes[35:65, 48:52] = True
    assert sides_of(strokes) is None


def test_fainter_digit_in_a_dark_box_counts_as_content() -> None:
    contrast = box() * np.float32(200)
    contrast[20:45, 38:42] = 50  # too faint to be ink beside the box
    assert sides_of(contrast > 70, contrast=contrast) is not None


def test_faint_box_that_comes_out_in_pieces_is_found() -> None:
    contrast = box() * np.float32(50)
    contrast[:, ::3][box()[:, ::3]] = 90
    contrast[20:45, 38:42] = 200
    sides = sides_of(contrast > 70, contrast=contrast)
    assert sides is not None
    assert sides.sum() > 0.9 * box().sum()


@pytest.mark.parametrize("ink", [0, 110])
@pytest.mark.parametrize("degrees", [0, 5])
def test_digit_in_a_box_is_cut_out_as_without_it(ink: int, degrees: int) -> None:
    proportions = []
    for boxed in (False, True):
        sheet = Image.new("L", (300, 300), 255)
        pen = ImageDraw.Draw(sheet)
        if boxed:
            pen.rectangle((60, 50, 240, 250), outline=90, width=4)
        pen.line((100, 100, 190, 100, 130, 249), fill=ink, width=14)  # a 7 whose foot stands on the box
        found = find_digit(sheet.rotate(degrees, fillcolor=255, resample=Image.Resampling.BILINEAR))
        assert found is not None
        proportions.append(found.shape[1] / found.shape[0])
    assert proportions[1] == pytest.approx(proportions[0], abs=0.09)


@pytest.mark.parametrize("grey", [155, 195])
def test_corners_of_a_dark_box_do_not_hide_a_lighter_digit(grey: int) -> None:
    sheet = Image.new("L", (260, 260), 255)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((30, 30, 229, 229), outline=0, width=10)
    pen.line((90, 80, 170, 80, 120, 190), fill=grey, width=10)
    found = find_digit(sheet)
    assert found is not None
    assert found.shape[1] / found.shape[0] == pytest.approx(85 / 115, abs=0.05)


@pytest.mark.parametrize("grey", range(240, 250, 2))
def test_box_with_next_to_nothing_in_it_is_no_fault(grey: int) -> None:
    """The mask was empty, and every other picture of its round failed with this one."""
    sheet = Image.new("L", (220, 220), 255)
    pen = ImageDraw.Draw(sheet)
    pen.rounded_rectangle((54, 54, 164, 164), radius=5, outline=0, width=1)
    pen.line((110, 90, 110, 130), fill=grey, width=1)
    found = find_digit(sheet)
    assert found is None or found.any()
