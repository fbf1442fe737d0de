"""One round: pictures of waiting jobs, first read (decoded and prepared), then put to the networks in one run.

A round is bounded in pictures and in reading time, and a job that does not fit goes on in the next one, behind those that
came meanwhile: a batch of 256 photos never holds up the single picture after it for longer than one round. The first network
is asked about every picture of a round; what it leaves in doubt is put to all of them in a run apart, when its turn comes
in `app/doubts.py`. Nothing here knows event loops or HTTP; when rounds are read and answered is `app/inference.py`'s
business.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter

from app.doubts import Doubt
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

ROUND_READING_SECONDS = 0.05
"""Reading before the networks run: photos take tens of milliseconds each, and small pictures wait behind them."""

_Begun = PreparedPicture | TinyRows | PictureError
_Prepared = PreparedPicture | PictureError


@dataclass(slots=True, eq=False)
class Part:
    """Pictures of one job in one round, and the place of the first among the job's."""

    job: Job
    start: int
    pictures: list[_Prepared] = field(default_factory=list)


@dataclass(slots=True)
class Round:
    """One run of the first network, filled by `read_round` and answered by `answer_sure`; or one of all, by `answer_doubts`.

    Attributes
    ----------
    parts
        Of the jobs taken; a job whose pictures are not all here returns in a later round.
    doubts
        What all networks are to be asked about.
    dropped
        Jobs that nobody waits for any more, or that failed in an earlier round.
    waits
        Seconds from submission, of the jobs that came to their first round.
    verdicts
        Of the predictions made.
    """

    parts: list[Part] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    dropped: list[Job] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0


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
        if job.is_dropped:
            round_.dropped.append(job)
            continue
        if job.taken == 0:
            job.timings.queue_seconds = now - job.submitted
            round_.waits.append(job.timings.queue_seconds)
        round_.parts.append(Part(job, job.taken))
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
    round_.decode_seconds = perf_counter() - started if begun else 0.0


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
        As read; what all networks are to be asked about is in its `doubts` then.
    model
        Answers this whole round, whatever is loaded meanwhile.

    Returns
    -------
    list of Job
        Those that are done with it, in order.
    """
    started = perf_counter()
    asked = [part for part in round_.parts if not part.job.consult_all]
    pictures = [picture for part in asked for picture in part.pictures if not isinstance(picture, PictureError)]
    predictions: Iterator[Prediction | None] = iter(())
    failed: list[Job] = []
    try:
        if pictures:
            predictions = iter(model.classifier.classify_sure(pictures))
    except TenfoldError as error:
        failed = _fail([part.job for part in asked], error)
    _note_times(round_, [part.job for part in round_.parts], started=started)
    done = [part.job for part in round_.parts if part.job not in failed and _take_in(part, predictions, round_)]
    return failed + _complete(done, model)


def _take_in(part: Part, predictions: Iterator[Prediction | None], round_: Round) -> bool:
    """Give a job its outcomes, and note what all networks are to be asked about; True if no outcome is missing now."""
    job, answered = part.job, 0
    for place, picture in enumerate(part.pictures, part.start):
        if isinstance(picture, PictureError):
            job.outcomes[place] = picture
        elif job.consult_all or (prediction := next(predictions)) is None:
            round_.doubts.append(Doubt(job, place, picture))
            continue
        else:
            job.outcomes[place] = Reading(prediction, picture.image)
            round_.verdicts.append(prediction.verdict)
        answered += 1
    return job.count(answered)


def answer_doubts(round_: Round, doubts: Sequence[Doubt], model: LoadedModel) -> list[Job]:
    """Ask all networks about what the first was not asked or not sure about, unless nobody waits for it any more.

    Parameters
    ----------
    round_
        New.
    doubts
        Of any jobs.
    model
        Answers all of them.

    Returns
    -------
    list of Job
        Those that are done with it, in order.
    """
    started = perf_counter()
    round_.dropped = [job for job in dict.fromkeys(doubt.job for doubt in doubts) if job.is_dropped]
    asked = [doubt for doubt in doubts if doubt.job not in round_.dropped]
    jobs = Counter(doubt.job for doubt in asked)
    try:
        predictions = model.classifier.classify_prepared([doubt.picture for doubt in asked], consult_all=True)
    except TenfoldError as error:
        return _fail(list(jobs), error)
    _note_times(round_, jobs, started=started)
    for (job, place, picture), prediction in zip(asked, predictions, strict=True):
        job.outcomes[place] = Reading(prediction, picture.image)
        round_.verdicts.append(prediction.verdict)
    return _complete([job for job, answered in jobs.items() if job.count(answered)], model)


def _fail(jobs: list[Job], error: TenfoldError) -> list[Job]:
    for job in jobs:
        job.error = error
    return jobs


def _note_times(round_: Round, jobs: Iterable[Job], *, started: float) -> None:
    """Count the time that reading and a run of the networks took, for the round and for every job that waited for it."""
    round_.inference_seconds = perf_counter() - started
    for job in jobs:
        job.add_times(round_.decode_seconds, round_.inference_seconds)


def _complete(jobs: list[Job], model: LoadedModel) -> list[Job]:
    for job in jobs:
        job.complete(model)
    return jobs
