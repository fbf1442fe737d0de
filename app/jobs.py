"""A job in the inference process: pictures that one request wants read, what became of each, and what is made of it.

Requests are accepted and waited for in `batching.py`; their jobs are taken by `inference.py` and answered in `rounds.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, cast

from app.loading import LoadedModel
from app.messages import Timings
from model.errors import PictureError, TenfoldError
from model.predictions import Prediction
from model.shapes import Image28


class Reading(NamedTuple):
    """What became of one readable picture: the networks' answer, and the image they saw."""

    prediction: Prediction
    image: Image28


Outcome = Reading | PictureError
Finish = Callable[[LoadedModel, Sequence[Outcome]], bytes]


@dataclass(slots=True, eq=False)
class Job:
    """Pictures to read for one request, and what to make of the outcomes.

    Parameters
    ----------
    contents
        Encoded pictures, as they were sent; none for work that needs only the model.
    consult_all
        Ask every member.
    finish
        Makes the result from the model and the outcomes.
    submitted
        `perf_counter` at submission.
    number
        By which the event loop's process knows it.
    abandoned
        Why nobody waits any more; looked at before each round.
    taken
        How many of the contents have entered a round; it runs ahead of the outcomes.
    outcomes
        Of the contents, in order; None for those that have none yet.
    result, error
        The result when the job is done, or why there is none.
    """

    contents: Sequence[bytes]
    consult_all: bool
    finish: Finish
    submitted: float
    number: int = 0
    abandoned: str | None = None
    taken: int = 0
    outcomes: list[Outcome | None] = field(init=False)
    timings: Timings = field(default_factory=Timings)
    result: bytes = b""
    error: Exception | None = None

    _unanswered: int = field(init=False)
    _counting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Leave a place for each outcome."""
        self._unanswered = len(self.contents)
        self.outcomes = [None] * self._unanswered

    @property
    def is_batch(self) -> bool:
        """Whether there are several pictures."""
        return len(self.contents) > 1

    @property
    def is_dropped(self) -> bool:
        """Whether nobody waits for its outcomes: the client has gone, or the job has failed."""
        return self.abandoned is not None or self.error is not None

    def add_times(self, decode_seconds: float, inference_seconds: float) -> None:
        """Count the times of a round, before its outcomes: the job may be gone after them."""
        with self._counting:
            self.timings.decode_seconds += decode_seconds
            self.timings.inference_seconds += inference_seconds

    def count(self, answered: int) -> bool:
        """Count outcomes that are in their places now.

        Parameters
        ----------
        answered
            How many came; they come from two threads.

        Returns
        -------
        bool
            Whether these were the last: then it is for the caller to complete the job.
        """
        with self._counting:
            self._unanswered -= answered
            return self._unanswered == 0

    def complete(self, model: LoadedModel) -> None:
        """Make the result of all outcomes, or keep the error that came of it."""
        try:
            self.result = self.finish(model, cast(list[Outcome], self.outcomes))
        except TenfoldError as error:
            self.error = error
