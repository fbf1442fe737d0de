"""The classifier: prepared images in, predictions with a verdict out.

A digit that the first member is sure of is answered by it alone; all others are put to every member, whose mean
probability decides. Then three questions are asked in turn: is there ink at all (`blank`), is it a digit (`not_a_digit`),
and is it clear which (`unsure`). The thresholds come with the checkpoint; validation set them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from model.checkpoint import Checkpoint, load_checkpoint
from model.engines import Engine, EngineName, open_engine
from model.errors import ShapeError
from model.opinions import weigh
from model.pictures import PreparedPicture
from model.predictions import Explanation, LayerKind, LayerMaps, Prediction, Verdict
from model.shapes import SIDE, Image28, Images
from model.voting import outlier_scores, soft_vote

Answer = TypeVar("Answer")
_BLANK = Prediction.blank()


class Classifier:
    """A loaded checkpoint that answers; safe to use from several threads.

    Parameters
    ----------
    checkpoint
        What is answered from.
    engine
        What runs its networks.
    """

    def __init__(self, checkpoint: Checkpoint, *, engine: Engine) -> None:
        self.checkpoint = checkpoint
        self.engine = engine
        self._temperature = checkpoint.manifest.temperature
        self._thresholds = checkpoint.manifest.thresholds
        self._first_filters: np.ndarray | None = None

    def classify(self, images: Images, *, consult_all: bool = False) -> list[Prediction]:
        """Classify a batch of prepared images.

        Parameters
        ----------
        images
            Float32 array of shape (N, 1, 28, 28), values in [0, 1], ink is 1.
        consult_all
            Ask every member about every image, also where the first is sure.

        Returns
        -------
        list of Prediction
            N predictions, in the order of `images`.

        Raises
        ------
        ShapeError
            If the shape or the dtype differs from the above.
        EngineError
            If the engine fails.
        """
        _check_images(images)
        sure = [None] * len(images) if consult_all else self._classify_sure(images)
        doubtful = [i for i, prediction in enumerate(sure) if prediction is None]
        asked = iter(self._ask_all(images[doubtful]) if doubtful else ())
        return [next(asked) if prediction is None else prediction for prediction in sure]

    def classify_prepared(self, prepared: Sequence[PreparedPicture], *, consult_all: bool = False) -> list[Prediction]:
        """Classify pictures as `model.pictures` prepared them; blank ones are answered without the networks.

        Parameters
        ----------
        prepared
            N prepared pictures.
        consult_all
            As in `classify`.

        Returns
        -------
        list of Prediction
            N predictions, in order.
        """
        return _answer_inked(prepared, partial(self.classify, consult_all=consult_all))

    def classify_sure(self, prepared: Sequence[PreparedPicture]) -> list[Prediction | None]:
        """Classify only what needs the first member at most.

        Parameters
        ----------
        prepared
            N prepared pictures.

        Returns
        -------
        list of Prediction or None
            As `classify_prepared` answers; None for what all members must be asked about.
        """
        return _answer_inked(prepared, self._classify_sure)

    def explain(self, image: Image28) -> Explanation:
        """Show what the first member's layers make of an image.

        Parameters
        ----------
        image
            Float32 (28, 28), values in [0, 1], ink is 1.

        Returns
        -------
        Explanation
            From the network that serves.
        """
        layers = tuple(
            LayerMaps(name, _layer_kind(name), output.reshape(*output.shape, 1, 1) if output.ndim == 1 else output)
            for name, output in self.engine.first_maps(image).items()
        )
        return Explanation(layers, self._read_first_filters())

    def warm(self) -> None:
        """Run every graph once, so that the first request does not pay for what is set up lazily."""
        image = np.zeros((1, 1, SIDE, SIDE), dtype=np.float32)
        self.classify(image, consult_all=True)
        self.classify(image)

    def _read_first_filters(self) -> np.ndarray:
        if self._first_filters is None:
            weights = self.checkpoint.read_weights()
            convolutions = sorted(
                name for name in weights if name.startswith("member_0.") and "convolution.weight" in name
            )
            self._first_filters = weights[convolutions[0]]
        return self._first_filters

    def _classify_sure(self, images: Images) -> list[Prediction | None]:
        if not len(images) or self._thresholds.first_member_at_least > 1:
            return [None] * len(images)
        first = self.engine.ask_first(images)
        probabilities = soft_vote(first.logits, temperature=self._temperature).tolist()
        return list(map(self._judge_first, probabilities, outlier_scores(first.outlier).tolist()))

    def _judge_first(self, probabilities: list[float], outlier_score: float) -> Prediction | None:
        """Let the first member answer if it is sure; its arrays are small, and lists are faster then."""
        thresholds, probability = self._thresholds, max(probabilities)
        if probability < thresholds.first_member_at_least or outlier_score >= thresholds.first_member_outlier_below:
            return None
        digit = probabilities.index(probability)
        return self._judge(digit, probabilities, [digit], 1.0, outlier_score)

    def _ask_all(self, images: Images) -> list[Prediction]:
        opinion = weigh(self.engine.ask_all(images), temperature=self._temperature)
        digits = opinion.probabilities.argmax(axis=1)
        agreement = np.add.reduce(opinion.votes == digits, axis=0) / len(opinion.votes)
        rows = zip(
            digits.tolist(),
            opinion.probabilities.tolist(),
            opinion.votes.T.tolist(),
            agreement.tolist(),
            opinion.outlier_scores.tolist(),
            strict=True,
        )
        return [self._judge(*row) for row in rows]

    def _judge(
        self, digit: int, probabilities: list[float], votes: list[int], agreement: float, outlier_score: float
    ) -> Prediction:
        probability = probabilities[digit]
        if outlier_score > self._thresholds.not_a_digit_above:
            verdict = Verdict.NOT_A_DIGIT
            reason = f"This does not look like a digit; {digit} would be the nearest."
        elif probability < self._thresholds.unsure_below:
            verdict = Verdict.UNSURE
            second = max((p, d) for d, p in enumerate(probabilities) if d != digit)[1]
            reason = f"It could be {digit} or {second}."
        else:
            verdict = Verdict.DIGIT
            reason = "The networks agree." if agreement == 1 else "Most of the networks agree."
            if len(votes) == 1:
                reason = "The first network is sure."
        return Prediction(
            digit, verdict, reason, probability, tuple(probabilities), tuple(votes), agreement, outlier_score
        )


def open_classifier(folder: Path, *, engine: EngineName = "auto", threads: int = 1) -> Classifier:
    """Load a checkpoint and the engine that runs it.

    Parameters
    ----------
    folder
        The checkpoint's folder.
    engine
        `auto`, `onnx` or `torch`, as in `model.engines.open_engine`.
    threads
        Threads of one run on the CPU.

    Returns
    -------
    Classifier
        Ready to answer; `warm` it to make the first answer as fast as the next.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing, damaged or of a later format.
    EngineError
        If the engine cannot be had.
    """
    checkpoint = load_checkpoint(folder)
    return Classifier(checkpoint, engine=open_engine(checkpoint, name=engine, threads=threads))


def _answer_inked(
    prepared: Sequence[PreparedPicture], classify: Callable[[Images], Sequence[Answer]]
) -> list[Answer | Prediction]:
    """Classify what has ink, and answer the rest as blank."""
    inked = [picture.image for picture in prepared if not picture.blank]
    answers = iter(classify(np.array(inked)[:, np.newaxis]) if inked else ())
    return [_BLANK if picture.blank else next(answers) for picture in prepared]


def _check_images(images: np.ndarray) -> None:
    if images.ndim != 4 or images.shape[1:] != (1, SIDE, SIDE) or images.dtype != np.float32:
        raise ShapeError(
            f"images of shape {images.shape} and dtype {images.dtype} found; (N, 1, 28, 28) float32 is allowed"
        )


def _layer_kind(name: str) -> LayerKind:
    kinds: tuple[LayerKind, ...] = ("convolution", "pooling", "dense")
    return next(kind for kind in kinds if name.startswith(kind))
