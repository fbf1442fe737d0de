"""The classifier: prepared images in, predictions with a verdict out.

A digit that the first member is sure of is answered by it alone; all others are put to every member, whose mean
probability decides. Then three questions are asked in turn: is there ink at all (`blank`), is it a digit (`not_a_digit`),
and is it clear which (`unsure`). The thresholds come with the checkpoint; validation set them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.checkpoint import Checkpoint, load_checkpoint
from model.engines import Engine, EngineName, MemberAnswers, open_engine
from model.errors import ShapeError
from model.pictures import PreparedPicture
from model.predictions import Explanation, LayerKind, LayerMaps, Prediction, Verdict
from model.shapes import SIDE, Image28, Images, Mask, Probabilities, Scores, Votes
from model.voting import member_votes, outlier_scores, soft_vote


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
        if not len(images):
            return []
        if consult_all or self._thresholds.first_member_at_least > 1:
            return self._predict(self._weigh(self.engine.ask_all(images)))
        first = self._weigh(self.engine.ask_first(images))
        predictions = self._predict(first)
        doubtful = np.flatnonzero(~self._is_sure(first))
        if len(doubtful):
            answers = self._predict(self._weigh(self.engine.ask_all(images[doubtful])))
            for position, answer in zip(doubtful, answers, strict=True):
                predictions[position] = answer
        return predictions

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
        inked = [i for i, picture in enumerate(prepared) if not picture.blank]
        predictions = [Prediction.blank()] * len(prepared)
        if inked:
            images = np.stack([prepared[i].image for i in inked])[:, np.newaxis]
            for i, prediction in zip(inked, self.classify(images, consult_all=consult_all), strict=True):
                predictions[i] = prediction
        return predictions

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

    def _weigh(self, answers: MemberAnswers) -> "_Opinion":
        return _weigh(answers, temperature=self._temperature)

    def _is_sure(self, first: "_Opinion") -> Mask:
        thresholds = self._thresholds
        return first.is_sure(thresholds.first_member_at_least, outlier_below=thresholds.first_member_outlier_below)

    def _predict(self, opinion: "_Opinion") -> list[Prediction]:
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


class _Opinion(NamedTuple):
    """What the members asked say together of N images."""

    probabilities: Probabilities
    votes: Votes
    outlier_scores: Scores

    def is_sure(self, at_least: float, *, outlier_below: float) -> Mask:
        mask: Mask = (np.maximum.reduce(self.probabilities, axis=1) >= at_least) & (self.outlier_scores < outlier_below)
        return mask


def _weigh(answers: MemberAnswers, *, temperature: float) -> _Opinion:
    probabilities = soft_vote(answers.logits, temperature=temperature)
    return _Opinion(probabilities, member_votes(answers.logits), outlier_scores(answers.outlier))


def first_is_sure(first: MemberAnswers, *, temperature: float, at_least: float, outlier_below: float) -> Mask:
    """Say for which images the first member may answer alone.

    Parameters
    ----------
    first
        The first member's answers: one member.
    temperature
        Of the checkpoint.
    at_least, outlier_below
        Thresholds for its probability and its outlier score.

    Returns
    -------
    Mask
        Bool (N,).
    """
    return _weigh(first, temperature=temperature).is_sure(at_least, outlier_below=outlier_below)


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


def _check_images(images: np.ndarray) -> None:
    if images.ndim != 4 or images.shape[1:] != (1, SIDE, SIDE) or images.dtype != np.float32:
        raise ShapeError(
            f"images of shape {images.shape} and dtype {images.dtype} found; (N, 1, 28, 28) float32 is allowed"
        )


def _layer_kind(name: str) -> LayerKind:
    kinds: tuple[LayerKind, ...] = ("convolution", "pooling", "dense")
    return next(kind for kind in kinds if name.startswith(kind))
