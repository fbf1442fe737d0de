"""Expanded training data: new pictures from old ones, by what hands, pens and scanners do.

The chapter adds each picture's four one-pixel shifts (`shift_by_one_pixel`). The recipes that are shipped draw a fresh
distortion for every picture in every epoch, on the device where training runs: rotation, scale, aspect, slant, shift and
an elastic field; then, for a share of the pictures each, what is left over when a wild picture has been normalised:
other stroke weights, coarse scanning, blur and contrast, a cut edge, smudges.

Source of the elastic field: P. Simard, D. Steinkraus, J. Platt, *Best Practices for Convolutional Neural Networks*, 2003;
here it is drawn on a coarse grid and interpolated, which is cheaper than smoothing white noise.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.errors import ConfigurationError
from model.shapes import SIDE, Labels, Pixels

_ELASTIC_GRID = 7  # points of the elastic field along a side; the field between them is smooth (bicubic)


@dataclass(frozen=True)
class ExpansionConfig:
    """How far the drawn distortions go; every amount is drawn uniformly from minus to plus the value.

    Parameters
    ----------
    rotation_degrees, shift_pixels
        Of the whole picture.
    scale, aspect, shear
        Relative size, relative difference of width and height, slant per unit of height.
    elastic_pixels
        Displacement of the elastic field's points.
    stroke, coarse, tone, cut, smudge
        The share of the pictures that get another stroke weight, a coarse scan, another contrast and blur, a cut edge,
        a smudge.
    """

    rotation_degrees: float = 12.0
    shift_pixels: float = 2.0
    scale: float = 0.10
    aspect: float = 0.08
    shear: float = 0.15
    elastic_pixels: float = 0.7
    stroke: float = 0.3
    coarse: float = 0.05
    tone: float = 0.15
    cut: float = 0.02
    smudge: float = 0.04

    def __post_init__(self) -> None:
        for name in ("stroke", "coarse", "tone", "cut", "smudge"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ConfigurationError(f"expansion {name} = {share} found; a share lies between 0 and 1")


def shift_by_one_pixel(pixels: Pixels, labels: Labels) -> tuple[Pixels, Labels]:
    """Return the pictures and their four one-pixel shifts, as in the chapter.

    Parameters
    ----------
    pixels
        Uint8 (N, 28, 28).
    labels
        Int64 (N,).

    Returns
    -------
    pixels
        Uint8 (5N, 28, 28): as given, then moved up, down, left and right; the vacated row or column is zero.
    labels
        Int64 (5N,).
    """
    up, down, left, right = (np.zeros_like(pixels) for _ in range(4))
    up[:, :-1] = pixels[:, 1:]
    down[:, 1:] = pixels[:, :-1]
    left[:, :, :-1] = pixels[:, :, 1:]
    right[:, :, 1:] = pixels[:, :, :-1]
    return np.concatenate([pixels, up, down, left, right]), np.tile(labels, 5)


def expand(images: Tensor, config: ExpansionConfig, *, generator: torch.Generator) -> Tensor:
    """Distort a batch, every picture in its own way.

    Parameters
    ----------
    images
        Float32 (N, 1, 28, 28), values in [0, 1], on the generator's device.
    config
        How far.
    generator
        Source of all randomness.

    Returns
    -------
    Tensor
        New images of the same shape, device and range.
    """
    images = _warp(images, config, generator=generator)
    touches: tuple[tuple[float, Callable[..., Tensor]], ...] = (
        (config.stroke, _change_stroke_weight),
        (config.coarse, _scan_coarsely),
        (config.tone, _change_tone),
        (config.cut, _cut_edge),
        (config.smudge, _smudge),
    )
    for share, touch in touches:
        chosen = torch.rand(len(images), generator=generator, device=images.device) < share
        if chosen.any():
            images[chosen] = touch(images[chosen], generator=generator)
    return images


def _uniform(*shape: int, generator: torch.Generator) -> Tensor:
    """Draw from [-1, 1)."""
    return torch.rand(*shape, generator=generator, device=generator.device) * 2 - 1


def _warp(images: Tensor, config: ExpansionConfig, *, generator: torch.Generator) -> Tensor:
    """Apply one affine and one elastic distortion in a single resampling, so that the picture is blurred only once."""
    grid = functional.affine_grid(
        _affine_matrices(len(images), config, generator=generator), list(images.shape), align_corners=False
    )
    field = _uniform(len(images), 2, _ELASTIC_GRID, _ELASTIC_GRID, generator=generator)
    field = functional.interpolate(field, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    grid = grid + field.permute(0, 2, 3, 1) * (config.elastic_pixels * 2 / SIDE)
    return functional.grid_sample(images, grid, align_corners=False)


def _affine_matrices(count: int, config: ExpansionConfig, *, generator: torch.Generator) -> Tensor:
    """Draw 2x3 matrices that map places in the new picture to places in the old one, in units of half the side."""
    angle, scale, aspect, shear, right, down = _uniform(6, count, generator=generator)
    angle = angle * math.radians(config.rotation_degrees)
    size = torch.exp(scale * config.scale)
    stretch = torch.exp(aspect * config.aspect)
    slant = shear * config.shear
    cosine, sine = angle.cos(), angle.sin()
    unit = config.shift_pixels * 2 / SIDE
    rows = [
        torch.stack([cosine / (size * stretch), (cosine * slant - sine) / size * stretch, right * unit], dim=1),
        torch.stack([sine / (size * stretch), (sine * slant + cosine) / size * stretch, down * unit], dim=1),
    ]
    return torch.stack(rows, dim=1)


def _change_stroke_weight(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Mix every picture with its dilation (fatter) or its erosion (thinner)."""
    amount = _uniform(len(images), 1, 1, 1, generator=generator)
    fatter = functional.max_pool2d(images, 3, stride=1, padding=1)
    thinner = -functional.max_pool2d(-images, 3, stride=1, padding=1)
    # Erosion by a whole pixel would wipe a two-pixel stroke out: two thirds of the way leaves a grey hairline.
    return torch.where(
        amount > 0, images.lerp(fatter, amount.clamp(min=0)), images.lerp(thinner, (-amount * 0.67).clamp(min=0))
    )


def _scan_coarsely(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Sample on a grid of 13 to 18 pixels, threshold half of the pictures to black and white, and enlarge again."""
    side = int(torch.randint(13, 19, (1,), generator=generator, device=generator.device).item())
    coarse = functional.interpolate(images, size=(side, side), mode="area")
    threshold = 0.2 + 0.25 * torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    binary = (coarse > threshold).to(images.dtype)
    keep_grey = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device) < 0.5
    return functional.interpolate(
        torch.where(keep_grey, coarse, binary), size=(SIDE, SIDE), mode="bilinear", align_corners=False
    )


def _change_tone(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Blur by up to a 3x3 box, bend the greys, and fade the ink."""
    blur = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    bend = torch.exp(_uniform(len(images), 1, 1, 1, generator=generator) * 0.7)
    fade = 1 - 0.35 * torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    return images.lerp(functional.avg_pool2d(images, 3, stride=1, padding=1), blur).clamp(min=0) ** bend * fade


def _cut_edge(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Lose the rows or columns at one edge, as when a digit leaves the picture."""
    place = torch.arange(SIDE, device=images.device)
    limit = torch.randint(3, 8, (len(images), 1), generator=generator, device=images.device)
    edge = torch.randint(0, 4, (len(images), 1, 1, 1), generator=generator, device=images.device)
    low, high = (place >= limit).to(images.dtype), (place < SIDE - limit).to(images.dtype)
    kept = torch.where(edge % 2 == 0, low[:, None, None, :], high[:, None, None, :])
    return images * torch.where(edge < 2, kept, kept.transpose(2, 3))


def _smudge(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Lay a soft grey blotch, or wipe a soft hole, somewhere."""
    centre = 14 + 9 * _uniform(2, len(images), 1, 1, generator=generator)
    radius = 1.2 + 1.2 * torch.rand(len(images), 1, 1, generator=generator, device=images.device)
    strength = 0.8 * _uniform(len(images), 1, 1, 1, generator=generator)
    place = torch.arange(SIDE, device=images.device, dtype=images.dtype)
    distance = (place[:, None] - centre[0]) ** 2 + (place[None, :] - centre[1]) ** 2
    blotch = torch.exp(-distance / (2 * radius**2))[:, None]
    return (images + strength * blotch).clamp(0, 1)
