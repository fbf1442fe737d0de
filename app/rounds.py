"""One round: pictures of waiting jobs, first read (decoded and prepared), then put to the networks in one run.

A round is bounded in pictures and in reading time, and a job that does not fit goes on in the next one, behind those that
came meanwhile: a batch of 256 photos never holds up the single picture after it for longer than one round. Nothing here
knows threads, event loops or HTTP; when rounds are read and answered is `app/inference.py`'s business.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from time import perf_counter
from typing import cast

from app.jobs import AnyJob, Outcome, Reading
from app.loading import LoadedModel
from model.decoding import PictureLimits
from model.errors import PictureError, TenfoldError
from model.pictures import PreparedPicture, TinyRows, begin_reading, finish_reading
from model.predictions import Prediction

ROUND_PICTURES = 32
"""Pictures in one run of the networks: beyond about 16 a run gets no cheaper per picture, only longer."""

ROUND_READING_SECONDS = 0.05
"""Reading before the networks run: photos take tens of milliseconds each, and small pictures wait behind them."""

_Begun = PreparedPicture | TinyRows | PictureError
_Prepared = PreparedPicture | PictureError
_Classify = Callable[[Sequence[PreparedPicture]], Sequence[Prediction | None]]


@dataclass(slots=True, eq=False)
class Part:
    """Pictures of one job in one round, and what has become of them; None for what is still to be answered."""

    job: AnyJob
    pictures: list[_Prepared] = field(default_factory=list)
    outcomes: list[Outcome | None] = field(default_factory=list)


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
    dropped: list[AnyJob] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    decode_seconds: float = 0.0
    inference_seconds: float = 0.0

    def jobs(self) -> list[AnyJob]:
        """Every job that is in this round or was dropped by it."""
        return [part.job for part in self.parts] + self.dropped

    def doubtful(self) -> list[Part]:
        """Give the parts that all networks are to be asked about, for the job's sake or for a picture's."""
        return [
            part for part in self.parts if part.job.error is None and (part.job.consult_all or None in part.outcomes)
        ]


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
        part.outcomes = [picture if isinstance(picture, PictureError) else None for picture in part.pictures]
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


def answer_sure(round_: Round, model: LoadedModel) -> list[AnyJob]:
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
    parts = [part for part in round_.parts if not part.job.consult_all]
    return _answer(parts, round_, model, classify=model.classifier.classify_sure)


def answer_doubtful(round_: Round, model: LoadedModel) -> list[AnyJob]:
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
    ask_all = partial(model.classifier.classify_prepared, consult_all=True)
    return _answer(round_.doubtful(), round_, model, classify=ask_all)


def _answer(parts: list[Part], round_: Round, model: LoadedModel, *, classify: _Classify) -> list[AnyJob]:
    """Run networks once; give the jobs that are done with it."""
    started = perf_counter()
    try:
        _infer(parts, classify)
    except TenfoldError as error:
        for part in parts:
            part.job.error = error
    round_.inference_seconds += perf_counter() - started
    return [part.job for part in parts if _is_done(part, round_, model)]


def _infer(parts: list[Part], classify: _Classify) -> None:
    """Put what is still to be answered to the networks."""
    places = [(part, i) for part in parts for i, outcome in enumerate(part.outcomes) if outcome is None]
    pictures = [cast(PreparedPicture, part.pictures[i]) for part, i in places]
    predictions = classify(pictures) if pictures else ()
    for (part, i), picture, prediction in zip(places, pictures, predictions, strict=True):
        if prediction is not None:
            part.outcomes[i] = Reading(prediction, picture.image)


def _is_done(part: Part, round_: Round, model: LoadedModel) -> bool:
    """Note the round's times with a part that is answered, and complete the job if this was its last."""
    job, outcomes = part.job, [outcome for outcome in part.outcomes if outcome is not None]
    if job.error is not None:
        return True
    if len(outcomes) < len(part.outcomes):
        return False
    job.timings.decode_seconds += round_.decode_seconds
    job.timings.inference_seconds += round_.inference_seconds
    job.outcomes += outcomes
    round_.verdicts += [outcome.prediction.verdict for outcome in outcomes if isinstance(outcome, Reading)]
    if len(job.outcomes) < len(job.contents):
        return False
    job.complete(model)
    return True
