"""How the classifier does on pictures that are not MNIST: whole files through the whole pipeline.

A set is a folder of pictures named `LABEL_name.png` (or .jpg, .jpeg, .webp), an npz file of `images` (N, 28, 28) and
`labels`, or `redrawn:SPLIT:COUNT`: MNIST digits redrawn at random, one set for each kind of `redrawing.py`. Label -1 means
that the picture is no digit; of those the share that gets the verdict `digit` is what counts. Wild sets are for judging,
never for training. The page made of the results is `wild_report.py`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from model.classifier import Classifier
from model.errors import DatasetError, PictureError
from model.pictures import PreparedPicture, read_picture
from model.predictions import Prediction, Verdict
from training.mnist import load_split
from training.redrawing import KINDS, redraw
from training.statistics import wilson_interval

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
CONFIDENCES = (0.0, 0.5, 0.8, 0.9, 0.99, 0.999)
"""Lower bounds of the bands in which accuracy is reported."""
REDRAWN = "redrawn:"


@dataclass(frozen=True)
class WildPicture:
    """One picture as a client would send it."""

    name: str
    label: int
    """0 to 9, or -1 for no digit."""
    content: bytes


@dataclass(frozen=True)
class WildAnswer:
    """One picture and what became of it."""

    picture: WildPicture
    prepared: PreparedPicture | None
    """None where the picture was refused."""
    prediction: Prediction

    @property
    def is_error(self) -> bool:
        """Whether a digit was read as another or not at all, or no digit was taken for one."""
        if self.picture.label < 0:
            return self.prediction.verdict is Verdict.DIGIT
        return self.prediction.digit != self.picture.label


@dataclass(frozen=True)
class WildResult:
    """The answers to one set."""

    name: str
    answers: list[WildAnswer] = field(repr=False)

    def summary(self) -> dict[str, object]:
        """Give counts, shares with 95 % intervals, verdicts and accuracy by confidence, ready for JSON."""
        digits = [answer for answer in self.answers if answer.picture.label >= 0]
        others = [answer for answer in self.answers if answer.picture.label < 0]
        summary: dict[str, object] = {"name": self.name, "pictures": len(self.answers), "verdicts": self._verdicts()}
        if digits:
            summary["accuracy"] = _share(sum(not answer.is_error for answer in digits), len(digits))
            summary["by_confidence"] = _by_confidence(digits)
        if others:
            summary["taken_for_digits"] = _share(sum(answer.is_error for answer in others), len(others))
        return summary

    def _verdicts(self) -> dict[str, int]:
        given = [answer.prediction.verdict for answer in self.answers]
        return {verdict.value: given.count(verdict) for verdict in Verdict}


def evaluate_wild(classifier: Classifier, sources: Sequence[str | Path]) -> list[WildResult]:
    """Classify sets of wild pictures.

    Parameters
    ----------
    classifier
        What is judged, as it serves.
    sources
        Folders, npz files, or `redrawn:SPLIT:COUNT`.

    Returns
    -------
    list of WildResult
        One for each set; a redrawn source gives one for each kind.

    Raises
    ------
    DatasetError
        If a source is not there, or is no set.
    """
    return [
        WildResult(name, _classify(classifier, pictures))
        for source in sources
        for name, pictures in _load(str(source)).items()
    ]


def _classify(classifier: Classifier, pictures: list[WildPicture]) -> list[WildAnswer]:
    prepared = [_prepare(picture) for picture in pictures]
    readable = [picture for picture in prepared if picture is not None]
    predictions = iter(classifier.classify_prepared(readable))
    return [
        WildAnswer(picture, ready, Prediction.blank() if ready is None else next(predictions))
        for picture, ready in zip(pictures, prepared, strict=True)
    ]


def _prepare(picture: WildPicture) -> PreparedPicture | None:
    """Prepare a picture; one that is refused counts as not read."""
    try:
        return read_picture(picture.content)
    except PictureError:
        return None


def _load(source: str) -> dict[str, list[WildPicture]]:
    """Load the sets of one source by name."""
    if source.startswith(REDRAWN):
        return _redrawn(source)
    path = Path(source)
    if path.is_dir():
        return {path.name: _from_folder(path)}
    if path.suffix == ".npz" and path.is_file():
        return {path.stem: _from_arrays(path)}
    raise DatasetError(f"{source} is no wild set; give a folder of LABEL_name.png, an npz file or redrawn:SPLIT:COUNT")


def _from_folder(folder: Path) -> list[WildPicture]:
    pictures = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            label = path.name.split("_")[0]
            if label not in {str(number) for number in range(-1, 10)}:
                raise DatasetError(f"{path} does not start with a label; name pictures like 7_name.png, or -1_name.png")
            pictures.append(WildPicture(path.name, int(label), path.read_bytes()))
    if not pictures:
        raise DatasetError(f"{folder} holds no pictures; {', '.join(PICTURE_SUFFIXES)} are looked for")
    return pictures


def _from_arrays(path: Path) -> list[WildPicture]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} does not hold the arrays images and labels: {error}") from error
    if images.dtype != np.uint8 or images.ndim != 3 or len(images) != len(labels):
        raise DatasetError(
            f"{path} holds {images.dtype} images of shape {images.shape}; uint8 (N, height, width) is read"
        )
    return [
        WildPicture(str(i), int(label), _png(image))
        for i, (image, label) in enumerate(zip(images, labels, strict=True))
    ]


def _redrawn(source: str) -> dict[str, list[WildPicture]]:
    """Redraw the first digits of a split in every kind."""
    split_name, _, count = source.removeprefix(REDRAWN).partition(":")
    if split_name not in ("validation", "test") or not count.isdecimal():
        raise DatasetError(f"{source} is not understood; write redrawn:validation:500 or redrawn:test:10000")
    split = load_split("validation" if split_name == "validation" else "test").first(int(count))
    return {
        f"redrawn {kind}": [
            WildPicture(f"{split_name} {i}", int(label), redraw(pixels, kind, seed=i))
            for i, (pixels, label) in enumerate(zip(split.pixels, split.labels, strict=True))
        ]
        for kind in KINDS
    }


def _png(image: np.ndarray) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, format="PNG")
    return stream.getvalue()


def _share(count: int, total: int) -> dict[str, object]:
    return {"count": count, "of": total, "share": count / total, "interval": list(wilson_interval(count, total))}


def _by_confidence(answers: list[WildAnswer]) -> list[dict[str, object]]:
    """Report accuracy in bands of the probability that was given."""
    bands = []
    for low, high in zip(CONFIDENCES, (*CONFIDENCES[1:], 1.01), strict=True):
        inside = [answer for answer in answers if low <= answer.prediction.probability < high]
        if inside:
            right = _share(sum(not answer.is_error for answer in inside), len(inside))
            bands.append({"from": low, "to": min(high, 1.0), **right})
    return bands
