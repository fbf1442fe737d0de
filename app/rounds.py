"""One round: pictures of waiting jobs, first read (decoded and prepared), then put to the networks in one run.

A round is bounded in pictures and in reading time, and a job that does not fit goes on in the next one, behind those that
came meanwhile: a batch of 256 photos never holds up the single picture after it for longer than one round. Nothing here
knows threads, event loops or HTTP; when rounds are read and answered is `app/batching.py`'s business.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import Generic, NamedTuple, TypeVar

from app.errors import DeadlineError
from app.loading import LoadedModel
from model.decoding import PictureLimits
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture, TinyRows, begin_reading, finish_reading
from model.predictions import Prediction
from model.shapes import Image28

ROUND_PICTURES = 32
"""Pictures in one run of the networks: beyond about 16 a run gets no cheaper per picture, only longer."""

ROUND_READING_SECONDS = 0.05
"""Reading before the networks run: photos take tens of milliseconds each, and small pictures wait behind them."""


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
        How many of the contents have entered a round.
    outcomes
        Of the contents whose round is over, in order.
    result, error
        One of them is set when the job is done.
    """

    contents: Sequence[bytes]
    consult_all: bool
    finish: Finish[Result]
    submitted: float
    abandoned: str | None = None
    taken: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    timings: Timings = field(default_factory=Timings)
    result: Result | None = None
    error: Exception | None = None

    def complete(self, model: LoadedModel) -> None:
        """Make the result, or keep the error that came of it."""
        try:
            self.result = self.finish(model, self.outcomes)
        except TenfoldError as error:
            self.error = error


AnyJob = Job[object]
_Begun = PreparedPicture | TinyRows | PictureError
_Prepared = PreparedPicture | PictureError


@dataclass(slots=True)
class Round:
    """Jobs, each with the pictures of it that this round is about; filled by `read_round`, used up by `answer_round`.

    Attributes
    ----------
    parts
        The jobs taken, with their prepared pictures; a job whose pictures are not all here returns in a later round.
    dropped
        Jobs that nobody waits for any more, or that failed in an earlier round.
    waits
        Seconds from submission, of the jobs that came to their first round.
    verdicts
        Of the predictions made.
    """

    parts: list[tuple[AnyJob, list[_Prepared]]] = field(default_factory=list)
    dropped: list[AnyJob] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0

    def jobs(self) -> list[AnyJob]:
        """Every job that is in this round or was dropped by it."""
        return [job for job, _ in self.parts] + self.dropped


def read_round(round_: Round, backlog: deque[AnyJob], *, limits: PictureLimits) -> None:
    """Read pictures, oldest job first, until the round is full or its time is up; at least one picture.

    Parameters
    ----------
    round_
        New. A job enters it before its pictures are read, so that it is known should reading break.
    backlog
        Waiting jobs, oldest first. Those taken leave it; those with pictures left return to its end.
    limits
        Of one picture.
    """
    started = perf_counter()
    until = started + ROUND_READING_SECONDS
    begun: list[_Begun] = []
    counts: list[int] = []
    while backlog and len(begun) < ROUND_PICTURES and (now := perf_counter()) < until:
        job = backlog.popleft()
        if job.abandoned is not None or job.error is not None:
            round_.dropped.append(job)
            continue
        if job.taken == 0:
            job.timings.queue_seconds = now - job.submitted
            round_.waits.append(job.timings.queue_seconds)
        round_.parts.append((job, []))
        room = ROUND_PICTURES - len(begun)
        pictures = _begin(job.contents[job.taken : job.taken + room], limits, until=until)
        begun += pictures
        counts.append(len(pictures))
        job.taken += len(pictures)
        if job.taken < len(job.contents):
            backlog.append(job)
    prepared = iter(finish_reading(begun))
    for (_, of_job), count in zip(round_.parts, counts, strict=True):
        of_job.extend(islice(prepared, count))
    round_.decode_seconds = perf_counter() - started


def _begin(contents: Iterable[bytes], limits: PictureLimits, *, until: float) -> list[_Begun]:
    """Begin to read pictures until the time is up, at least one; a bad one is an outcome too."""
    begun: list[_Begun] = []
    for content in contents:
        try:
            begun.append(begin_reading(content, limits=limits))
        except PictureError as error:
            begun.append(error)
        if perf_counter() > until:
            break
    return begun


def answer_round(round_: Round, model: LoadedModel) -> list[AnyJob]:
    """Put a round's pictures to the networks, and complete the jobs that have all their outcomes.

    Parameters
    ----------
    round_
        As read.
    model
        Answers this whole round, whatever is loaded meanwhile.

    Returns
    -------
    list of Job
        Those that are done, in order.
    """
    started = perf_counter()
    for consult_all in (False, True):
        parts = [part for part in round_.parts if part[0].consult_all is consult_all]
        if parts:
            _infer(parts, round_, model=model, consult_all=consult_all)
    round_.inference_seconds = perf_counter() - started
    return [job for job, _ in round_.parts if _is_done(job, round_, model)]


def _infer(
    parts: list[tuple[AnyJob, list[_Prepared]]], round_: Round, *, model: LoadedModel, consult_all: bool
) -> None:
    """Run the networks once for some of a round's jobs."""
    readable = [picture for _, pictures in parts for picture in pictures if isinstance(picture, PreparedPicture)]
    try:
        predictions = model.classifier.classify_prepared(readable, consult_all=consult_all)
    except TenfoldError as error:
        for job, _ in parts:
            job.error = error
        return
    round_.verdicts.extend(prediction.verdict for prediction in predictions)
    answers = iter(predictions)
    for job, pictures in parts:
        job.outcomes.extend(_outcomes(pictures, answers))


def _outcomes(pictures: Iterable[_Prepared], answers: Iterator[Prediction]) -> Iterator[Outcome]:
    """Pair readable pictures with their predictions, in order."""
    for picture in pictures:
        yield picture if isinstance(picture, PictureError) else Reading(next(answers), picture.image)


def _is_done(job: AnyJob, round_: Round, model: LoadedModel) -> bool:
    """Note the round's times, and complete the job if this was its last round."""
    job.timings.decode_seconds += round_.decode_seconds
    job.timings.inference_seconds += round_.inference_seconds
    if len(job.outcomes) == len(job.contents) and job.error is None:
        job.complete(model)
        return True
    return job.error is not None


def expired(timeout_seconds: float) -> DeadlineError:
    """Say that a job's time is up."""
    return DeadlineError(f"No answer was ready within {timeout_seconds:g} seconds; send fewer pictures, or try again.")
