from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from model.digits import find_digit
from tests.drawn_digits import draw_digit


def paper(seed: int, *, roughness: float, noise: float = 0.0, size: tuple[int, int] = (260, 320)) -> np.ndarray:
    """Clouds and fibres around a light grey."""
    generator = np.random.default_rng(seed)
    values = np.full(size[::-1], 210.0)
    for cells in (4, 16, 70):
        blotches = Image.fromarray(generator.standard_normal((cells, cells)).astype(np.float32))
        values += roughness * np.asarray(blotches.resize(size, Image.Resampling.BICUBIC))
    return np.asarray(values + generator.normal(0, noise, values.shape))


def as_sheet(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("roughness", "noise"), [(1.0, 0.0), (3.0, 0.0), (2.0, 5.0), (0.0, 8.0)])
def test_paper_alone_is_blank(seed: int, roughness: float, noise: float) -> None:
    assert find_digit(as_sheet(paper(seed, roughness=roughness, noise=noise))) is None


@pytest.mark.parametrize("seed", range(4))
def test_shadow_and_dark_corners_alone_are_blank(seed: int) -> None:
    values = paper(seed, roughness=0.5, noise=2.0)
    rows, columns = np.mgrid[-1 : 1 : values.shape[0] * 1j, -1 : 1 : values.shape[1] * 1j]
    shadow = 1 - 0.4 / (1 + np.exp((columns + 0.3 * rows) * 40))
    assert find_digit(as_sheet(values * shadow)) is None
    assert find_digit(as_sheet(values * (1 - 0.15 * (rows**2 + columns**2)))) is None


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("contrast", [14, -16])
def test_faint_ink_of_a_webcam_frame_is_found(digit: int, contrast: int) -> None:
    ink = np.asarray(draw_digit(digit, generator=np.random.default_rng(digit), side=120), float) / 255
    values = np.random.default_rng(digit).normal(110, 2, (240, 320))
    values[60:180, 90:210] += contrast * ink
    found = find_digit(as_sheet(values))
    assert found is not None
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    aspect = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
    assert found.shape[1] / found.shape[0] == pytest.approx(aspect, abs=0.17)


def test_small_digit_on_a_large_canvas_is_looked_at_nearer() -> None:
    canvas = Image.new("L", (1000, 1000), 255)
    canvas.paste(0, (700, 300), draw_digit(8, generator=np.random.default_rng(0), side=60))
    found = find_digit(canvas)
    assert found is not None
    assert max(found.shape) >= 30


def test_dark_frame_does_not_hide_faint_ink() -> None:
    sheet = Image.new("L", (300, 300), 230)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((2, 2, 297, 297), outline=0, width=5)
    pen.line((150, 80, 150, 220), fill=180, width=12)
    found = find_digit(sheet.filter(ImageFilter.GaussianBlur(1)))
    assert found is not None
    assert found.shape[0] > 6 * found.shape[1]


def test_tiny_digit_keeps_the_sharpness_of_brightness_in_a_jpeg() -> None:
    """JPEG spreads colour over 16 pixels, so that the hole of a small coloured 0 closed."""
    ink = np.zeros((48, 96), bool)
    rows, columns = np.mgrid[0:48, 0:96]
    ink[np.abs(np.hypot((rows - 20) * 0.8, columns - 60) - 5) < 1.2] = True
    colours = np.where(ink[..., None], (110, 130, 60), (175, 105, 205)).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(colours).save(stream, "JPEG", quality=40)
    found = find_digit(Image.open(stream).convert("RGB"))
    assert found is not None
    height, width = found.shape
    assert found[height // 2 - 1 : height // 2 + 2, width // 2 - 1 : width // 2 + 2].mean() < 0.3
    assert found.max() > 0.9


def test_pieces_of_a_broken_digit_are_joined_across_wide_gaps() -> None:
    """The lower half of a broken 3 was left out, since it was measured by the upper half alone."""
    sheet = Image.new("L", (300, 300), 255)
    pen = ImageDraw.Draw(sheet)
    pen.line([(60, 40), (140, 40), (140, 100), (80, 110)], fill=0, width=4)
    pen.line([(170, 150), (170, 210), (60, 210)], fill=0, width=4)
    found = find_digit(sheet)
    assert found is not None
    assert found.shape[0] / found.shape[1] == pytest.approx(174 / 114, rel=0.1)


def test_frame_that_a_coarse_look_has_found_stays_out_of_a_nearer_one() -> None:
    """The corner of a double frame came back with the digit's surroundings, where it is no frame any more."""
    sheet = Image.new("L", (280, 300), 255)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((12, 12, 267, 287), outline=0, width=3)
    pen.line([(215, 70), (180, 70), (175, 100), (208, 105), (195, 135), (170, 130)], fill=0, width=7)
    found = find_digit(sheet)
    assert found is not None
    assert found[:, -1].mean() < 0.3
    assert found.shape[0] / found.shape[1] == pytest.approx(72 / 53, rel=0.15)


def test_digit_at_the_end_of_a_long_strip_is_whole() -> None:
    """Rows were counted in steps measured across nine columns, and the digit's surroundings missed it."""
    rows, columns = np.mgrid[0:484, 0:28].astype(np.float32)
    ring = np.abs(np.hypot((rows - 343) * 0.8, columns - 18) - 4) < 1.3
    found = find_digit(as_sheet((235 - 215 * ring) * (1 - 0.5 * rows / 484)))
    assert found is not None
    assert found.shape[0] / found.shape[1] == pytest.approx(1.2, abs=0.25)


def faint_ring(contrast: float, deviation: float, seed: int) -> Image.Image:
    rows, columns = np.mgrid[0:64, 0:52].astype(np.float32)
    ring = np.abs(np.hypot(rows - 34, columns - 27) - 13) < 2.5
    noise = np.random.default_rng(seed).normal(0, deviation, rows.shape)
    return as_sheet(110 + contrast * ring + noise).filter(ImageFilter.GaussianBlur(1))


@pytest.mark.parametrize("seed", range(6))
def test_faint_digit_that_stands_alone_is_no_texture(seed: int) -> None:
    """Faint webcam frames were called blank, though nothing but the digit stood out."""
    found = find_digit(faint_ring(20, 11, seed))
    assert found is not None
    assert found.shape == pytest.approx((31, 31), abs=6)


@pytest.mark.parametrize("seed", range(6))
def test_noise_without_a_digit_is_blank(seed: int) -> None:
    assert find_digit(faint_ring(0, 11, seed)) is None
