"""What a phase of training left behind: one member's weights and its curve, in one safetensors file."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from model.errors import TrainingError
from model.manifest import CurvePoint
from model.networks import DigitNetwork, build_network
from training.recipes import Recipe
from training.states import curve_from_metadata


def weights_path(folder: Path, member: int, phase: str) -> Path:
    """Return where the weights that a phase left behind are kept."""
    return folder / f"member_{member}" / f"{phase}.safetensors"


@dataclass(frozen=True)
class TrainedMember:
    """What a phase left behind: the network in evaluation mode on the CPU, and its curve."""

    network: DigitNetwork
    curve: list[CurvePoint]


def load_trained(folder: Path, recipe: Recipe, *, member: int, phase: str) -> TrainedMember:
    """Load a trained member.

    Raises
    ------
    TrainingError
        If it is not there or damaged.
    """
    path = weights_path(folder, member, phase)
    network = build_network(recipe.network_of(member))
    try:
        with safe_open(path, framework="pt") as file:
            network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - not a mapping
            curve = curve_from_metadata(file.metadata() or {})
    except (SafetensorError, OSError, RuntimeError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{path} cannot be loaded ({str(error).partition(chr(10))[0]}); delete it and train again"
        ) from error
    return TrainedMember(network.eval(), curve)
