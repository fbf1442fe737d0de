import numpy as np
import pytest

from model.tints import LUMINANCE, along, choose_direction


def sheet(ink: tuple[int, int, int], ground: tuple[int, int, int], *, noise: float = 0.0) -> np.ndarray:
    """A stroke on a flat ground, with a sensor's grey noise."""
    colours = np.full((80, 100, 3), ground, np.float32)
    colours[20:60, 45:53] = ink
    return np.asarray(colours + np.random.default_rng(0).normal(0, noise, (80, 100, 1)), np.float32)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((20, 30, 120), (250, 250, 245)),
        ((200, 60, 60), (60, 130, 60)),
        ((70, 70, 255), (200, 90, 0)),
        ((0, 160, 0), (200, 60, 200)),
    ],
)
def test_ink_differs_from_ground_in_one_channel(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    colours = sheet(ink, ground)
    grey = along(colours, choose_direction(colours))
    assert abs(grey[40, 48] - grey[5, 5]) > 20
    assert grey.min() >= 0
    assert grey.max() <= 255


def test_brightness_is_used_where_it_differs() -> None:
    assert choose_direction(sheet((0, 0, 120), (255, 255, 255))) is LUMINANCE


@pytest.mark.parametrize("noise", [3.0, 6.0, 12.0])
def test_grey_noise_does_not_hide_ink_of_like_brightness(noise: float) -> None:
    """Brightness was kept while it varied at all: with noise, green on orange came out as noise alone."""
    colours = sheet((90, 150, 40), (190, 120, 20), noise=noise)
    grey = along(colours, choose_direction(colours))
    assert abs(grey[20:60, 45:53].mean() - grey[:, :40].mean()) > 15 * grey[:, :40].std()


def test_frame_at_the_edge_has_no_say() -> None:
    colours = sheet((150, 150, 150), (200, 190, 170), noise=4.0)
    colours[:, 2:4] = (200, 30, 30)
    grey = along(colours, choose_direction(colours))
    assert abs(grey[20:60, 45:53].mean() - grey[:, 10:40].mean()) > 5 * grey[:, 10:40].std()


def test_one_colour_is_no_trouble() -> None:
    assert np.isfinite(choose_direction(np.full((1, 1, 3), 99, np.float32))).all()
