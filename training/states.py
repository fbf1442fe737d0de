"""A member's state, in memory and on disk: one safetensors file, replaced as a whole after every epoch.

Nothing is unpickled: numbers are tensors, the rest is JSON in the file's own metadata.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.errors import TrainingError
from model.manifest import CurvePoint
from model.networks import DigitNetwork
from training.reproducibility import Generators


@dataclass
class MemberState:
    """Everything that the next epoch depends on."""

    network: DigitNetwork
    average: DigitNetwork
    optimiser: torch.optim.Optimizer
    generators: Generators
    curve: list[CurvePoint]
    steps_taken: int = 0


def save_state(path: Path, state: MemberState) -> None:
    """Write a state beside its place and rename it.

    Parameters
    ----------
    path
        The file; the one that is there stays whole until the new one is.
    state
        What to keep.

    Raises
    ------
    TrainingError
        If it cannot be written; the previous state is untouched.
    """
    metadata = {**curve_to_metadata(state.curve), "steps_taken": str(state.steps_taken)}
    write_tensors(path, _to_tensors(state), metadata=metadata)


def curve_to_metadata(curve: list[CurvePoint]) -> dict[str, str]:
    """Write a curve as JSON, for the metadata of a file of tensors."""
    points = [[point.epoch, point.training_loss, point.validation_accuracy] for point in curve]
    return {"curve": json.dumps(points), "seconds": json.dumps([point.seconds for point in curve])}


def curve_from_metadata(metadata: dict[str, str]) -> list[CurvePoint]:
    """Read what `curve_to_metadata` wrote; files from before the epochs were timed have no seconds."""
    points = json.loads(metadata["curve"])
    seconds = json.loads(metadata["seconds"]) if "seconds" in metadata else [0.0] * len(points)
    return [
        CurvePoint(epoch, loss, accuracy, spent) for (epoch, loss, accuracy), spent in zip(points, seconds, strict=True)
    ]


def write_tensors(path: Path, tensors: dict[str, Tensor], *, metadata: dict[str, str]) -> None:
    """Write tensors to a temporary name, flush them to the disk, and rename.

    Raises
    ------
    TrainingError
        If the folder cannot be written or the disk is full.
    """
    temporary = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary, metadata)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise TrainingError(
            f"cannot write {path}: {error}; finished epochs are kept: make room, then run again"
        ) from error


def load_state(path: Path, state: MemberState) -> None:
    """Fill a freshly begun state with what `save_state` wrote.

    Raises
    ------
    TrainingError
        If the file is damaged or belongs to another network or recipe.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        _fill(state, tensors)
        state.curve = curve_from_metadata(metadata)
        state.steps_taken = int(metadata["steps_taken"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"{path} cannot be resumed ({str(error).partition(chr(10))[0]}); delete it to train this member anew"
        ) from error


def _to_tensors(state: MemberState) -> dict[str, Tensor]:
    tensors = {f"network.{name}": tensor for name, tensor in state.network.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in state.average.state_dict().items()}
    for position, parameter in enumerate(_parameters(state)):
        for name, value in state.optimiser.state[parameter].items():
            tensors[f"optimiser.{position}.{name}"] = value
    return tensors | {f"generator.{name}": tensor for name, tensor in state.generators.state().items()}


def _fill(state: MemberState, tensors: dict[str, Tensor]) -> None:
    state.network.load_state_dict(_part(tensors, "network."))
    state.average.load_state_dict(_part(tensors, "average."))
    for position, parameter in enumerate(_parameters(state)):
        for name, value in _part(tensors, f"optimiser.{position}.").items():
            # AdamW keeps its step counter on the CPU and its moments beside the parameter, in the parameter's layout.
            like = value if name == "step" else torch.empty_like(parameter).copy_(value)
            state.optimiser.state[parameter][name] = like
    state.generators.restore(_part(tensors, "generator."))


def _parameters(state: MemberState) -> list[Tensor]:
    return [parameter for group in state.optimiser.param_groups for parameter in group["params"]]


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
