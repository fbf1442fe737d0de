"""A job in the inference process: pictures that one request wants read, what became of each, and what is made of it.

Requests are accepted and waited for in `batching.py`; their jobs are taken by `inference.py` and answered in `rounds.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from app.loading import LoadedModel
from app.messages import Timings
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture
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
        Of the contents whose round is over, in order; None for those in doubt.
    doubtful
        Places and pictures about which all members are still to be asked.
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
    outcomes: list[Outcome | None] = field(default_factory=list)
    doubtful: list[tuple[int, PreparedPicture]] = field(default_factory=list)
    timings: Timings = field(default_factory=Timings)
    result: bytes = b""
    error: Exception | None = None

    @property
    def is_read(self) -> bool:
        """Whether no further round is to come: every content has its place among the outcomes."""
        return len(self.outcomes) == len(self.contents)

    def complete(self, model: LoadedModel) -> None:
        """Make the result of all outcomes, or keep the error that came of it."""
        try:
            self.result = self.finish(model, cast(list[Outcome], self.outcomes))
        except TenfoldError as error:
            self.error = error
