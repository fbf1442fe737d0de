"""Pictures and engines of known content, for the tests of the app."""

import socket
import threading
from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from app.inference import InferenceLoop
from app.loading import LoadedModel, prepare_model
from model.checkpoint import Checkpoint
from model.classifier import Classifier
from model.decoding import PictureLimits
from model.engines import MemberAnswers
from model.errors import EngineError
from model.shapes import Image28, Images

MEMBERS = 3


def png(*, width: int = 60, height: int = 60, line: int = 8, mode: str = "L") -> bytes:
    """Draw a one on white paper; `line` 0 draws nothing."""
    picture = Image.new(mode, (width, height), "white" if mode != "L" else 255)
    if line:
        ImageDraw.Draw(picture).line((width // 2, height // 6, width // 2, height * 5 // 6), fill=0, width=line)
    return encode(picture)


def encode(picture: Image.Image, kind: str = "PNG") -> bytes:
    """Encode a picture."""
    encoded = BytesIO()
    picture.save(encoded, kind)
    return encoded.getvalue()


def digit_png(pixels: np.ndarray) -> bytes:
    """Encode an MNIST picture, uint8 (28, 28), as it is."""
    return encode(Image.fromarray(pixels))


class ChosenEngine:
    """An engine whose members all answer the digit chosen, once the gates are open, and that counts what it is asked.

    The first member is not sure of the pictures at the places in `doubtful`.
    """

    name = "chosen"
    device = "cpu"

    def __init__(self, digit: int = 3) -> None:
        self.digit = digit
        self.gate = threading.Event()
        self.gate.set()
        self.gate_of_all = threading.Event()
        self.gate_of_all.set()
        self.doubtful: set[int] = set()
        self.entered = threading.Event()
        self.asked_all = threading.Event()
        self.runs: list[int] = []
        self.failures: list[Exception] = []

    def ask_all(self, images: Images) -> MemberAnswers:
        """Answer for every member."""
        self.asked_all.set()
        if not self.gate_of_all.wait(20):
            raise EngineError("the test left the gate closed")
        return self._ask(images, MEMBERS)

    def ask_first(self, images: Images) -> MemberAnswers:
        """Answer for the first member."""
        answers = self._ask(images, 1)
        answers.logits[:, [place for place in self.doubtful if place < len(images)]] = 0
        return answers

    def first_maps(self, image: Image28) -> dict[str, np.ndarray]:
        """Show the image as the only layer."""
        return {"convolution_1": image[np.newaxis]}

    def _ask(self, images: Images, members: int) -> MemberAnswers:
        self.entered.set()
        if not self.gate.wait(20):
            raise EngineError("the test left the gate closed")
        self.runs.append(len(images))
        if self.failures:
            raise self.failures.pop()
        logits = np.zeros((members, len(images), 10), np.float32)
        logits[:, :, self.digit] = 30
        return MemberAnswers(logits, np.full((members, len(images)), -30, np.float32))


def chosen_model(checkpoint: Checkpoint, engine: ChosenEngine) -> LoadedModel:
    """Make a model of a real checkpoint and a chosen engine."""
    return prepare_model(Classifier(checkpoint, engine=engine))


class ThreadedInference:
    """The inference loop on a thread, so that tests can hold its engine; it ends as a process would."""

    pid: int | None = None

    def __init__(self, load: Callable[[], LoadedModel]) -> None:
        self.link, self._theirs = socket.socketpair()
        loop = InferenceLoop(self._theirs, load, limits=PictureLimits())
        self._thread = threading.Thread(target=loop.run, name="inference", daemon=True)
        self._thread.start()

    def die(self) -> None:
        """Close the socket, as the death of a process does."""
        self._theirs.shutdown(socket.SHUT_RDWR)

    def end(self) -> int | None:
        """Wait for the end, for which the link is closed."""
        self._thread.join(20)
        return 0
