"""One round: pictures of waiting jobs, first read (decoded and prepared), then put to the networks in one run.

A round is bounded in pictures and in reading time, and a job that does not fit goes on in the next one, behind those that
came meanwhile: a batch of 256 photos never holds up the single picture after it for longer than one round. The first network
is asked about every picture of a round; what it leaves in doubt of a large job is put off until all networks are worth
asking. Nothing here knows threads, event loops or HTTP; when rounds are read and answered is `app/inference.py`'s business.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter

from app.jobs import Job, Reading
from app.loading import LoadedModel
from model.decoding import PictureLimits
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture, TinyRows, begin_reading, finish_reading
from model.predictions import Prediction

ROUND_PICTURES = 32
"""Pictures in one run of the networks: beyond about 16 a run gets no cheaper per picture, only longer."""

ROUND_JOBS = 8
"""Jobs of one round, or half of those that wait if that is more. With all of them in one round, event loop and networks
would take turns: one waits for the round, the other for the next requests of clients that all wait for the same round."""

ASKED_TOGETHER = 16
"""Doubtful pictures of one job for which all networks are asked before its last picture is read. A run of one costs a
third more per picture; a batch of 256 digits has about a dozen in all, one or two in a round."""

ROUND_READING_SECONDS = 0.05
"""Reading before the networks run: photos take tens of milliseconds each, and small pictures wait behind them."""

_Begun = PreparedPicture | TinyRows | PictureError
_Prepared = PreparedPicture | PictureError


@dataclass(slots=True, eq=False)
class Part:
    """Pictures of one job in one round."""

    job: Job
    pictures: list[_Prepared] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """Parts of jobs; filled by `read_round`, answered by `answer_sure` and `answer_doubtful`.

    Attributes
    ----------
    parts
        Of the jobs taken; a job whose pictures are not all here returns in a later round.
    dropped
        Jobs that nobody waits for any more, or that failed in an earlier round.
    waits
        Seconds from submission, of the jobs that came to their first round.
    verdicts
        Of the predictions made.
    """

    parts: list[Part] = field(default_factory=list)
    dropped: list[Job] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0

    def jobs(self) -> list[Job]:
        """Every job that is in this round or was dropped by it."""
        return [part.job for part in self.parts] + self.dropped

    def doubtful(self) -> list[Job]:
        """Give the jobs whose doubtful pictures are not put off any longer."""
        return [
            part.job
            for part in self.parts
            if part.job.doubtful and (part.job.is_read or len(part.job.doubtful) >= ASKED_TOGETHER)
        ]


def read_round(round_: Round, backlog: deque[Job], *, limits: PictureLimits) -> None:
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
    most_jobs = max(ROUND_JOBS, len(backlog) // 2)
    begun: list[_Begun] = []
    counts: list[int] = []
    while backlog and len(begun) < ROUND_PICTURES and len(round_.parts) < most_jobs and (now := perf_counter()) < until:
        job = backlog.popleft()
        if job.abandoned is not None or job.error is not None:
            round_.dropped.append(job)
            continue
        if job.taken == 0:
            job.timings.queue_seconds = now - job.submitted
            round_.waits.append(job.timings.queue_seconds)
        round_.parts.append(Part(job))
        room = ROUND_PICTURES - len(begun)
        pictures = _begin(job.contents[job.taken : job.taken + room], limits, until=until)
        begun += pictures
        counts.append(len(pictures))
        job.taken += len(pictures)
        if job.taken < len(job.contents):
            backlog.append(job)
    prepared = iter(finish_reading(begun))
    for part, count in zip(round_.parts, counts, strict=True):
        part.pictures = list(islice(prepared, count))
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


def answer_sure(round_: Round, model: LoadedModel) -> list[Job]:
    """Ask the first network about a round's pictures, except for jobs that want all asked.

    Parameters
    ----------
    round_
        As read.
    model
        Answers this whole round, whatever is loaded meanwhile.

    Returns
    -------
    list of Job
        Those that are done with it, in order.
    """
    started = perf_counter()
    asked = [part for part in round_.parts if part.job.error is None and not part.job.consult_all]
    pictures = [picture for part in asked for picture in part.pictures if not isinstance(picture, PictureError)]
    predictions: Iterator[Prediction | None] = iter(())
    try:
        if pictures:
            predictions = iter(model.classifier.classify_sure(pictures))
    except TenfoldError as error:
        _fail([part.job for part in asked], error)
    jobs = [part.job for part in round_.parts]
    for part in round_.parts:
        part.job.timings.decode_seconds += round_.decode_seconds
        if part.job.error is None:
            _take_in(part, predictions, round_.verdicts)
    _note_inference(round_, jobs, started=started)
    return [job for job in jobs if _is_done(job, model)]


def _take_in(part: Part, predictions: Iterator[Prediction | None], verdicts: list[str]) -> None:
    """Give a job its outcomes, and None for what all networks are to be asked about, for its sake or the picture's."""
    job = part.job
    for picture in part.pictures:
        if isinstance(picture, PictureError):
            job.outcomes.append(picture)
            continue
        prediction = None if job.consult_all else next(predictions)
        if prediction is None:
            job.doubtful.append((len(job.outcomes), picture))
            job.outcomes.append(None)
        else:
            job.outcomes.append(Reading(prediction, picture.image))
            verdicts.append(prediction.verdict)


def answer_doubtful(round_: Round, model: LoadedModel) -> list[Job]:
    """Ask all networks about what the first was not asked or not sure about.

    Apart from `answer_sure`, because it takes twenty times as long a picture, and sure digits need not wait for it.

    Parameters
    ----------
    round_, model
        As they were for `answer_sure`.

    Returns
    -------
    list of Job
        Those that are done with it, in order.
    """
    started = perf_counter()
    jobs = round_.doubtful()
    places = [(job, *doubt) for job in jobs for doubt in job.doubtful]
    try:
        predictions = model.classifier.classify_prepared([picture for _, _, picture in places], consult_all=True)
    except TenfoldError as error:
        _fail(jobs, error)
    else:
        for (job, place, picture), prediction in zip(places, predictions, strict=True):
            job.outcomes[place] = Reading(prediction, picture.image)
            round_.verdicts.append(prediction.verdict)
    for job in jobs:
        job.doubtful.clear()
    _note_inference(round_, jobs, started=started)
    return [job for job in jobs if _is_done(job, model)]


def _fail(jobs: Sequence[Job], error: TenfoldError) -> None:
    for job in jobs:
        job.error = error
        job.doubtful.clear()


def _note_inference(round_: Round, jobs: Sequence[Job], *, started: float) -> None:
    """Count the time that a run of the networks took, for the round and for every job that waited for it."""
    seconds = perf_counter() - started
    round_.inference_seconds += seconds
    for job in jobs:
        job.timings.inference_seconds += seconds


def _is_done(job: Job, model: LoadedModel) -> bool:
    """Complete a job whose last outcome is there."""
    if job.error is None:
        if job.doubtful or not job.is_read:
            return False
        job.complete(model)
    return True
