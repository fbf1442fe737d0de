"""Moment normalisation against shapes whose place, slant and size are known."""

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import Tensor

from model.moments import MomentNormalisation
from model.network_configs import CompactConfig
from model.networks import build_network
from training.export import export_graphs


def ellipse(
    *, centre: tuple[float, float] = (13.5, 13.5), across: float = 4.0, down: float = 5.5, slant: float = 0.0
) -> Tensor:
    """Draw a soft blot (1, 1, 28, 28) with the given standard deviations in pixels, its rows pushed aside by the slant."""
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    y = y - centre[1]
    x = x - centre[0] - slant * y
    return torch.exp(-(x**2) / (2 * across**2) - y**2 / (2 * down**2))[None, None]


def moments(image: Tensor) -> dict[str, float]:
    """Measure centre, slant and standard deviations, pixel by pixel."""
    ink = image[0, 0].double().numpy()
    y, x = np.mgrid[:28, :28]
    centre_x, centre_y = (ink * x).sum() / ink.sum(), (ink * y).sum() / ink.sum()
    variance_y = (ink * (y - centre_y) ** 2).sum() / ink.sum()
    slant = (ink * (x - centre_x) * (y - centre_y)).sum() / ink.sum() / variance_y
    across = (ink * (x - centre_x - slant * (y - centre_y)) ** 2).sum() / ink.sum()
    return {"x": centre_x, "y": centre_y, "slant": slant, "across": across**0.5, "down": variance_y**0.5}


@pytest.mark.parametrize(
    "image",
    [
        ellipse(across=2.6, down=3.9),
        ellipse(across=2.6, down=3.9, slant=0.5),
        ellipse(across=2.6, down=3.9, slant=-0.4, centre=(11.0, 15.5)),
        ellipse(across=3.1, down=4.4, centre=(16.0, 12.0)),
    ],
)
def test_every_place_slant_and_size_comes_out_alike(image: Tensor) -> None:
    found = moments(MomentNormalisation()(image))
    assert found["x"] == pytest.approx(13.5, abs=0.15) and found["y"] == pytest.approx(13.5, abs=0.15)
    assert found["slant"] == pytest.approx(0, abs=0.03)
    # A wide blot runs over the edge of the picture, which takes a little of its deviation.
    assert found["across"] == pytest.approx(4.0, rel=0.08) and found["down"] == pytest.approx(5.5, rel=0.08)


def test_thin_strokes_are_not_blown_up_without_bound() -> None:
    stroke = ellipse(across=0.8, down=5.5)
    assert moments(MomentNormalisation()(stroke))["across"] < 1.6


def test_slant_beyond_handwriting_is_taken_out_in_part_only() -> None:
    assert moments(MomentNormalisation()(ellipse(across=1.2, down=3.0, slant=1.4)))["slant"] > 0.3


def test_blank_pictures_stay_blank() -> None:
    assert not MomentNormalisation()(torch.zeros(2, 1, 28, 28)).any()


def test_pictures_do_not_depend_on_their_neighbours() -> None:
    pictures = torch.cat([ellipse(slant=0.3), torch.zeros(1, 1, 28, 28), ellipse(down=3.0)])
    together = MomentNormalisation()(pictures)
    torch.testing.assert_close(together[2:], MomentNormalisation()(pictures[2:]))


def test_onnx_runtime_sees_the_same_view() -> None:
    torch.manual_seed(0)
    network = build_network(CompactConfig((2, 4, 4), view="moments")).eval()
    images = torch.cat([ellipse(slant=0.4), ellipse(down=3.0, centre=(10.0, 16.0)), torch.zeros(1, 1, 28, 28)])
    graph = export_graphs([network])["ensemble.onnx"]
    logits = ort.InferenceSession(graph).run(["logits"], {"images": images.numpy()})[0]
    torch.testing.assert_close(torch.from_numpy(logits[0]), network(images)[:, :10].detach(), atol=1e-5, rtol=1e-4)
