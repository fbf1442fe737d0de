"""The members as one torch module: what is exported to ONNX, and what the torch engine runs.

Every member sees the same images; nothing is averaged here, so that votes and probabilities can both be had from one run
(`model/voting.py` does that, without torch).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.errors import ConfigurationError
from model.networks import DigitNetwork
from model.shapes import CLASSES

CERTAIN_DIGIT = -30.0
"""Outlier log-odds of a network without an outlier unit: it holds everything to be a digit."""


class Ensemble(nn.Module):
    """Several networks asked side by side.

    Parameters
    ----------
    members
        At least one network.
    """

    def __init__(self, members: Sequence[DigitNetwork]) -> None:
        super().__init__()
        if not members:
            raise ConfigurationError("an ensemble of 0 members found; at least 1 is needed")
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Ask every member.

        Parameters
        ----------
        images
            Float tensor of shape (N, 1, 28, 28), values in [0, 1], ink is 1.

        Returns
        -------
        logits
            Shape (members, N, 10).
        outlier
            Shape (members, N): log-odds that the picture is no digit, in each member's opinion.
        """
        answers = [split_outlier(member(images)) for member in self.members]
        return torch.stack([logits for logits, _ in answers]), torch.stack([outlier for _, outlier in answers])


def split_outlier(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Split raw scores into the ten digits' logits and the log-odds of "no digit".

    Parameters
    ----------
    scores
        Shape (N, 10) or (N, 11).

    Returns
    -------
    logits
        Shape (N, 10).
    outlier
        Shape (N,): `CERTAIN_DIGIT` throughout where there is no eleventh score.
    """
    logits = scores[:, :CLASSES]
    if scores.shape[1] == CLASSES:
        return logits, torch.full_like(logits[:, 0], CERTAIN_DIGIT)
    return logits, scores[:, CLASSES] - logits.logsumexp(dim=1)


def fold_normalisation(network: DigitNetwork) -> DigitNetwork:
    """Fold every batch normalisation into the convolution before it: the same function in fewer steps.

    Parameters
    ----------
    network
        Changed in place; put in evaluation mode.

    Returns
    -------
    DigitNetwork
        The same object.
    """
    network.eval()
    for stage in network.stages:
        if (
            isinstance(stage, nn.Sequential)
            and isinstance(stage[0], nn.Conv2d)
            and isinstance(stage[1], nn.BatchNorm2d)
        ):
            stage[0] = fuse_conv_bn_eval(stage[0], stage[1])
            stage[1] = nn.Identity()
    return network
