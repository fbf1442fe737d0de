import numpy as np
import pytest
from PIL import Image

from model.sheets import SHEET_LONG_SIDE_PIXELS, make_sheet


@pytest.mark.parametrize(
    ("mode", "sheet_mode"),
    [
        ("1", "L"),
        ("L", "L"),
        ("RGB", "L"),
        ("P", "L"),
        ("CMYK", "L"),
        ("LA", "L"),
        ("RGBA", "L"),
        ("I", "F"),
        ("F", "F"),
    ],
)
def test_colourless_pictures_become_one_channel(mode: str, sheet_mode: str) -> None:
    sheet = make_sheet(Image.linear_gradient("L").convert(mode))
    assert sheet.mode == sheet_mode
    assert np.ptp(np.asarray(sheet, np.float32)) > 250


def test_colour_is_kept() -> None:
    picture = Image.new("RGB", (9, 9), (200, 10, 10))
    for mode in ("RGB", "RGBA", "P"):
        assert make_sheet(picture.convert(mode)).mode == "RGB"


@pytest.mark.parametrize(("ink", "paper"), [((0, 0, 90), 255), ((255, 255, 255), 0), ((250, 240, 40), 0)])
def test_transparent_ground_is_the_paper_that_ink_stands_out_from(ink: tuple[int, int, int], paper: int) -> None:
    canvas = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    canvas.paste((*ink, 255), (10, 10, 20, 30))
    sheet = make_sheet(canvas).convert("RGB")
    assert sheet.getpixel((0, 0)) == (paper,) * 3
    assert sheet.getpixel((15, 15)) == ink


def test_palette_with_a_transparent_entry_is_paper_there() -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([10, 10, 10, 0, 0, 90])
    picture.paste(1, (5, 5, 9, 15))
    picture.info["transparency"] = 0
    assert make_sheet(picture).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_half_cover_of_a_transparent_pixel_is_half_ink() -> None:
    canvas = Image.new("LA", (20, 20), (0, 0))
    canvas.paste((0, 255), (5, 5, 10, 15))
    canvas.putpixel((12, 12), (0, 128))
    sheet = np.asarray(make_sheet(canvas))
    assert abs(int(sheet[12, 12]) - 127) <= 1


@pytest.mark.parametrize("side", [40, 2 * SHEET_LONG_SIDE_PIXELS + 2])
@pytest.mark.parametrize("grey", [0, 90, 255])
def test_alpha_apart_gives_the_same_sheet(side: int, grey: int) -> None:
    """Averaged each for itself, grey and alpha would give another."""
    cover = Image.radial_gradient("L").resize((side, side)).point([0] * 60 + list(range(60, 256)))
    colours = Image.linear_gradient("L").resize((side, side)).point([grey * (value > 0) for value in range(256)])
    apart = make_sheet(colours, cover)
    assert np.array_equal(np.asarray(apart), np.asarray(make_sheet(Image.merge("LA", (colours, cover)))))


def test_black_ink_of_any_cover_takes_as_much_from_white_paper() -> None:
    cover = Image.linear_gradient("L")
    sheet = make_sheet(Image.merge("LA", (Image.new("L", cover.size, 0), cover)))
    assert np.array_equal(np.asarray(sheet), 255 - np.asarray(cover))


def test_white_ink_of_any_cover_gives_as_much_to_black_paper() -> None:
    """A browser's canvas is black where it is see-through; white everywhere comes to the same."""
    cover = Image.linear_gradient("L")
    for ground in (0, 255):
        ink = cover.point([ground] + [255] * 255)
        assert np.array_equal(np.asarray(make_sheet(Image.merge("LA", (ink, cover)))), np.asarray(cover))


@pytest.mark.parametrize("highest", [300, 4095, 65535])
def test_deep_grey_keeps_small_steps(highest: int) -> None:
    values = np.linspace(0, highest, 400).reshape(20, 20).astype(np.uint16)
    sheet = np.asarray(make_sheet(Image.fromarray(values)))
    assert 200 < sheet.max() <= 255
    assert len(np.unique(sheet)) == len(np.unique(values))


@pytest.mark.parametrize("size", [(3000, 2000), (4096, 10), (1, 5000)])
def test_large_pictures_are_averaged_down(size: tuple[int, int]) -> None:
    for mode in ("L", "RGB", "RGBA"):
        assert SHEET_LONG_SIDE_PIXELS <= max(make_sheet(Image.new(mode, size)).size) < 2 * SHEET_LONG_SIDE_PIXELS


def test_small_pictures_keep_their_pixels() -> None:
    picture = Image.linear_gradient("L")
    assert make_sheet(picture).tobytes() == picture.tobytes()


@pytest.mark.parametrize("place", ["around the ink", "within the ink"])
@pytest.mark.parametrize(("columns", "is_ground"), [(29, False), (30, True), (31, True)])
def test_see_through_ground_is_counted_wherever_it_is(place: str, columns: int, *, is_ground: bool) -> None:
    cover = Image.new("L", (100, 20), 255)
    cover.paste(0, (0 if place == "around the ink" else 40, 0, columns + (0 if place == "around the ink" else 40), 20))
    sheet = make_sheet(Image.new("L", cover.size, 50), cover)
    assert sheet.getextrema() == ((50, 255) if is_ground else (50, 50))
