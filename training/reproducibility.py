"""The one place where randomness is seeded.

Data order and expansion draw from generators that are passed around; PyTorch's initialisation and dropout use the global
one. Same seed, same CPU, same build of torch: same bits (`tests/training/test_member.py` proves it).
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Generators:
    """The sources of randomness of one member: data order (on the CPU) and expansion (on the training device)."""

    order: torch.Generator
    expansion: torch.Generator

    def state(self) -> dict[str, Tensor]:
        """Return every source's state, the global ones included, as uint8 tensors on the CPU."""
        states = {
            "order": self.order.get_state(),
            "expansion": self.expansion.get_state(),
            "global": torch.get_rng_state(),
        }
        if self.expansion.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.expansion.device)
        return states

    def restore(self, states: dict[str, Tensor]) -> None:
        """Go back to what `state` returned."""
        self.order.set_state(states["order"])
        self.expansion.set_state(states["expansion"])
        torch.set_rng_state(states["global"])
        if "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.expansion.device)


def seed_everything(seed: int, *, device: torch.device) -> Generators:
    """Seed torch's global generators and make the ones that are passed around.

    Parameters
    ----------
    seed
        Of one member.
    device
        Where the expansion runs.

    Returns
    -------
    Generators
        Independent streams: their seeds are spread so that neighbouring members share none.
    """
    torch.manual_seed(seed)
    order = torch.Generator().manual_seed(seed * 1_000_003 + 1)
    expansion = torch.Generator(device=device).manual_seed(seed * 1_000_003 + 2)
    return Generators(order, expansion)
