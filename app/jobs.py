"""A job: pictures that one request wants read, what became of each, and what is made of that for the answer.

Jobs are accepted and waited for in `batching.py`, taken by `inference.py` and answered in `rounds.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar, cast

from app.errors import DeadlineError
from app.loading import LoadedModel
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture
from model.predictions import Prediction
from model.shapes import Image28


class Reading(NamedTuple):
    """What became of one readable picture: the networks' answer, and the image they saw."""

    prediction: Prediction
    image: Image28


Outcome = Reading | PictureError
Result = TypeVar("Result")
Finish = Callable[[LoadedModel, Sequence[Outcome]], Result]


@dataclass(slots=True, eq=False)
class Timings:
    """Where a job's time went, in seconds; decoding and inference are those of its rounds, shared with others."""

    queue_seconds: float = 0.0
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Job(Generic[Result]):
    """Pictures to read for one request, and what to make of the outcomes.

    Parameters
    ----------
    contents
        Encoded pictures, as they were sent; none for work that needs only the model.
    consult_all
        Ask every member.
    finish
        Makes the result from the model and the outcomes, on the inference thread.
    submitted
        `perf_counter` at submission.
    abandoned
        Why nobody waits any more; set from the event loop, looked at before each round.
    taken
        How many of the contents have entered a round; it runs ahead of the outcomes.
    outcomes
        Of the contents whose round is over, in order; None for those in doubt.
    doubtful
        Places and pictures about which all members are still to be asked.
    result, error
        One of them is set when the job is done.
    """

    contents: Sequence[bytes]
    consult_all: bool
    finish: Finish[Result]
    submitted: float
    abandoned: str | None = None
    taken: int = 0
    outcomes: list[Outcome | None] = field(default_factory=list)
    doubtful: list[tuple[int, PreparedPicture]] = field(default_factory=list)
    timings: Timings = field(default_factory=Timings)
    result: Result | None = None
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


AnyJob = Job[object]


def expired(timeout_seconds: float) -> DeadlineError:
    """Say that a job's time is up."""
    return DeadlineError(f"No answer was ready within {timeout_seconds:g} seconds; send fewer pictures, or try again.")
