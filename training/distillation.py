"""Teaching a network what others say.

The student sees every expanded picture with a teacher's probabilities for it in place of the label, or mixed with it: what
it shall learn is the teachers' answer, their doubts included. They are asked in turn, a batch each: the loss is linear in
its target, so that on average this is the gradient of their mean answer, at a fraction of the time.

Source: G. Hinton, O. Vinyals, J. Dean, *Distilling the Knowledge in a Neural Network*, 2015,
https://arxiv.org/abs/1503.02531. Changed: temperature 1, and one teacher a batch.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from model.ensemble import fold_normalisation
from model.networks import DigitNetwork
from training.devices import autocast_dtype, memory_format
from training.recipes import Recipe


class Teachers:
    """Trained networks whose answers are the target.

    Parameters
    ----------
    networks
        At least one, all with the same outputs; copied.
    share
        Of the target: 1 is their answer alone, 0 the label alone.
    recipe
        Whose precision is used.
    device
        Where they are asked.
    """

    def __init__(
        self, networks: Sequence[DigitNetwork], *, share: float = 1.0, recipe: Recipe, device: torch.device
    ) -> None:
        self._share = share
        self._networks = [
            fold_normalisation(copy.deepcopy(network)).to(device).to(memory_format=memory_format(network.config))  # type: ignore[call-overload]  # torch documents it
            for network in networks
        ]
        self._dtype = autocast_dtype(recipe.precision, device=device)

    def target(self, images: Tensor, labels: Tensor, *, step: int) -> Tensor:
        """Return what a student shall say of a batch.

        Parameters
        ----------
        images
            Float32 (N, 1, 28, 28), values in [0, 1], on the teachers' device.
        labels
            Int64 (N,).
        step
            Decides whose turn it is.

        Returns
        -------
        Tensor
            Float32 (N, outputs); rows sum to 1.
        """
        network = self._networks[step % len(self._networks)]
        with torch.no_grad(), torch.autocast(images.device.type, self._dtype, enabled=self._dtype != torch.float32):
            scores = network(images.contiguous(memory_format=memory_format(network.config)))
        answer = scores.float().softmax(dim=1)
        return functional.one_hot(labels, answer.shape[1]).float().lerp(answer, self._share)
