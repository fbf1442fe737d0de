"""The networks: the chapter's, for the ladder, and the compact one and its scout, which are shipped.

A network is built from a small frozen configuration (`model/network_configs.py`). Both kinds take `Images` as a torch tensor
(N, 1, 28, 28) and answer (N, outputs) unnormalised scores: ten digits and, where the network has an outlier unit, an
eleventh score for "this is no digit".

Sources: the chapter's networks are M. Nielsen, *Neural Networks and Deep Learning*, chapter 6 (2015,
http://neuralnetworksanddeeplearning.com/chap6.html): 'valid' convolutions, max pooling before bias and activation, dropout
on the inputs of all dense layers. Changed: weights start with a standard deviation of 1/sqrt(n_in), as the author meant,
not 1/sqrt(n_out). The compact network is the usual stack of 3x3 convolutions (K. Simonyan and A. Zisserman, 2014,
https://arxiv.org/abs/1409.1556) with batch normalisation (S. Ioffe and C. Szegedy, 2015, https://arxiv.org/abs/1502.03167).
"""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn

from model.moments import MomentNormalisation
from model.network_configs import ChapterConfig, CompactConfig, NetworkConfig, ScoutConfig, has_outlier_unit
from model.shapes import CLASSES, SIDE


class DigitNetwork(nn.Module):
    """A stack of named stages, so that the pictures inside can be shown as well as the answer.

    Parameters
    ----------
    config
        What it was built from.
    stages
        Named modules, applied in order. A name starts with `convolution`, `pooling` or `dense` where its output is worth
        showing, and with `_` where it is not.
    """

    def __init__(self, config: NetworkConfig, *, stages: "OrderedDict[str, nn.Module]") -> None:
        super().__init__()
        self.config = config
        self.stages = nn.Sequential(stages)

    def forward(self, images: Tensor) -> Tensor:
        """Score images.

        Parameters
        ----------
        images
            Float tensor of shape (N, 1, 28, 28), values in [0, 1], ink is 1.

        Returns
        -------
        Tensor
            Shape (N, 10), or (N, 11) with an outlier unit: unnormalised scores.
        """
        scores: Tensor = self.stages(images)
        return scores

    def maps(self, images: Tensor) -> dict[str, Tensor]:
        """Return the output of every stage that is worth showing, by name, in order."""
        shown = {}
        for name, stage in self.stages.named_children():
            images = stage(images)
            if not name.startswith("_"):
                shown[name] = images
        return shown

    @property
    def has_outlier_unit(self) -> bool:
        """Whether the last output means "no digit"."""
        return has_outlier_unit(self.config)

    @property
    def parameter_count(self) -> int:
        """Trainable numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


def build_network(config: NetworkConfig) -> DigitNetwork:
    """Build a network with fresh weights, drawn from torch's global generator.

    Parameters
    ----------
    config
        Which network.

    Returns
    -------
    DigitNetwork
        In training mode, on the CPU.
    """
    if isinstance(config, ChapterConfig):
        return _build_chapter(config)
    return _build_scout(config) if isinstance(config, ScoutConfig) else _build_compact(config)


def count_multiply_adds(network: DigitNetwork) -> int:
    """Count the multiplications of one picture's way through the convolutions and dense layers."""
    total = 0

    def add(module: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d | nn.Linear):
            total += output[0].numel() * module.weight[0].numel()

    hooks = [module.register_forward_hook(add) for module in network.modules()]
    was_training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 1, SIDE, SIDE, device=next(network.parameters()).device))
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return total


class _ConvolutionPoolActivation(nn.Module):
    """The chapter's convolutional layer: convolve, pool, then add the bias and apply the non-linearity."""

    def __init__(self, inputs: int, outputs: int, *, activation: nn.Module) -> None:
        super().__init__()
        # Bias and a monotonic activation commute with the maximum, so pooling last gives the same numbers;
        # pooling first, as in the chapter, applies the activation to a quarter of the values.
        self.convolution = nn.Conv2d(inputs, outputs, 5)
        self.pool = nn.MaxPool2d(2)
        self.activation = activation

    def forward(self, images: Tensor) -> Tensor:
        pooled: Tensor = self.activation(self.pool(self.convolution(images)))
        return pooled


class _ChapterDropout(nn.Module):
    """Dropout as in the chapter: what is kept keeps its size in training, and all is scaled down afterwards.

    PyTorch's scales what is kept up in training instead. That is the same function of halved weights, but a start twice as
    wide and steps four times as long: with the chapter's rate of 0.03, one seed of two was still at chance
    after two epochs of 25,000 steps.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        return nn.functional.dropout(values, self.share, self.training) * (1 - self.share)


def _build_chapter(config: ChapterConfig) -> DigitNetwork:
    activation: nn.Module = nn.ReLU() if config.activation == "relu" else nn.Sigmoid()
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    channels, side = 1, SIDE
    for number, maps in enumerate(config.convolutions, start=1):
        stages[f"convolution_{number}"] = _ConvolutionPoolActivation(channels, maps, activation=activation)
        channels, side = maps, (side - 4) // 2
    stages["_flatten"] = nn.Flatten()
    inputs = channels * side * side
    for number, units in enumerate(config.dense, start=1):
        stages[f"_dropout_{number}"] = _ChapterDropout(config.dropout)
        stages[f"dense_{number}"] = nn.Sequential(nn.Linear(inputs, units), activation)
        inputs = units
    stages["_dropout"] = _ChapterDropout(config.dropout)
    stages["dense"] = nn.Linear(inputs, CLASSES)
    network = DigitNetwork(config, stages=stages)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _start_as_the_chapter_meant(module)
    return network


def _start_as_the_chapter_meant(layer: nn.Conv2d | nn.Linear) -> None:
    """Gaussian weights with standard deviation 1/sqrt(n_in), standard normal biases (zero in the last layer)."""
    nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.weight[0].numel()))
    assert layer.bias is not None
    is_output = isinstance(layer, nn.Linear) and layer.out_features == CLASSES
    nn.init.zeros_(layer.bias) if is_output else nn.init.normal_(layer.bias)


def _build_compact(config: CompactConfig) -> DigitNetwork:
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    if config.view == "moments":
        stages["_view"] = MomentNormalisation()
    inputs, number = 1, 0
    for pair, outputs in enumerate(config.channels, start=1):
        stride = 2 if pair > 1 and config.halving == "stride" else 1
        for step in (stride, 1):
            number += 1
            stages[f"convolution_{number}"] = _normalised_convolution(inputs, outputs, stride=step)
            inputs = outputs
        if pair < len(config.channels) and config.halving == "pool":
            stages[f"pooling_{pair}"] = nn.MaxPool2d(2)
    stages["_flatten"] = nn.Flatten()
    stages["_dropout"] = nn.Dropout(config.dropout)
    side = SIDE // 4
    stages["dense"] = nn.Linear(inputs * side * side, CLASSES + config.outlier_unit)
    return DigitNetwork(config, stages=stages)


def _build_scout(config: ScoutConfig) -> DigitNetwork:
    half, quarter = config.channels
    stages: OrderedDict[str, nn.Module] = OrderedDict(
        convolution_1=_normalised_convolution(1, half, side=5, stride=2),
        convolution_2=_normalised_convolution(half, half),
        convolution_3=_normalised_convolution(half, quarter, stride=2),
        convolution_4=_normalised_convolution(quarter, quarter),
        _flatten=nn.Flatten(),
        _dropout=nn.Dropout(config.dropout),
        dense=nn.Linear(quarter * (SIDE // 4) ** 2, CLASSES + config.outlier_unit),
    )
    return DigitNetwork(config, stages=stages)


def _normalised_convolution(inputs: int, outputs: int, *, side: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            convolution=nn.Conv2d(inputs, outputs, side, stride=stride, padding=side // 2, bias=False),
            normalisation=nn.BatchNorm2d(outputs),
            activation=nn.ReLU(),
        )
    )
