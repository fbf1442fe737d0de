"""The loop that trains one network, epoch by epoch, so that it can be killed at any moment and go on.

After every epoch everything that decides the next one (weights, their average, the optimiser's moments, the sources of
randomness, the curve so far) goes to one safetensors file, written beside its place and renamed. A run that was killed
loses at most the epoch it was in and, on the CPU, ends with the same bits as one that was not.

Sources: AdamW (I. Loshchilov and F. Hutter, 2017, https://arxiv.org/abs/1711.05101); averaging of the weights (B. Polyak and
A. Juditsky, 1992), here exponential, with a start that forgets the first steps.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.errors import TrainingError
from model.manifest import CurvePoint
from model.networks import DigitNetwork, build_network
from training.devices import autocast_dtype, memory_format
from training.distillation import Teachers
from training.expansion import expand
from training.phases import Phase
from training.recipes import Recipe, learning_rate_at
from training.reproducibility import seed_everything
from training.states import MemberState, load_state, save_state
from training.supply import Supply

_BETAS = (0.9, 0.99)


@dataclass(frozen=True)
class StepReport:
    """Where a member is: for the progress bar."""

    epoch: int
    epochs: int
    step: int
    steps: int
    training_loss: float
    validation_accuracy: float | None


def train_member(
    member: int,
    recipe: Recipe,
    *,
    phase: Phase,
    supply: Supply,
    start: DigitNetwork | None = None,
    teachers: Teachers | None = None,
    state_path: Path,
    report: Callable[[StepReport], None],
) -> tuple[DigitNetwork, list[CurvePoint]]:
    """Train one network, or go on with it where it was left.

    Parameters
    ----------
    member
        Its number, counted from 0; with the recipe it decides network and seed.
    recipe
        How.
    phase
        Epochs and rate.
    supply
        The pictures, on the device where training runs.
    start
        The network to go on from; None for fresh weights.
    teachers
        Whose answers are learned; None for the labels alone.
    state_path
        Where the state is kept after every epoch; the file is read when it is there.
    report
        Called about every tenth of a second with the progress.

    Returns
    -------
    network
        The averaged network (the last one where the recipe does not average), in evaluation mode.
    curve
        One point for each epoch.

    Raises
    ------
    TrainingError
        If the loss is no number, or the state cannot be written or read.
    """
    state = begin_member(member, recipe, supply=supply, start=start)
    if state_path.exists():
        load_state(state_path, state)
    for epoch in range(len(state.curve) + 1, phase.epochs + 1):
        start_seconds = time.monotonic()
        loss = _train_epoch(state, recipe, phase=phase, supply=supply, teachers=teachers, epoch=epoch, report=report)
        kept = state.average if recipe.average_decay else state.network
        accuracy = supply.validation_accuracy(kept)
        state.curve.append(CurvePoint(epoch, loss, accuracy, time.monotonic() - start_seconds))
        save_state(state_path, state)
    return (state.average if recipe.average_decay else state.network).eval(), state.curve


def begin_member(member: int, recipe: Recipe, *, supply: Supply, start: DigitNetwork | None) -> MemberState:
    """Return the state that a member's training begins in; seeds torch's global generator.

    Parameters
    ----------
    member, recipe, supply, start
        As in `train_member`.

    Returns
    -------
    MemberState
        On the supply's device, no step taken.
    """
    generators = seed_everything(recipe.seed_of(member), device=supply.device)
    network = copy.deepcopy(start) if start else build_network(recipe.network_of(member))
    network = network.to(supply.device).to(memory_format=memory_format(network.config))  # type: ignore[call-overload]  # torch documents it
    average = copy.deepcopy(network).eval()
    return MemberState(network, average, _build_optimiser(network, recipe), generators, [])


def _build_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Decay weights only: biases and normalisation have one dimension and stay free."""
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, foreach=True)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=_BETAS, foreach=True)


def _train_epoch(
    state: MemberState,
    recipe: Recipe,
    *,
    phase: Phase,
    supply: Supply,
    teachers: Teachers | None,
    epoch: int,
    report: Callable[[StepReport], None],
) -> float:
    """Take one pass over the supply; return the mean loss."""
    steps = supply.steps_per_epoch(recipe.batch_size)
    losses = torch.zeros(steps, device=supply.device)
    accuracy = state.curve[-1].validation_accuracy if state.curve else None
    batches = supply.batches(recipe.batch_size, generator=state.generators.order)
    state.network.train()
    for step, (images, labels) in enumerate(batches):
        rate = learning_rate_at(state.steps_taken, steps * phase.epochs, recipe=recipe, peak=phase.learning_rate)
        losses[step] = _take_step(state, images, labels, recipe=recipe, teachers=teachers, rate=rate)
        if step % 20 == 0:
            seen = float(losses[: step + 1].mean())
            _check_finite(seen, epoch=epoch, rate=rate)
            report(StepReport(epoch, phase.epochs, step, steps, seen, accuracy))
    mean = float(losses.mean())
    _check_finite(mean, epoch=epoch, rate=phase.learning_rate)
    return mean


def _take_step(
    state: MemberState, images: Tensor, labels: Tensor, *, recipe: Recipe, teachers: Teachers | None, rate: float
) -> Tensor:
    if recipe.expansion:
        images = expand(images, recipe.expansion, generator=state.generators.expansion)
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    targets = teachers.target(images, labels, step=state.steps_taken) if teachers else labels
    loss = compute_loss(state.network, images, targets, recipe=recipe)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
    state.optimiser.step()
    state.steps_taken += 1
    if recipe.average_decay:
        move_average(state, recipe.average_decay)
    return loss.detach()


def compute_loss(network: DigitNetwork, images: Tensor, targets: Tensor, *, recipe: Recipe) -> Tensor:
    """Return the mean cross-entropy of a batch, its targets being labels (N,) or probabilities (N, outputs).

    Convolutions run in the recipe's precision, the loss in float32.
    """
    images = images.contiguous(memory_format=memory_format(network.config))
    dtype = autocast_dtype(recipe.precision, device=images.device)
    with torch.autocast(images.device.type, dtype=dtype, enabled=dtype != torch.float32):
        scores = network(images)
    return functional.cross_entropy(scores.float(), targets, label_smoothing=recipe.label_smoothing)


def move_average(state: MemberState, decay: float) -> None:
    """Move the average towards the network: normalisation statistics too, counters copied."""
    # The ramp forgets the random start within a few hundred steps.
    share = 1 - min(decay, (1 + state.steps_taken) / (10 + state.steps_taken))
    with torch.no_grad():
        averaged, current = list(_floats(state.average)), list(_floats(state.network))
        torch._foreach_lerp_(averaged, current, share)


def _floats(network: nn.Module) -> Iterator[Tensor]:
    yield from (tensor for tensor in network.state_dict().values() if tensor.is_floating_point())


def _check_finite(loss: float, *, epoch: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingError(
            f"the loss became {loss} in epoch {epoch} at learning rate {rate:.2g}; finished epochs are kept: "
            "choose a lower learning rate and another --out"
        )
