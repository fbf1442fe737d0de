import numpy as np
import pytest

from model.ground import mean_of_top, measure_relief


def sheet(*, noise: float = 0.0, ink: float = -80.0, size: int = 128) -> np.ndarray:
    """A ring of ink on paper that darkens a little to one side and has a shadow's edge: the light that fitting may leave."""
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    paper = 200 - 20 * columns / size - 40 * (rows > 0.7 * size)
    distance = np.hypot(rows - 0.4 * size, columns - 0.5 * size)
    ring = (np.abs(distance - 0.2 * size) < 0.03 * size).astype(np.float32)
    return np.asarray(paper + ink * ring + np.random.default_rng(0).normal(0, noise, paper.shape), np.float32)


@pytest.mark.parametrize("ink", [-80.0, 50.0])
def test_contrast_is_high_on_ink_and_nothing_elsewhere(ink: float) -> None:
    relief = measure_relief(sheet(ink=ink))
    ring = np.abs(sheet(ink=ink) - sheet(ink=0)) > 1
    assert relief.contrast[ring].min() > 0.8 * relief.contrast[ring].max() * 0.6
    assert np.abs(relief.contrast[~ring]).max() < 0.15 * relief.contrast[ring].mean()


def test_slopes_and_shadow_edges_leave_no_contrast() -> None:
    assert np.abs(measure_relief(sheet(ink=0.0)).contrast).max() < 8


@pytest.mark.parametrize(("noise", "halvings"), [(0.5, 0), (30.0, 1)])
def test_resolution_falls_only_where_noise_asks_for_it(noise: float, halvings: int) -> None:
    relief = measure_relief(sheet(noise=noise, size=256))
    assert relief.contrast.shape[0] <= 256 >> halvings
    assert (relief.contrast.shape[0] == 256) == (halvings == 0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_smallest_pictures_have_a_relief(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).normal(100, 9, shape).astype(np.float32)
    assert np.isfinite(measure_relief(noise).contrast).all()


@pytest.mark.parametrize("size", [1, 5, 3000])
def test_mean_of_top_is_that_of_the_sorted_values(size: int) -> None:
    values = np.random.default_rng(size).normal(0, 1, size)
    count = min(size, max(6, int(size * 0.004)))
    assert mean_of_top(values) == pytest.approx(np.sort(values)[-count:].mean())
