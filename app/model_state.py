"""The model that answers now, as far as the event loop's process knows it: its description, or why there is none.

A model that cannot be loaded is a reason, not a crash: the process stays alive, `/readyz` says why, and the next load may
succeed.
"""

import logging

from app.errors import NotReadyError
from app.messages import ModelDescription
from app.metrics import Metrics

logger = logging.getLogger(__name__)


class ModelState:
    """Holds the description of the model that answers now.

    Parameters
    ----------
    metrics
        Where loads are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._model: ModelDescription | None = None
        self.failure: str | None = "The model is still being loaded."

    def current(self) -> ModelDescription:
        """Give the model that answers now.

        Raises
        ------
        NotReadyError
            If there is none; the message says why.
        """
        if self._model is None:
            raise NotReadyError(f"No model is loaded. {self.failure}")
        return self._model

    def take(self, model: ModelDescription) -> None:
        """Note that a model has taken over."""
        self._model = model
        self.failure = None
        self._metrics.note_model(model.name, model.version)
        self._metrics.reloads.labels("accepted").inc()
        logger.info("checkpoint loaded", extra={"fields": {"name": model.name, "version": model.version}})

    def refuse(self, reason: str) -> None:
        """Note that a model could not be loaded; the one before it, if any, goes on."""
        self.failure = reason
        self._metrics.reloads.labels("refused").inc()
        logger.warning("checkpoint refused", extra={"fields": {"reason": reason}})

    def withdraw(self, reason: str) -> None:
        """Note that nothing answers any more until a model is loaded again."""
        self._model = None
        self.failure = reason
        self._metrics.note_no_model()
