"""Stand a digit upright at a fixed size by its moments: a second view of the same picture, for some of the members.

Intuition: members that see the same picture make the same mistakes, and a vote cannot mend those. A member that sees every
digit with its slant taken out and its width and height made alike makes others.

The picture is sampled anew through one affine map: the centre of mass goes to the middle, the slant (how far the ink's
columns lean from row to row) to zero, the standard deviations of what is left to fixed lengths. Slant and factors are
bounded, so that a 1 does not become a blot and a dash stays a dash.

Sources: moment normalisation (R. G. Casey, *Moment Normalization of Handprinted Characters*, 1970); columns of a committee
that see digits of different widths (D. Ciresan, U. Meier, J. Schmidhuber, *Multi-column Deep Neural Networks for Image
Classification*, 2012, https://arxiv.org/abs/1202.2745). Changed: done inside the
network, so that whoever runs it need not know.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.shapes import SIDE

_DEVIATION_ACROSS, _DEVIATION_DOWN = 4.0, 5.5
"""Standard deviations of the ink, in pixels, that every digit is brought to: about those of MNIST's round digits."""

_FACTORS_ACROSS, _FACTORS_DOWN = (0.6, 1.25), (0.7, 1.25)
"""How much of the picture's own size may be sampled: below 1 magnifies."""

_STEEPEST_SLANT = 0.7
"""Columns a row; steeper is no handwriting."""

_LEAST_INK = 1.0
_LEAST_VARIANCE = 0.5


class MomentNormalisation(nn.Module):
    """Sample every picture upright and at a fixed size; has no weights. A blank picture stays blank."""

    def forward(self, images: Tensor) -> Tensor:
        """Return float32 (N, 1, 28, 28), as the images are; no gradient goes back to them, which no training asks for."""
        with torch.no_grad():
            return functional.grid_sample(images.float(), _sampling_grid(images.float()), align_corners=False)


def _sampling_grid(images: Tensor) -> Tensor:
    """Return for every place of the new picture the place of the old one, (N, 28, 28, 2), in units of half the side."""
    offsets = torch.arange(SIDE, device=images.device, dtype=images.dtype) - (SIDE - 1) / 2
    ink = images[:, 0]
    mass = ink.sum(dim=(1, 2)).clamp(min=_LEAST_INK)
    centre_x = (ink.sum(dim=1) * offsets).sum(dim=1) / mass
    centre_y = (ink.sum(dim=2) * offsets).sum(dim=1) / mass
    across, down = offsets - centre_x[:, None], offsets - centre_y[:, None]
    variance_x = (ink.sum(dim=1) * across**2).sum(dim=1) / mass
    variance_y = ((ink.sum(dim=2) * down**2).sum(dim=1) / mass).clamp(min=_LEAST_VARIANCE)
    covariance = ((ink * across[:, None, :]).sum(dim=2) * down).sum(dim=1) / mass
    slant = (covariance / variance_y).clamp(-_STEEPEST_SLANT, _STEEPEST_SLANT)
    upright_variance_x = (variance_x - covariance**2 / variance_y).clamp(min=_LEAST_VARIANCE)
    factor_x = (upright_variance_x.sqrt() / _DEVIATION_ACROSS).clamp(*_FACTORS_ACROSS)[:, None, None]
    factor_y = (variance_y.sqrt() / _DEVIATION_DOWN).clamp(*_FACTORS_DOWN)[:, None, None]
    x, y = offsets[None, None, :] * factor_x, offsets[None, :, None] * factor_y
    old_x = centre_x[:, None, None] + x + slant[:, None, None] * y
    old_y = (centre_y[:, None, None] + y).expand_as(old_x)
    return torch.stack([old_x, old_y], dim=3) * (2 / SIDE)
