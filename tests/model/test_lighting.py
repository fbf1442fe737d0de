import numpy as np
import pytest
from PIL import Image

from model.lighting import fit_light


def lit_sheet(
    *, slope: float = 0.0, shadow: float = 1.0, softness: float = 3.0, turn: float = 0.4, ink: bool = True
) -> tuple[Image.Image, np.ndarray]:
    """A sheet with a dark ring, and the light that falls on it."""
    rows, columns = np.mgrid[0:160, 0:200].astype(np.float32)
    distance = np.cos(turn) * (columns - 110) + np.sin(turn) * (rows - 80)
    light = (1 - slope * columns / 200) * (shadow + (1 - shadow) / (1 + np.exp(-np.clip(distance / softness, -30, 30))))
    ring = np.abs(np.hypot(rows - 80, columns - 100) - 30) < 4
    grey = np.where(ring & ink, 0.75, 1.0) * 220 * light
    return Image.fromarray(np.rint(grey).astype(np.uint8)), light


@pytest.mark.parametrize("slope", [0.0, 0.3, 0.6])
def test_smooth_light_is_found(slope: float) -> None:
    sheet, light = lit_sheet(slope=slope)
    fitted = fit_light(sheet)
    assert fitted.edge is None
    even = light / fitted.at((0, 0, 200, 160), (160, 200))
    assert np.ptp(even) < 0.02


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.2, 2.5, 4.0])
@pytest.mark.parametrize("softness", [1.0, 3.0, 8.0])
def test_shadow_with_a_straight_edge_is_found_under_the_ink(turn: float, softness: float) -> None:
    sheet, light = lit_sheet(slope=0.3, shadow=0.5, softness=softness, turn=turn)
    even = light / fit_light(sheet).at((0, 0, 200, 160), (160, 200))
    far_off = np.abs(even / np.median(even) - 1) > 0.1
    assert far_off.mean() < 0.01


def test_heavy_ink_is_no_shadow() -> None:
    grey = np.full((100, 100), 230, np.uint8)
    grey[15:85, 40:60] = 40
    grey[15:30, 20:60] = 40
    assert fit_light(Image.fromarray(grey)).edge is None


def test_light_of_a_part_is_that_of_the_whole() -> None:
    sheet, _ = lit_sheet(slope=0.5, shadow=0.6)
    light = fit_light(sheet)
    whole, part = light.at((0, 0, 200, 160), (160, 200)), light.at((50, 40, 150, 120), (80, 100))
    assert np.allclose(whole[40:120, 50:150], part, atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2)])
@pytest.mark.parametrize("mode", ["L", "RGB", "F"])
def test_smallest_and_darkest_sheets_have_a_light(size: tuple[int, int], mode: str) -> None:
    light = fit_light(Image.new(mode, size, 0)).at((0, 0, *size), size[::-1])
    assert np.isfinite(light).all()
    assert light.min() > 0


def test_ink_of_another_colour_is_no_light() -> None:
    """A fat green 8 on purple of the same brightness took part in the light, and half of it went with it."""
    rows, columns = np.mgrid[0:50, 0:60].astype(np.float32)
    ink = (np.abs(np.hypot(rows - 25, columns - 30) - 14) < 7)[..., None]
    falling = (1 - 0.4 * columns / 60)[..., None]
    colours = np.where(ink, (30, 190, 80), (140, 40, 160)) * falling
    light = fit_light(Image.fromarray(np.rint(colours).astype(np.uint8))).at((0, 0, 60, 50), (50, 60))
    assert np.ptp(falling[..., 0] / light) < 0.05
