"""One round of the inference thread: take waiting jobs, decode and prepare their pictures, run the networks once.

A round is bounded in pictures and in decoding time, and a job that does not fit goes on in the next one, behind those
that came meanwhile: a batch of 256 photos never holds up the single picture after it for longer than one round. Nothing
here knows threads, event loops or HTTP; when rounds are run is `app/batching.py`'s business.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Generic, TypeVar

from app.errors import DeadlineError
from app.loading import LoadedModel
from model.classifier import Prediction
from model.decoding import PictureLimits
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture, read_picture
from model.shapes import Image28

ROUND_PICTURES = 64
"""Pictures in one run of the networks: beyond about 32 a run gets no cheaper per picture, only longer."""

ROUND_DECODING_SECONDS = 0.05
"""Decoding before the networks run: photos take tens of milliseconds each, and small pictures wait behind them."""


@dataclass(frozen=True, slots=True)
class Reading:
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
        Why nobody waits any more; set from the event loop, seen before each step.
    """

    contents: Sequence[bytes]
    consult_all: bool
    finish: Finish[Result]
    submitted: float
    abandoned: str | None = None
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


@dataclass(slots=True)
class RoundReport:
    """What one round did: the jobs that left, and what it measured."""

    left: list[Job[object]] = field(default_factory=list)
    dropped: list[Job[object]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0


_Taken = tuple[Job[object], list[PreparedPicture | PictureError]]


def run_round(
    backlog: deque[Job[object]], model: LoadedModel, *, in_flight: list[Job[object]], limits: PictureLimits
) -> RoundReport:
    """Run one round.

    Parameters
    ----------
    backlog
        Waiting jobs, oldest first. Those taken leave it; those that need another round return to its end.
    model
        Answers this whole round, whatever is loaded meanwhile.
    in_flight
        Receives every job taken, so that the caller can fail them should this function not return.
    limits
        Of one picture.

    Returns
    -------
    RoundReport
        With all jobs that have a result or an error, and those dropped because nobody waited.
    """
    report = RoundReport()
    started = perf_counter()
    taken = _take(backlog, report, in_flight=in_flight, read=partial(read_picture, limits=limits))
    decoded = perf_counter()
    report.decode_seconds = decoded - started
    _infer(taken, model, report)
    report.inference_seconds = perf_counter() - decoded
    for job, _ in taken:
        job.timings.decode_seconds += report.decode_seconds
        job.timings.inference_seconds += report.inference_seconds
        if job.error is not None or len(job.outcomes) == len(job.contents):
            if job.error is None:
                job.complete(model)
            report.left.append(job)
        else:
            backlog.append(job)
    return report


def _take(
    backlog: deque[Job[object]],
    report: RoundReport,
    *,
    in_flight: list[Job[object]],
    read: Callable[[bytes], PreparedPicture],
) -> list[_Taken]:
    """Decode pictures, oldest job first, until the round is full or its time is up; at least one picture."""
    taken: list[_Taken] = []
    started = perf_counter()
    room = ROUND_PICTURES
    while backlog and room > 0:
        job = backlog.popleft()
        in_flight.append(job)
        if job.abandoned is not None:
            report.dropped.append(job)
            continue
        now = perf_counter()
        if not job.outcomes:
            job.timings.queue_seconds = now - job.submitted
            report.waits.append(job.timings.queue_seconds)
        prepared: list[PreparedPicture | PictureError] = []
        for content in job.contents[len(job.outcomes) : len(job.outcomes) + room]:
            prepared.append(_read(read, content))
            if perf_counter() - started > ROUND_DECODING_SECONDS:
                room = 0
                break
        room -= len(prepared)
        taken.append((job, prepared))
    return taken


def _read(read: Callable[[bytes], PreparedPicture], content: bytes) -> PreparedPicture | PictureError:
    """Prepare one picture; a bad one is an outcome too."""
    try:
        return read(content)
    except PictureError as error:
        return error


def _infer(taken: list[_Taken], model: LoadedModel, report: RoundReport) -> None:
    """Run the networks at most twice: for the jobs that want every member, and for the rest."""
    for consult_all in (False, True):
        share = [entry for entry in taken if entry[0].consult_all is consult_all]
        readable = [picture for _, pictures in share for picture in pictures if isinstance(picture, PreparedPicture)]
        try:
            predictions = iter(model.classifier.classify_prepared(readable, consult_all=consult_all))
        except TenfoldError as error:
            for job, _ in share:
                job.error = error
            continue
        for job, pictures in share:
            job.outcomes.extend(_outcomes(pictures, predictions, report.verdicts))


def _outcomes(
    pictures: list[PreparedPicture | PictureError], predictions: Iterable[Prediction], verdicts: list[str]
) -> Iterable[Outcome]:
    """Pair the readable pictures with their predictions, in order."""
    answers = iter(predictions)
    for picture in pictures:
        if isinstance(picture, PictureError):
            yield picture
            continue
        prediction = next(answers)
        verdicts.append(prediction.verdict)
        yield Reading(prediction, picture.image)


def expired(timeout_seconds: float) -> DeadlineError:
    """Say that a job's time is up."""
    return DeadlineError(f"No answer was ready within {timeout_seconds:g} seconds; send fewer pictures, or try again.")
