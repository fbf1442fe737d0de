"""Teaching a small network what others say together.

The student sees every expanded picture with the teachers' mean probabilities for it in place of the label: what it shall
learn is to give the ensemble's answer, its doubts included, because it answers alone where it is sure.

Source: G. Hinton, O. Vinyals, J. Dean, *Distilling the Knowledge in a Neural Network*, 2015,
https://arxiv.org/abs/1503.02531. Changed: soft targets alone, at temperature 1.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from model.ensemble import fold_normalisation
from model.networks import DigitNetwork
from training.devices import autocast_dtype, memory_format
from training.recipes import Recipe


class Teachers:
    """Trained networks whose mean answer is the target.

    Parameters
    ----------
    networks
        At least one, all with the same outputs; copied.
    recipe
        Whose precision is used.
    device
        Where they are asked.
    """

    def __init__(self, networks: Sequence[DigitNetwork], *, recipe: Recipe, device: torch.device) -> None:
        self._networks = [
            fold_normalisation(copy.deepcopy(network)).to(device).to(memory_format=memory_format(network.config))  # type: ignore[call-overload]  # torch documents it
            for network in networks
        ]
        self._dtype = autocast_dtype(recipe.precision, device=device)

    def answer(self, images: Tensor) -> Tensor:
        """Return the mean probabilities.

        Parameters
        ----------
        images
            Float32 (N, 1, 28, 28), values in [0, 1], on the teachers' device.

        Returns
        -------
        Tensor
            Float32 (N, outputs); rows sum to 1.
        """
        with torch.no_grad(), torch.autocast(images.device.type, self._dtype, enabled=self._dtype != torch.float32):
            answers = [network(_laid_out(images, network)).float().softmax(dim=1) for network in self._networks]
        return torch.stack(answers).mean(dim=0)


def _laid_out(images: Tensor, network: DigitNetwork) -> Tensor:
    return images.contiguous(memory_format=memory_format(network.config))
