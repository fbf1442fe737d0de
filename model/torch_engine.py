"""The torch engine: the same networks from their safetensors weights, on CUDA where there is one, else on the CPU."""

import threading
from collections.abc import Mapping

import numpy as np
import torch

from model.checkpoint import Checkpoint
from model.engines import MemberAnswers
from model.ensemble import Ensemble, fold_normalisation
from model.errors import CheckpointDamagedError
from model.manifest import MemberRecord
from model.network_configs import config_from_json
from model.networks import DigitNetwork, build_network
from model.shapes import Image28, Images


class TorchEngine:
    """Torch, in inference mode.

    Parameters
    ----------
    checkpoint
        Whose weights are run.
    threads
        Threads of one run on the CPU.
    """

    name = "torch"

    def __init__(self, checkpoint: Checkpoint, *, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._device = torch.device(self.device)
        members = [fold_normalisation(member) for member in load_members(checkpoint)]
        self._all = Ensemble(members).eval().to(self._device)
        self._first = Ensemble(members[:1]).eval()
        # One CUDA stream serves all threads of a process; two runs at once would only queue there.
        self._lock = threading.Lock()

    def ask_all(self, images: Images) -> MemberAnswers:
        """Ask every member."""
        return self._ask(self._all, images)

    def ask_first(self, images: Images) -> MemberAnswers:
        """Ask the first member alone."""
        return self._ask(self._first, images)

    def first_maps(self, image: Image28) -> dict[str, np.ndarray]:
        """Return the outputs of the first member's shown stages."""
        images = torch.from_numpy(image[np.newaxis, np.newaxis]).to(self._device)
        first = self._first.members[0]
        assert isinstance(first, DigitNetwork)
        with self._lock, torch.inference_mode():
            return {name: output[0].cpu().numpy() for name, output in first.maps(images).items()}

    def _ask(self, ensemble: Ensemble, images: Images) -> MemberAnswers:
        with self._lock, torch.inference_mode():
            logits, outlier = ensemble(torch.from_numpy(images).to(self._device))
            return MemberAnswers(logits.cpu().numpy(), outlier.cpu().numpy())


def load_members(checkpoint: Checkpoint) -> list[DigitNetwork]:
    """Rebuild a checkpoint's networks with their weights.

    Parameters
    ----------
    checkpoint
        Where they are.

    Returns
    -------
    list of DigitNetwork
        In the checkpoint's order, in evaluation mode, on the CPU.

    Raises
    ------
    CheckpointDamagedError
        If the weights do not fit the networks that the manifest describes.
    """
    weights = checkpoint.read_weights()
    return [_load_member(record, weights, position=i) for i, record in enumerate(checkpoint.manifest.members)]


def _load_member(record: MemberRecord, weights: Mapping[str, np.ndarray], *, position: int) -> DigitNetwork:
    prefix = f"member_{position}."
    own = {
        name.removeprefix(prefix): torch.from_numpy(array) for name, array in weights.items() if name.startswith(prefix)
    }
    network = build_network(config_from_json(record.network))
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise CheckpointDamagedError(
            f"the weights of member {position} do not fit its network: {str(error).partition(chr(10))[0]}"
        ) from error
    return network.eval()
