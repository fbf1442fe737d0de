from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from model.digits import find_digit
from model.margins import with_margin
from model.pictures import prepare_picture
from model.sheets import make_sheet
from tests.drawn_digits import alike, draw_digit
from training.redrawing import redraw

DIGITS = range(10)


def cover(digit: int, *, side: int = 200) -> np.ndarray:
    """A drawn digit's ink, 0 to 1, cut where it ends."""
    drawn = np.asarray(draw_digit(digit, generator=np.random.default_rng(digit), side=side), np.float32) / 255
    rows, columns = (np.flatnonzero((drawn > 0.5).any(axis=axis)) for axis in (1, 0))
    return drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def photo(ink: np.ndarray, *, paper: float = 190, pen: float = 70, seed: int = 0) -> np.ndarray:
    """Ink on sloping light and grain, uint8."""
    slope = np.linspace(0.85, 1.0, ink.shape[1], dtype=np.float32)
    grain = np.random.default_rng(seed).normal(0, 4, ink.shape)
    return np.clip((paper + (pen - paper) * ink) * slope + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("paper", [190, 60])
def test_photo_cut_at_the_ink_is_read_as_with_room_around(digit: int, paper: float) -> None:
    ink = cover(digit)
    pen = 250 - paper
    close = prepare_picture(Image.fromarray(photo(ink, paper=paper, pen=pen)))
    roomy = prepare_picture(Image.fromarray(photo(np.pad(ink, 60), paper=paper, pen=pen)))
    assert not close.blank
    assert alike(close.image, roomy.image) > 0.9


@pytest.mark.parametrize("digit", [2, 5, 8])
@pytest.mark.parametrize("sides", [(0, 60, 60, 60), (60, 60, 0, 60), (0, 60, 0, 60)])
def test_photo_cut_into_the_digit_on_one_side_or_two_is_read(digit: int, sides: tuple[int, int, int, int]) -> None:
    whole = cover(digit)
    cut = whole[(6 if sides[0] == 0 else 0) :, (6 if sides[2] == 0 else 0) :]
    placed = np.pad(cut, (sides[:2], sides[2:]))
    read = prepare_picture(Image.fromarray(photo(placed)))
    assert alike(read.image, prepare_picture(Image.fromarray(photo(np.pad(cut, 60)))).image) > 0.9


@pytest.mark.parametrize("mode", ["L", "RGB", "F"])
def test_margin_continues_slope_and_grain_around_the_same_pixels(mode: str) -> None:
    falls = np.linspace(1.0, 0.8, len(cover(3)))[:, None]
    grey = photo(cover(3)) * falls
    pixels = (grey[..., None] * (1.0, 0.8, 0.6) if mode == "RGB" else grey).astype(
        np.float32 if mode == "F" else np.uint8
    )
    sheet = Image.fromarray(pixels)
    wide = with_margin(sheet)
    assert wide.mode == mode
    margin = (wide.width - sheet.width) // 2
    seen = np.asarray(wide)
    assert np.array_equal(seen[margin:-margin, margin:-margin], pixels)
    tint = np.array((1.0, 0.8, 0.6) if mode == "RGB" else 1.0)
    for corner, light in (((0, 0), 0.85), ((0, 1), 1.0), ((1, 0), 0.85 * 0.8), ((1, 1), 0.8)):
        there = seen[tuple(slice(-margin, None) if last else slice(margin) for last in corner)]
        assert np.abs(there.mean(axis=(0, 1)) - 190 * light * tint).max() < 6
        assert 1.5 < float(there.reshape(margin * margin, -1)[:, 0].std()) < 5
    assert with_margin(sheet).tobytes() == wide.tobytes()


def test_margin_is_given_where_the_cut_leaves_a_little_room() -> None:
    sheet = Image.fromarray(photo(np.pad(cover(3), 7)))
    assert with_margin(sheet) is not sheet


def test_steep_light_is_taken_off_before_ink_is_told_from_ground() -> None:
    ink = cover(0)
    sheet = Image.fromarray((photo(ink, pen=110) * np.linspace(0.6, 1.0, ink.shape[1])).astype(np.uint8))
    assert with_margin(sheet) is not sheet


def test_large_sheet_is_averaged_down_first() -> None:
    wide = with_margin(Image.fromarray(photo(cover(3, side=1400))))
    assert max(wide.size) < 900


def shadowed() -> np.ndarray:
    pixels = photo(np.pad(cover(3), 80)).astype(np.float32)
    pixels[:, : pixels.shape[1] // 3] *= 0.5
    return pixels.astype(np.uint8)


def ruled() -> np.ndarray:
    ink = np.pad(cover(3), 80)
    ink[20::45, :] = ink[21::45, :] = 0.8
    return photo(ink)


def boxed() -> np.ndarray:
    """A box near the edges, which the digit touches."""
    picture = Image.fromarray((255 * np.pad(cover(3), 9)).astype(np.uint8))
    ImageDraw.Draw(picture).rectangle((4, 4, picture.width - 5, picture.height - 5), outline=255, width=6)
    return photo(np.asarray(picture, np.float32) / 255)


def disc() -> np.ndarray:
    rows, columns = np.mgrid[-50:50, -50:50]
    return photo((np.hypot(rows, columns) < 49).astype(np.float32))


def scrap() -> np.ndarray:
    """A hair at the edge of an empty sheet."""
    ink = np.zeros((100, 80), np.float32)
    ink[:40, 30:34] = 1
    return photo(ink)


def dark_corner() -> np.ndarray:
    rows, columns = np.mgrid[:200, :200]
    ink = np.pad(cover(3, side=100), 80)[:200, :200]
    return photo(np.maximum(ink, rows + columns < 66))


def printed() -> np.ndarray:
    """Print of many pieces, the first row of them cut."""
    ink = np.zeros((120, 120), np.float32)
    for row in range(0, 120, 30):
        for column in range(20, 110, 30):
            ink[row : row + 14, column : column + 10] = 1
    return photo(ink)


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("ruled", 41), ("ruled", 57), ("ruled", 148), ("ruled", 349), ("ruled", 374), ("shadowed", 202), ("pencil", 269)],
)
def test_sheet_under_light_and_shadow_stays_as_it_is(kind: str, seed: int) -> None:
    """A shadow was taken for a figure that runs out of the picture, and the digit with it."""
    drawn = np.asarray(draw_digit(seed % 10, generator=np.random.default_rng(seed)))
    sheet = make_sheet(Image.open(BytesIO(redraw(drawn, kind, seed=seed))))
    assert with_margin(sheet) is sheet


@pytest.mark.parametrize(
    "pixels",
    [
        photo(np.pad(cover(3), 60)),
        shadowed(),
        ruled(),
        boxed(),
        printed(),
        photo(np.zeros((100, 80), np.float32)),
        np.pad(photo(np.pad(cover(3), 60)), 6, constant_values=40),
        disc(),
        scrap(),
        np.full((50, 50), 128, np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8),
    ],
    ids=["roomy", "shadowed", "ruled", "boxed", "printed", "empty", "framed", "disc", "scrap", "flat", "noise"],
)
def test_what_is_not_cut_close_stays_as_it_is(pixels: np.ndarray) -> None:
    sheet = Image.fromarray(pixels)
    assert with_margin(sheet) is sheet


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("width", [0.06, 0.1, 0.15])
@pytest.mark.parametrize("has_digit", [False, True])
def test_dark_strip_along_an_edge_is_no_bar_of_a_digit(width: float, *, has_digit: bool, turns: int) -> None:
    """A table's edge, a book's gutter, a scanner's lid."""
    ink = np.zeros((400, 400), np.float32)
    ink[:, : round(400 * width)] = 1
    if has_digit:
        digit = cover(3, side=90)
        ink[170 : 170 + len(digit), 180 : 180 + digit.shape[1]] = digit
    sheet = Image.fromarray(photo(np.rot90(ink, turns)))
    assert with_margin(sheet) is sheet


def test_dark_corner_is_no_figure() -> None:
    sheet = Image.fromarray(dark_corner())
    assert with_margin(sheet) is sheet


def test_shadow_along_two_edges_is_no_bar_though_a_line_meets_it() -> None:
    rows, columns = np.mgrid[:200, :200]
    ink = (rows > 200 - 0.2 * columns).astype(np.float32)
    ink[90:, 100:106] = 1
    sheet = Image.fromarray(photo(ink))
    assert with_margin(sheet) is sheet


@pytest.mark.parametrize("side", [30, 1000])
def test_steps_too_small_to_see_are_no_ink(side: int) -> None:
    """Sixteen bits that differ by one left no room for a histogram's bins."""
    values = np.full((side, side), 51400, np.uint16)
    values[side // 2 : side // 2 + 3, side // 2 : side // 2 + 2] -= 1
    assert prepare_picture(Image.fromarray(values)).blank


def test_sliver_gets_no_margin_many_times_its_size() -> None:
    pixels = np.full((8, 1500), 220, np.uint8)
    pixels[4:, :400] = 40
    sheet = Image.fromarray(pixels)
    assert with_margin(sheet) is sheet


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (4, 2000), (2000, 4), (5, 5), (7, 1500)])
def test_slivers_of_any_kind_are_no_error(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(1)
    for ink_share in (0.0, 0.1, 0.4):
        pixels = np.where(generator.random(size) < ink_share, 40, 220).astype(np.uint8)
        pixels[size[0] // 2 :, : size[1] // 3] = 40
        find_digit(Image.fromarray(pixels))
