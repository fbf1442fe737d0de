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
    pixels = photo(cover(3))
    sheet = Image.fromarray(pixels).convert(mode)
    wide = with_margin(sheet)
    assert wide.mode == mode
    margin = (wide.width - sheet.width) // 2
    seen = np.asarray(wide, np.float32).reshape(wide.height, wide.width, -1)[..., 0]
    assert np.array_equal(seen[margin:-margin, margin:-margin], pixels.astype(np.float32))
    left, right = seen[:, :margin], seen[:, -margin:]
    assert abs(float(left.mean()) - 0.85 * 190) < 5
    assert abs(float(right.mean()) - 190) < 5
    assert 2.5 < float(left.std()) < 5
    assert with_margin(sheet).tobytes() == wide.tobytes()


def test_large_sheet_is_averaged_down_first() -> None:
    wide = with_margin(Image.fromarray(photo(cover(3, side=1400))))
    assert max(wide.size) < 900


def test_sliver_that_is_cut_close_keeps_its_rows() -> None:
    pixels = np.full((4, 1500), 220, np.uint8)
    pixels[2:, :400] = 40
    wide = with_margin(Image.fromarray(pixels))
    assert wide.height > 4
    assert np.asarray(wide).min() < 60


def shadowed() -> np.ndarray:
    pixels = photo(np.pad(cover(3), 80)).astype(np.float32)
    pixels[:, : pixels.shape[1] // 3] *= 0.5
    return pixels.astype(np.uint8)


def ruled() -> np.ndarray:
    ink = np.pad(cover(3), 80)
    ink[20::45, :] = ink[21::45, :] = 0.8
    return photo(ink)


def boxed() -> np.ndarray:
    picture = Image.fromarray((255 * np.pad(cover(3), 80)).astype(np.uint8))
    ImageDraw.Draw(picture).rectangle((4, 4, picture.width - 5, picture.height - 5), outline=255, width=5)
    return photo(np.asarray(picture, np.float32) / 255)


def printed() -> np.ndarray:
    """Print of many pieces, one of them cut."""
    ink = np.zeros((120, 120), np.float32)
    for row in range(0, 120, 30):
        ink[row : row + 12, 15:105:24] = ink[row : row + 5, 15:105] = 0
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
        photo(np.ones((100, 80), np.float32)),
        photo(np.pad(np.ones((60, 60), np.float32), ((0, 40), (20, 20)))),
        np.full((50, 50), 128, np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8),
    ],
    ids=["roomy", "shadowed", "ruled", "boxed", "printed", "empty", "all ink", "block", "flat", "noise"],
)
def test_what_is_not_cut_close_stays_as_it_is(pixels: np.ndarray) -> None:
    sheet = Image.fromarray(pixels)
    assert with_margin(sheet) is sheet


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (4, 2000), (2000, 4), (5, 5), (7, 1500)])
def test_slivers_of_any_kind_are_no_error(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(1)
    for ink_share in (0.0, 0.1, 0.4):
        pixels = np.where(generator.random(size) < ink_share, 40, 220).astype(np.uint8)
        pixels[size[0] // 2 :, : size[1] // 3] = 40
        find_digit(Image.fromarray(pixels))
