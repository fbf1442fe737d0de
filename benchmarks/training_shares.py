"""Where the time of a training step goes: supply, expansion, forward, backward, optimiser, weight average.

The step is taken apart here, with the training's own parts; a profiler would cost more than the small ones of them.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from training.expansion import expand
from training.member import begin_member, compute_loss, move_average
from training.mnist import Split
from training.recipes import Recipe
from training.supply import build_supply

_WARM_UP_STEPS = 5


@dataclass
class Stopwatch:
    """Adds up the time of named parts."""

    device: torch.device
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a block; on a GPU, until the device has done what it was told."""
        start = time.perf_counter()
        yield
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.seconds[name] += time.perf_counter() - start


def measure_shares(recipe: Recipe, training: Split, *, steps: int, device: torch.device) -> dict[str, float]:
    """Measure which share of a step each part takes.

    Parameters
    ----------
    recipe
        Its first member is trained.
    training
        Digits to train on; outliers cost what digits cost and are left out.
    steps
        Over which is measured, after a few to warm up.
    device
        Where.

    Returns
    -------
    dict
        Fractions that sum to 1, by part.
    """
    supply = build_supply(training, one_pixel_shifts=recipe.one_pixel_shifts, device=device)
    state = begin_member(0, recipe, supply=supply, start=None)
    warm_up, watch = Stopwatch(device), Stopwatch(device)
    batches = supply.batches(recipe.batch_size, generator=state.generators.order)
    state.network.train()
    for step in range(_WARM_UP_STEPS + steps):
        timed = watch if step >= _WARM_UP_STEPS else warm_up
        with timed.part("supply"):
            batch = next(batches, None)
            if batch is None:
                batches = supply.batches(recipe.batch_size, generator=state.generators.order)
                batch = next(batches)
            images, labels = batch
        if recipe.expansion:
            with timed.part("expansion"):
                images = expand(images, recipe.expansion, generator=state.generators.expansion)
        with timed.part("forward"):
            loss = compute_loss(state.network, images, labels, recipe=recipe)
        with timed.part("backward"):
            state.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        with timed.part("optimiser"):
            state.optimiser.step()
        if recipe.average_decay:
            with timed.part("average"):
                move_average(state, recipe.average_decay)
    total = sum(watch.seconds.values())
    return {name: seconds / total for name, seconds in watch.seconds.items()}
