"""From trained members to a checkpoint: weights, ONNX graphs, evaluation and manifest.

The graphs are made by torch's exporter from the networks with their normalisation folded in. What serves is compared with
what was evaluated before anything is written: the two must agree to 1e-5 in every probability.
"""

import copy
import importlib.metadata
import logging
import platform
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from safetensors.torch import save
from torch import Tensor, nn

from model.checkpoint import ENSEMBLE_ONNX, FIRST_ONNX, WEIGHTS, Checkpoint, save_checkpoint
from model.engines import MemberAnswers
from model.ensemble import Ensemble, fold_normalisation, split_outlier
from model.errors import TrainingError
from model.manifest import FORMAT_VERSION, Evaluation, Manifest, MemberRecord
from model.mnist_files import TRAINING_IMAGES, TRAINING_LABELS
from model.network_configs import config_to_json
from model.networks import DigitNetwork, count_multiply_adds
from model.pictures import PREPROCESSING_VERSION
from model.shapes import SIDE, Images
from model.voting import soft_vote
from training.calibration import Fitted
from training.run import Run

AGREEMENT = 1e-5
"""The largest difference of a probability between ONNX Runtime and torch."""


@dataclass(frozen=True)
class Provenance:
    """Where a checkpoint comes from, for its manifest."""

    run: Run
    validation_accuracies: Sequence[float]
    trained_on: str


class _First(nn.Module):
    """The first member alone, with what its shown stages see."""

    def __init__(self, network: DigitNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        maps = self.network.maps(images)
        logits, outlier = split_outlier(maps["dense"])
        return logits[None], outlier[None], *maps.values()


def export_checkpoint(
    folder: Path,
    networks: Sequence[DigitNetwork],
    *,
    fitted: Fitted,
    evaluation: Evaluation,
    provenance: Provenance,
    probe: tuple[Images, MemberAnswers],
) -> Checkpoint:
    """Write a checkpoint.

    Parameters
    ----------
    folder
        Where; what is there is replaced once the new one is whole.
    networks
        The members as trained; left as they are.
    fitted
        Temperature and thresholds.
    evaluation
        What was measured.
    provenance
        Where it comes from.
    probe
        Images, and what the members answered to them in torch, to hold the exported graphs to.

    Returns
    -------
    Checkpoint
        As read back.

    Raises
    ------
    TrainingError
        If the exported graphs answer otherwise than the networks.
    CheckpointError
        If the folder cannot be written.
    """
    weights = {f"member_{i}.{name}": t for i, net in enumerate(networks) for name, t in net.state_dict().items()}
    records = [
        _record(network, seed=provenance.run.recipe.seed_of(member), accuracy=accuracy)
        for member, network, accuracy in zip(
            provenance.run.recipe.lineup, networks, provenance.validation_accuracies, strict=True
        )
    ]
    files = {WEIGHTS: save(weights), **export_graphs(networks)}
    check_agreement(files[ENSEMBLE_ONNX], probe=probe, temperature=fitted.temperature)
    manifest = _manifest(records, fitted=fitted, provenance=provenance)
    return save_checkpoint(folder, manifest, evaluation=evaluation, files=files)


def export_graphs(networks: Sequence[DigitNetwork]) -> dict[str, bytes]:
    """Export the ensemble and its first member to ONNX.

    Parameters
    ----------
    networks
        The members; left as they are.

    Returns
    -------
    dict
        The two graphs' content, by file name in the checkpoint.
    """
    folded = [fold_normalisation(copy.deepcopy(network).cpu()) for network in networks]
    stages = [name for name, _ in folded[0].stages.named_children() if not name.startswith("_")]
    return {
        ENSEMBLE_ONNX: _export(Ensemble(folded), outputs=["logits", "outlier"]),
        FIRST_ONNX: _export(_First(folded[0]), outputs=["logits", "outlier", *stages]),
    }


def check_agreement(graph: bytes, *, probe: tuple[Images, MemberAnswers], temperature: float) -> float:
    """Compare an exported graph with the networks it was made from.

    Parameters
    ----------
    graph
        Content of `ensemble.onnx`.
    probe
        N images, and torch's answers to them.
    temperature
        Of the checkpoint.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    TrainingError
        If it exceeds `AGREEMENT`.
    """
    images, expected = probe
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    parts = [
        session.run(["logits"], {"images": part})[0] for part in np.array_split(images, max(1, len(images) // 500))
    ]
    found = soft_vote(np.concatenate(parts, axis=1), temperature=temperature)
    difference = float(np.abs(found - soft_vote(expected.logits, temperature=temperature)).max())
    if not difference <= AGREEMENT:
        raise TrainingError(
            f"the exported graph differs from torch by {difference:.2g}; at most {AGREEMENT:.0e} is allowed"
        )
    return difference


def _export(module: nn.Module, *, outputs: list[str]) -> bytes:
    """Run torch's exporter, whose progress and deprecation notices are of no use to our users."""
    batch = torch.export.Dim("batch")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        path = Path(folder) / "graph.onnx"
        program = torch.onnx.export(
            module.eval().cpu(),
            (torch.zeros(2, 1, SIDE, SIDE),),
            dynamo=True,
            verbose=False,
            input_names=["images"],
            output_names=outputs,
            dynamic_shapes=({0: batch},),
        )
        assert program is not None
        program.save(path)
        return path.read_bytes()


def _record(network: DigitNetwork, *, seed: int, accuracy: float) -> MemberRecord:
    return MemberRecord(
        seed=seed,
        network=config_to_json(network.config),
        parameters=network.parameter_count,
        multiply_adds=count_multiply_adds(network),
        validation_accuracy=accuracy,
    )


def _manifest(records: Sequence[MemberRecord], *, fitted: Fitted, provenance: Provenance) -> Manifest:
    run = provenance.run
    return Manifest(
        format_version=FORMAT_VERSION,
        name=f"tenfold-{run.recipe.name}",
        version=datetime.now(UTC).strftime("%Y.%m.%d"),
        trained_on=provenance.trained_on,
        members=tuple(records),
        recipe=run.recipe.to_json(),
        temperature=fitted.temperature,
        thresholds=fitted.thresholds,
        preprocessing_version=PREPROCESSING_VERSION,
        files={},
        data_sha256={file.name: file.sha256 for file in (TRAINING_IMAGES, TRAINING_LABELS)},
        versions={
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnxruntime": ort.__version__,
            "tenfold": importlib.metadata.version("tenfold"),
        },
        device=run.device,
        wall_seconds=round(run.wall_seconds, 1),
        commit=current_commit(),
    )


def current_commit() -> str:
    """Return the commit that the code is at, `-dirty` where files differ from it, or `unknown` outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        described = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
