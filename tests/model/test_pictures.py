from functools import cache
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from model.pictures import PreparedPicture, image_to_png, prepare_picture, read_picture
from model.shapes import Image28
from tests.conftest import Digits
from tests.drawn_digits import draw_digit

DIGITS = range(10)


def drawn(digit: int, *, side: int = 280, seed: int = 0) -> Image.Image:
    """Black on white, mode L."""
    return ImageOps.invert(draw_digit(digit, generator=np.random.default_rng(seed), side=side))


def encode(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def likeness(first: Image28, second: Image28) -> float:
    """Correlation of two images, softened and moved by a pixel at most: 1 for the same digit, below 0.9 for most others."""
    soft, other = (
        np.asarray(Image.fromarray(np.uint8(image * 255)).filter(ImageFilter.GaussianBlur(1)), np.float64)
        for image in (first, second)
    )
    moved = [np.roll(soft, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(float(np.corrcoef(each.ravel(), other.ravel())[0, 1]) for each in moved)


@cache
def plain(digit: int) -> Image28:
    return prepare_picture(drawn(digit)).image


def test_different_digits_come_out_different() -> None:
    """The measure of the other tests can tell digits apart."""
    alike = [likeness(plain(first), plain(second)) for first in DIGITS for second in range(first)]
    assert np.median(alike) < 0.6
    assert max(alike) < 0.94


@pytest.mark.parametrize("digit", DIGITS)
def test_golden_digit_is_framed_as_mnist_frames_it(digit: int) -> None:
    image = plain(digit)
    rows, columns = np.flatnonzero(image.max(axis=1) > 0.3), np.flatnonzero(image.max(axis=0) > 0.3)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
    places = np.arange(28)
    assert image.sum(axis=1) @ places / image.sum() == pytest.approx(14, abs=0.6)
    assert image.sum(axis=0) @ places / image.sum() == pytest.approx(14, abs=0.6)
    assert image.max() == pytest.approx(1, abs=0.02)
    assert image.dtype == np.float32


def test_mnist_comes_out_as_it_went_in(digits: Digits) -> None:
    framed = np.rint(np.stack([plain(digit) for digit in DIGITS]) * 255).astype(np.uint8)
    for image in digits.validation.pixels[:60] if digits.are_mnist else framed:
        picture = Image.fromarray(image)
        for sent in (picture, ImageOps.invert(picture), picture.convert("RGB"), picture.convert("P")):
            prepared = read_picture(encode(sent))
            assert np.array_equal(prepared.image, image.astype(np.float32) / np.float32(255))
            assert not prepared.blank


@given(st.sampled_from(DIGITS), st.integers(0, 400), st.integers(0, 300), st.floats(0.12, 1.5))
def test_size_and_place_do_not_matter(digit: int, left: int, top: int, scale: float) -> None:
    side = round(280 * scale)
    canvas = Image.new("L", (left + side + 20, top + side + 9), 255)
    canvas.paste(drawn(digit).resize((side, side), Image.Resampling.LANCZOS), (left, top))
    assert likeness(prepare_picture(canvas).image, plain(digit)) > 0.93


@given(st.sampled_from(DIGITS), st.tuples(*[st.integers(0, 255)] * 3), st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_do_not_matter(digit: int, ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    if max(abs(a - b) for a, b in zip(ink, ground, strict=True)) < 48:
        return  # a person can hardly tell them apart either
    picture = ImageOps.colorize(drawn(digit), black=ink, white=ground)
    assert likeness(prepare_picture(picture).image, plain(digit)) > 0.97


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
@pytest.mark.parametrize("digit", [2, 8])
def test_mode_does_not_matter(digit: int, mode: str) -> None:
    picture = drawn(digit)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    elif mode == "LA":
        picture = Image.merge("LA", (picture, Image.new("L", picture.size, 255)))
    else:
        picture = picture.convert("RGB").convert(mode) if mode in ("HSV", "P") else picture.convert(mode)
    assert likeness(prepare_picture(picture).image, plain(digit)) > 0.97


@pytest.mark.parametrize("ink", ["black", "navy", "white", "yellow", "lightgray"])
@pytest.mark.parametrize("digit", DIGITS)
def test_dark_and_light_ink_are_seen_on_a_transparent_canvas(digit: int, ink: str) -> None:
    canvas = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    canvas.paste(Image.new("RGBA", canvas.size, ink), (0, 0), ImageOps.invert(drawn(digit)))
    assert likeness(prepare_picture(canvas).image, plain(digit)) > 0.97


def test_opaque_paper_with_transparent_corners_is_paper() -> None:
    paper = drawn(3).convert("RGBA")
    corners = Image.new("L", paper.size, 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 279, 279), 30, fill=255)
    paper.putalpha(corners)
    assert likeness(prepare_picture(paper).image, plain(3)) > 0.97


@pytest.mark.parametrize("digit", DIGITS)
def test_jpeg_and_webp_read_as_png(digit: int) -> None:
    for content in (encode(drawn(digit), "JPEG", quality=30), encode(drawn(digit).convert("RGB"), "WEBP", quality=40)):
        assert likeness(read_picture(content).image, plain(digit)) > 0.97


def lit(picture: Image.Image, *, seed: int) -> Image.Image:
    """A photo of the picture: falling light, a shadow's edge, noise."""
    rows, columns = np.mgrid[0 : picture.height, 0 : picture.width] / picture.height
    light = 0.95 - 0.35 * columns - 0.3 / (1 + np.exp((rows + 0.4 * columns - 0.8) * 60))
    noise = np.random.default_rng(seed).normal(0, 4, rows.shape)
    values = (40 + np.asarray(picture, float) * 0.8) * light + noise
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("digit", DIGITS)
def test_light_and_shadow_are_removed(digit: int) -> None:
    sheet = Image.new("L", (500, 420), 255)
    sheet.paste(drawn(digit), (120, 60))
    assert likeness(prepare_picture(lit(sheet, seed=digit)).image, plain(digit)) > 0.93


@pytest.mark.parametrize("digit", DIGITS)
def test_rulings_are_removed(digit: int) -> None:
    sheet = Image.new("L", (500, 420), 255)
    pen = ImageDraw.Draw(sheet)
    for place in range(20, 500, 60):
        pen.line((0, place, 500, place + 12), fill=150, width=3)
        pen.line((place, 0, place - 9, 420), fill=150, width=3)
    sheet.paste(0, (120, 60), ImageOps.invert(drawn(digit)))
    assert likeness(prepare_picture(lit(sheet, seed=1)).image, plain(digit)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
def test_frame_specks_and_neighbour_are_left_out(digit: int) -> None:
    sheet = Image.new("L", (460, 340), 255)
    sheet.paste(drawn(digit), (90, 30))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((3, 3, 456, 336), outline=0, width=4)
    pen.ellipse((20, 20, 27, 27), fill=0)
    pen.line((440, 120, 455, 260), fill=0, width=20)
    assert likeness(prepare_picture(sheet).image, plain(digit)) > 0.95


def test_detached_bar_of_a_five_is_kept() -> None:
    sheet = Image.new("L", (200, 260), 255)
    pen = ImageDraw.Draw(sheet)
    pen.line([(70, 60), (64, 130), (110, 125), (135, 165), (110, 210), (60, 215)], fill=0, width=14, joint="curve")
    body = prepare_picture(sheet).image
    pen.line([(95, 42), (150, 36)], fill=0, width=14)
    whole = prepare_picture(sheet).image
    assert likeness(whole, body) < 0.9
    assert whole[:8].sum() > 5


@pytest.mark.parametrize("width", [1, 3, 10, 40])
def test_strokes_of_any_width_come_near_mnist_s(width: int) -> None:
    canvas = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(canvas).line([(120, 80), (290, 80), (180, 330)], fill=0, width=width, joint="curve")
    image = prepare_picture(canvas).image
    assert 35 < image.sum() < 130
    assert image.max() > 0.9


BLANKS = {
    "one white pixel": Image.new("L", (1, 1), 255),
    "one black pixel": Image.new("L", (1, 1), 0),
    "white": Image.new("RGB", (300, 200), "white"),
    "black": Image.new("L", (28, 28), 0),
    "transparent": Image.new("RGBA", (280, 280), (0, 0, 0, 0)),
    "transparent white": Image.new("LA", (50, 50), (255, 0)),
    "a line of grey": Image.new("L", (500, 1), 90),
    "deep grey": Image.fromarray(np.full((40, 40), 3000, np.uint16)),
    "not numbers": Image.fromarray(np.full((40, 40), np.nan, np.float32)),
}


@pytest.mark.parametrize("name", BLANKS)
def test_blank_pictures_are_blank(name: str) -> None:
    prepared = prepare_picture(BLANKS[name])
    assert prepared.blank
    assert not prepared.image.any()


@given(st.integers(0, 1000), st.floats(0.5, 25), st.integers(20, 300), st.integers(20, 300))
def test_noise_is_blank(seed: int, deviation: float, width: int, height: int) -> None:
    values = np.random.default_rng(seed).normal(170, deviation, (height, width))
    assert prepare_picture(Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))).blank


@given(
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "F", "I"]),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 99),
)
def test_every_picture_gives_ink_or_blank(mode: str, width: int, height: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    prepared = prepare_picture(Image.fromarray(values).convert(mode))
    assert isinstance(prepared, PreparedPicture)
    assert prepared.image.shape == (28, 28)
    assert prepared.image.dtype == np.float32
    assert 0 <= prepared.image.min() <= prepared.image.max() <= 1
    assert prepared.blank != prepared.image.any()


def test_picture_is_left_unchanged() -> None:
    picture = drawn(4).convert("RGBA")
    before = picture.tobytes()
    prepare_picture(picture)
    assert picture.tobytes() == before


@pytest.mark.parametrize("scale", [1, 3, 16])
def test_image_is_written_as_png(scale: int) -> None:
    image = plain(5)
    for ink_on_paper in (False, True):
        picture = Image.open(BytesIO(image_to_png(image, scale=scale, ink_on_paper=ink_on_paper)))
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (28 * scale, 28 * scale))
        values = np.asarray(picture)[::scale, ::scale]
        assert np.array_equal(255 - values if ink_on_paper else values, np.rint(image * 255))
