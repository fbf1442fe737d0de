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
