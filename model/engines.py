"""Engines run a checkpoint's networks: ONNX Runtime here, torch in `model/torch_engine.py`.

An engine answers raw member logits; what they mean is the classifier's business. Where the first
member is a scout, `ask_first` costs a twentieth of `ask_all`, which is why sure digits are answered by it alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import onnxruntime as ort

from model.checkpoint import Checkpoint
from model.errors import EngineError
from model.shapes import Image28, Images, MemberLogits, MemberScores

EngineName = Literal["auto", "onnx", "torch"]


@dataclass(frozen=True)
class MemberAnswers:
    """What the members asked said.

    Parameters
    ----------
    logits
        Float32 (members, N, 10).
    outlier
        Float32 (members, N): log-odds of "no digit".
    """

    logits: MemberLogits
    outlier: MemberScores


@runtime_checkable
class Engine(Protocol):
    """Something that runs the networks of a checkpoint; safe to call from several threads."""

    name: str
    device: str
    """`cpu` or `cuda`: on a GPU a run of one costs as much as a run of many."""

    def ask_all(self, images: Images) -> MemberAnswers:
        """Ask every member."""

    def ask_first(self, images: Images) -> MemberAnswers:
        """Ask the first member alone: `MemberAnswers` of one member."""

    def first_maps(self, image: Image28) -> dict[str, np.ndarray]:
        """Return the outputs of the first member's shown stages, float32 without the batch axis, in order."""


class OnnxEngine:
    """ONNX Runtime on the CPU.

    Parameters
    ----------
    checkpoint
        Whose graphs are run.
    threads
        Threads of one run. One is right for a server: workers are what uses the cores.
    """

    name = "onnx"
    device = "cpu"

    def __init__(self, checkpoint: Checkpoint, *, threads: int = 1) -> None:
        self._all = _open_session(checkpoint.ensemble_onnx, threads=threads)
        self._first = _open_session(checkpoint.first_onnx, threads=threads)
        self._map_names = [output.name for output in self._first.get_outputs()][2:]

    def ask_all(self, images: Images) -> MemberAnswers:
        """Ask every member."""
        return self._ask(self._all, images)

    def ask_first(self, images: Images) -> MemberAnswers:
        """Ask the first member alone."""
        return self._ask(self._first, images)

    def first_maps(self, image: Image28) -> dict[str, np.ndarray]:
        """Return the outputs of the first member's shown stages."""
        outputs = self._first.run(self._map_names, {"images": image[np.newaxis, np.newaxis]})
        return {name: output[0] for name, output in zip(self._map_names, outputs, strict=True)}

    @staticmethod
    def _ask(session: ort.InferenceSession, images: Images) -> MemberAnswers:
        try:
            logits, outlier = session.run(["logits", "outlier"], {"images": images})
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise EngineError(f"ONNX Runtime failed on images of shape {images.shape}: {error}") from error
        return MemberAnswers(logits, outlier)


def _open_session(path: Path, *, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads take the core from the decoding of the next picture.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise EngineError(f"ONNX Runtime cannot load {path}: {error}; copy the checkpoint again") from error


def open_engine(checkpoint: Checkpoint, *, name: EngineName = "auto", threads: int = 1) -> Engine:
    """Open the engine that was asked for.

    Parameters
    ----------
    checkpoint
        What to run.
    name
        `onnx`: ONNX Runtime on the CPU. `torch`: torch, on CUDA where there is one. `auto`: torch where it is installed
        and sees a CUDA device, else ONNX Runtime.
    threads
        Threads of one run on the CPU.

    Returns
    -------
    Engine
        Ready to run.

    Raises
    ------
    EngineError
        If the name is unknown, torch is asked for and not installed, or the networks cannot be loaded.
    """
    if name == "onnx" or (name == "auto" and not _torch_sees_cuda()):
        return OnnxEngine(checkpoint, threads=threads)
    if name not in ("torch", "auto"):
        raise EngineError(f"engine {name!r} found; allowed are auto, onnx, torch")
    try:
        from model.torch_engine import TorchEngine  # noqa: PLC0415 - torch is loaded only where it is asked for
    except ImportError as error:
        raise EngineError(
            f"the torch engine needs torch ({error}): pip install 'tenfold[train]', or use onnx"
        ) from error
    return TorchEngine(checkpoint, threads=threads)


def _torch_sees_cuda() -> bool:
    """Look for a CUDA driver first: importing torch to find none would cost a CPU server a second and 200 MB."""
    if not any(Path(device).exists() for device in ("/dev/nvidia0", "/dev/dxg")):
        return False
    try:
        import torch  # noqa: PLC0415 - only where a CUDA device was seen
    except ImportError:
        return False
    return torch.cuda.is_available()
