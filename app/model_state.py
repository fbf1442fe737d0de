"""The model that answers now, as far as the event loop's process knows it: its description, or why there is none.

A model that cannot be loaded is no crash: the process stays alive, `/readyz` and the log say why, and the next load may
succeed. Other routes refer to `/readyz`, which operators can keep to themselves: reasons name files.
"""

import logging

from app.errors import NotReadyError
from app.messages import ModelDescription
from app.metrics import Metrics

LOADING = "The model is still being loaded."
LOST = "What ran it has failed, and is being started again."

logger = logging.getLogger(__name__)


class ModelState:
    """Holds the description of the model that answers now.

    Parameters
    ----------
    metrics
        Where loads are counted.

    Attributes
    ----------
    failure
        Why the last load came to nothing, or no model answers; None if neither is so.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._model: ModelDescription | None = None
        self.failure: str | None = LOADING

    def current(self) -> ModelDescription:
        """Give the model that answers now.

        Raises
        ------
        NotReadyError
            If there is none.
        """
        if self._model is None:
            raise NotReadyError("No model is loaded; /readyz says why.")
        return self._model

    def check(self) -> ModelDescription:
        """Give the model that answers now, or say why there is none, as `/readyz` does.

        Raises
        ------
        NotReadyError
            If there is none; the message gives the reason.
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
        fields = {"fields": {"reason": reason}}
        if self._model is None:
            logger.error(
                "checkpoint refused; no model answers until SIGHUP or a restart finds a good one", extra=fields
            )
        else:
            logger.warning("checkpoint refused; the model before it goes on", extra=fields)

    def withdraw(self) -> None:
        """Note that nothing answers any more until a model is loaded again."""
        self._model = None
        self.failure = LOST
        self._metrics.note_no_model()
