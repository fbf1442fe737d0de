"""A model, from a checkpoint's folder to the first answer: loaded, checked, warmed, and described.

Reading the checkpoint is `model.checkpoint`'s, running it `model.classifier`'s; which model answers, `inference.py` decides.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from app.gallery import Gallery
from app.gallery_pictures import GalleryPictures
from app.messages import ModelDescription
from app.model_card import build_model_card
from model.classifier import Classifier, open_classifier
from model.engines import EngineName
from model.pictures import read_picture


@dataclass(frozen=True)
class ModelSource:
    """Which model is wanted.

    Parameters
    ----------
    checkpoint
        Its folder.
    engine
        What runs it.
    data
        Where MNIST lies, for the gallery's pictures; None looks in the usual places.
    """

    checkpoint: Path
    engine: EngineName = "auto"
    data: Path | None = None


@dataclass(frozen=True)
class LoadedModel:
    """One checkpoint, ready to answer, with all that is derived from it.

    Parameters
    ----------
    classifier
        Answers.
    reference
        `{"name", "version"}` as JSON text, part of every prediction.
    gallery, pictures
        The test errors of this checkpoint, and their pictures.
    """

    classifier: Classifier
    reference: str
    gallery: Gallery
    pictures: GalleryPictures

    def describe(self) -> ModelDescription:
        """Tell what the routes tell of it."""
        manifest = self.classifier.checkpoint.manifest
        return ModelDescription(manifest.name, manifest.version, build_model_card(self.classifier), self.gallery)


def load_model(source: ModelSource) -> LoadedModel:
    """Load, check and warm a checkpoint.

    Parameters
    ----------
    source
        Says which, and which engine runs it.

    Returns
    -------
    LoadedModel
        As fast at its first answer as at any later one.

    Raises
    ------
    TenfoldError
        If the checkpoint or the engine cannot be used.
    """
    classifier = open_classifier(source.checkpoint, engine=source.engine)
    classifier.warm()
    _warm_reading()
    return prepare_model(classifier, data=source.data)


def _warm_reading() -> None:
    """Read a picture once: what Pillow and NumPy set up lazily takes 30 ms, which the first client would wait for."""
    picture = Image.new("L", (64, 64), 255)
    picture.paste(0, (30, 10, 34, 54))
    encoded = BytesIO()
    picture.save(encoded, "PNG")
    read_picture(encoded.getvalue())


def prepare_model(classifier: Classifier, *, data: Path | None = None) -> LoadedModel:
    """Derive what jobs are answered with from a classifier: see `LoadedModel`."""
    manifest, evaluation = classifier.checkpoint.manifest, classifier.checkpoint.evaluation
    pictures = GalleryPictures([error.index for error in evaluation.errors], folder=data)
    return LoadedModel(
        classifier=classifier,
        reference=json.dumps({"name": manifest.name, "version": manifest.version}),
        gallery=Gallery(evaluation, pictures_remedy=pictures.remedy),
        pictures=pictures,
    )
