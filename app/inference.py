"""The inference process's work: jobs from a socket, answered in rounds, and sent back as they are done.

Jobs that wait together are run together, and nobody waits for company: a round takes what is there when the last is over.
What the first network leaves in doubt of batches is settled beside the rounds (`app/doubts.py`). What a round does is
`app/rounds.py`'s business, what is made of its outcomes `app/fulfilment.py`'s, and whom that is for `app/batching.py`'s.
"""

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import sleep

from app.doubts import Doubt, Doubts
from app.errors import InferenceCrashedError, NotReadyError
from app.frames import FrameReader, pack
from app.fulfilment import carry_out
from app.jobs import Job
from app.loading import LoadedModel
from app.messages import (
    Abandonment,
    Command,
    Completion,
    LoadRefusal,
    LostRound,
    ModelDescription,
    Submission,
)
from app.notes import RoundNote
from app.rounds import Round, answer_doubts, answer_sure, read_round
from model.decoding import PictureLimits
from model.errors import TenfoldError

GATHER_SECONDS = {"cuda": 0.001}
"""How long a round waits for company, by the engine's device: on a GPU a run of one costs as much as a run of many. Not at
all on a CPU, where waiting is lost."""

_RECEIVE_BYTES = 1 << 18

logger = logging.getLogger(__name__)


class InferenceLoop:
    """Answers the jobs that come over a socket until the other end is closed, or says stop.

    Parameters
    ----------
    link
        Blocking, joined to the event loop's process; closed at the end.
    load
        Loads the model anew; may raise a `TenfoldError`.
    limits
        Of one picture.
    """

    def __init__(self, link: socket.socket, load: Callable[[], LoadedModel], *, limits: PictureLimits) -> None:
        self._link = link
        self._load = load
        self._limits = limits
        self._frames = FrameReader()
        self._backlog: deque[Job] = deque()
        self._jobs: dict[int, Job] = {}
        self._model: LoadedModel | None = None
        self._draining = False
        self._deserted = False  # nobody is left to answer
        self._loading = threading.Lock()
        self._sending = threading.Lock()

    def run(self) -> None:
        """Load the model, then answer."""
        self._take_model()
        with self._link:
            try:
                self._answer_all()
            except Exception:  # logged here, while the link holds: once it is closed, the other end kills this process
                logger.exception("the inference process cannot go on")

    def _answer_all(self) -> None:
        with Doubts(self._settle) as doubts:
            while self._wait_for_work():
                round_ = Round()
                try:
                    self._answer_next(round_, doubts)
                except Exception:
                    logger.exception("a round of pictures broke")
                    self._lose([part.job for part in round_.parts] + round_.dropped)

    # What comes and goes

    def _wait_for_work(self) -> bool:
        """Take in what has come, or wait for something to do; False if there never will be."""
        if self._backlog:
            self._receive()
        elif not self._draining:
            while not (self._backlog or self._draining):
                self._take_in(self._hear())
            self._gather()
        return bool(self._backlog) and not self._deserted

    def _receive(self) -> None:
        """Take in everything that has come already."""
        try:
            while not self._draining:
                self._take_in(self._hear(socket.MSG_DONTWAIT))
        except BlockingIOError:
            pass  # that was all

    def _hear(self, flags: int = 0) -> bytes:
        """Receive some bytes; none at the end, which the kill of a process with messages unread makes a reset."""
        try:
            return self._link.recv(_RECEIVE_BYTES, flags)
        except ConnectionError:
            return b""

    def _gather(self) -> None:
        """Wait for company where that pays."""
        seconds = GATHER_SECONDS.get(self._model.classifier.engine.device, 0.0) if self._model else 0.0
        if seconds:
            sleep(seconds)
            self._receive()

    def _take_in(self, data: bytes) -> None:
        """Act on messages; at the end of them all, what was accepted is still answered, though it may reach nobody."""
        if not data:
            self._draining = True
        for message in self._frames.feed(data):
            if isinstance(message, Submission):
                self._admit(message)
            elif isinstance(message, Abandonment):
                job = self._jobs.get(message.number)
                if job is not None:
                    job.abandoned = message.reason
            elif message is Command.RELOAD:
                threading.Thread(target=self._take_model, name="loading", daemon=True).start()
            elif message is Command.STOP:
                self._draining = True

    def _admit(self, submission: Submission) -> None:
        number, contents, order, consult_all, submitted = submission
        job = Job(contents, consult_all, partial(carry_out, order), submitted, number)
        self._jobs[number] = job
        self._backlog.append(job)

    def _deliver(self, done: list[Job], round_: Round) -> None:
        """Send jobs back that are done, or dropped because nobody waits for them, and tell of the round."""
        dropped = self._release(round_.dropped)
        abandoned = [job.abandoned for job in dropped if job.abandoned is not None]
        note = RoundNote(round_.waits, round_.verdicts, abandoned, round_.decode_seconds, round_.inference_seconds)
        self._send([*map(_completion, self._release(done) + dropped), note])

    def _lose(self, jobs: list[Job]) -> None:
        """Give up the jobs of a round that broke; those behind them are answered."""
        for job in jobs:
            job.error = InferenceCrashedError("The round that this request was in broke.")
        self._send([*map(_completion, self._release(jobs)), LostRound()])

    def _release(self, jobs: Iterable[Job]) -> list[Job]:
        """Choose those that were not sent back yet: a job that fails in one round may be met in another."""
        return [job for job in jobs if self._jobs.pop(job.number, None) is not None]

    def _send(self, messages: Sequence[object]) -> None:
        try:
            with self._sending:
                for piece in pack(messages):
                    self._link.sendall(piece)
        except OSError:  # the event loop's process is gone
            self._draining = self._deserted = True

    # The model

    def _take_model(self) -> None:
        """Load the model beside the one that answers now, then put it in its place: the next round is answered by it."""
        with self._loading:
            try:
                model = self._load()
                report: ModelDescription | LoadRefusal = model.describe()
                self._model = model
            except TenfoldError as error:
                report = LoadRefusal(str(error))
            except Exception as error:
                logger.exception("loading the checkpoint broke")
                report = LoadRefusal(f"Loading it broke: {type(error).__name__}: {error}")
            self._send([report])

    # Rounds

    def _answer_next(self, round_: Round, doubts: Doubts) -> None:
        """Answer one round; what is sure leaves at once."""
        read_round(round_, self._backlog, limits=self._limits)
        done = self._answer_sure(round_)
        self._deliver(done, round_)
        doubts.put(doubt for doubt in round_.doubts if doubt.job.is_batch)
        if alone := [doubt for doubt in round_.doubts if not doubt.job.is_batch]:
            # A second thread would take the core that the event loop needs for requests that come one by one.
            self._settle(alone)

    def _answer_sure(self, round_: Round) -> list[Job]:
        if self._model is not None:
            return answer_sure(round_, self._model)
        refused = [part.job for part in round_.parts]
        for job in refused:
            job.error = NotReadyError("No model is loaded.")
        return refused

    def _settle(self, doubts: list[Doubt]) -> None:
        """Settle doubts: of batches on their thread, of single pictures after their round."""
        assert self._model is not None  # they come of its answers
        round_ = Round()
        try:
            self._deliver(answer_doubts(round_, doubts, self._model), round_)
        except Exception:
            logger.exception("a round of pictures broke")
            self._lose([doubt.job for doubt in doubts])


def _completion(job: Job) -> Completion:
    timings = job.timings
    seconds = (timings.queue_seconds, timings.decode_seconds, timings.inference_seconds)
    return Completion(job.number, job.result, job.error, seconds)
