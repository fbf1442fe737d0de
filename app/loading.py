"""The model that answers, and how it comes and goes: loaded, checked and warmed first, then swapped in one step.

A model that cannot be loaded is a reason, not a crash: the process stays alive, `/readyz` says why, and the next reload
may succeed. Reading the checkpoint is `model.checkpoint`'s, running it `model.classifier`'s.
"""

import json
import logging
import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from app.errors import NotReadyError
from app.gallery import Gallery
from app.metrics import Metrics
from app.model_card import build_model_card
from app.settings import Settings
from model.classifier import Classifier, open_classifier
from model.errors import TenfoldError
from model.pictures import read_picture

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """One checkpoint, ready to answer, with all that is derived from it.

    Parameters
    ----------
    classifier
        Answers.
    reference
        `{"name", "version"}` as JSON text, part of every prediction.
    card
        The model card as JSON.
    gallery
        The test errors of this checkpoint.
    """

    classifier: Classifier
    reference: str
    card: bytes
    gallery: Gallery


def load_model(settings: Settings) -> LoadedModel:
    """Load, check and warm the checkpoint of the settings.

    Parameters
    ----------
    settings
        Say which checkpoint, and which engine runs it.

    Returns
    -------
    LoadedModel
        As fast at its first answer as at any later one.

    Raises
    ------
    TenfoldError
        If the checkpoint or the engine cannot be used.
    """
    classifier = open_classifier(settings.checkpoint, engine=settings.engine)
    classifier.warm()
    _warm_reading()
    return describe_model(classifier, settings)


def _warm_reading() -> None:
    """Read a picture once: what Pillow and NumPy set up lazily takes 30 ms, which the first client would wait for."""
    picture = Image.new("L", (64, 64), 255)
    picture.paste(0, (30, 10, 34, 54))
    encoded = BytesIO()
    picture.save(encoded, "PNG")
    read_picture(encoded.getvalue())


def describe_model(classifier: Classifier, settings: Settings) -> LoadedModel:
    """Derive what the routes answer with from a classifier: see `LoadedModel`."""
    manifest = classifier.checkpoint.manifest
    return LoadedModel(
        classifier=classifier,
        reference=json.dumps({"name": manifest.name, "version": manifest.version}),
        card=build_model_card(classifier),
        gallery=Gallery(classifier.checkpoint.evaluation, folder=settings.data),
    )


class ModelSlot:
    """Holds the model that answers now.

    Parameters
    ----------
    settings
        Those of the service.
    metrics
        Where loads are counted.
    """

    def __init__(self, settings: Settings, *, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._loading = threading.Lock()
        self._model: LoadedModel | None = None
        self.failure: str | None = "The model is still being loaded."

    def current(self) -> LoadedModel:
        """Give the model that answers now.

        Raises
        ------
        NotReadyError
            If there is none; the message says why.
        """
        model = self._model
        if model is None:
            raise NotReadyError(f"No model is loaded. {self.failure}")
        return model

    def load(self) -> bool:
        """Load the checkpoint beside the model that answers now, then put it in its place.

        Returns
        -------
        bool
            False if it could not be used; then the old model, if any, goes on.
        """
        with self._loading:
            try:
                model = load_model(self._settings)
            except TenfoldError as error:
                self.failure = str(error)
                self._metrics.reloads.labels("refused").inc()
                logger.warning("checkpoint refused", extra={"fields": {"reason": str(error)}})
                return False
            self._take(model)
            return True

    def _take(self, model: LoadedModel) -> None:
        self._model = model
        self.failure = None
        manifest = model.classifier.checkpoint.manifest
        self._metrics.note_model(manifest.name, manifest.version)
        self._metrics.reloads.labels("accepted").inc()
        logger.info("checkpoint loaded", extra={"fields": json.loads(model.reference)})
