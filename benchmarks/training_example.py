"""The usual PyTorch example for MNIST, written anew for comparison: what most people start from.

Two 3x3 convolutions (32 and 64 maps), max pooling, dropout of 0.25 and 0.5, dense layers of 128 and 10; Adadelta with rate
1.0, times 0.7 after each epoch; batches of 64 from a data loader that normalises picture by picture. The original takes each
picture through Pillow as well; here it does not, which only makes it faster.
"""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benchmarks.training_timing import Timing
from model.shapes import SIDE
from training.mnist import Split

EXAMPLE = "usual PyTorch example"
"""Its name among the timings."""

_MEAN, _DEVIATION = 0.1307, 0.3081  # of MNIST's training pictures, as the example has them
_BATCH, _EVALUATION_BATCH = 64, 1000
_RATE, _RATE_DECAY = 1.0, 0.7


class _Pictures(Dataset[tuple[Tensor, Tensor]]):
    """Pictures one by one, each turned into a tensor and normalised when it is asked for."""

    def __init__(self, split: Split) -> None:
        self._split = split

    def __len__(self) -> int:
        return len(self._split)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = torch.tensor(self._split.pixels[index]).reshape(1, SIDE, SIDE).float() / 255
        return (image - _MEAN) / _DEVIATION, torch.tensor(self._split.labels[index])


def build_example() -> nn.Sequential:
    """Build the example's network: 1,199,882 parameters, answering log-probabilities."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
        nn.LogSoftmax(dim=1),
    )


def train_example(training: Split, validation: Split, *, epochs: int, device: torch.device) -> Timing:
    """Train the example and time it.

    Parameters
    ----------
    training, validation
        The same splits as the recipes'.
    epochs
        Its own number is 14.
    device
        Where.

    Returns
    -------
    Timing
        Epoch by epoch, validation included.
    """
    torch.manual_seed(1)
    network = build_example().to(device)
    optimiser = torch.optim.Adadelta(network.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=_RATE_DECAY)
    batches = DataLoader(_Pictures(training), batch_size=_BATCH, shuffle=True)
    seconds, accuracies = [], []
    for _ in range(epochs):
        start = time.monotonic()
        network.train()
        for images, labels in batches:
            optimiser.zero_grad()
            functional.nll_loss(network(images.to(device)), labels.to(device)).backward()  # type: ignore[no-untyped-call]  # torch's
            optimiser.step()
        schedule.step()
        accuracies.append(_accuracy(network, validation, device=device))
        seconds.append(time.monotonic() - start)
    return Timing(EXAMPLE, len(training), tuple(seconds), tuple(accuracies))


def _accuracy(network: nn.Module, split: Split, *, device: torch.device) -> float:
    network.eval()
    right = 0
    with torch.no_grad():
        for images, labels in DataLoader(_Pictures(split), batch_size=_EVALUATION_BATCH):
            right += int((network(images.to(device)).argmax(dim=1).cpu() == labels).sum())
    return right / len(split)
