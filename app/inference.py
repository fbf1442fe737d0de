"""The inference process's work: jobs from a socket, answered in rounds, and sent back as they are done.

Jobs that wait together are run together, and nobody waits for company: a round takes what is there when the last is over.
Of a batch, a second thread reads the next round's pictures while the networks run. What a round does is
`app/rounds.py`'s business, what is made of its outcomes `app/fulfilment.py`'s, and whom that is for `app/batching.py`'s.
"""

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import sleep

from app.errors import InferenceCrashedError, NotReadyError
from app.fulfilment import carry_out
from app.jobs import Job
from app.loading import LoadedModel
from app.messages import (
    Abandonment,
    Command,
    Completion,
    FrameReader,
    LoadRefusal,
    LostRound,
    ModelDescription,
    Submission,
    pack,
)
from app.notes import RoundNote
from app.rounds import Round, answer_doubtful, answer_sure, read_round
from model.decoding import PictureLimits
from model.errors import TenfoldError

GATHER_SECONDS = {"cuda": 0.001}
"""How long a round waits for company, by the engine's device: on a GPU a run of one costs as much as a run of many. Not at
all on a CPU, where waiting is lost."""

AHEAD_PICTURES = 8
"""So many pictures of one job are read while the networks run."""

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
        self._refusal = ""
        self._draining = False
        self._loading = threading.Lock()
        self._sending = threading.Lock()

    def run(self) -> None:
        """Load the model, then answer."""
        self._take_model()
        rounds: deque[Round] = deque()
        with self._link, ThreadPoolExecutor(1, "reading") as reader:
            try:
                self._answer_all(rounds, reader)
            except Exception:  # logged here, while the link holds: once it is closed, the other end kills this process
                logger.exception("the inference process cannot go on")

    def _answer_all(self, rounds: deque[Round], reader: ThreadPoolExecutor) -> None:
        while self._wait_for_work(rounds):
            try:
                self._answer_next(rounds, reader)
            except Exception:
                logger.exception("a round of pictures broke")
                self._fail(rounds)

    # What comes and goes

    def _wait_for_work(self, rounds: deque[Round]) -> bool:
        """Take in what has come, and wait until there is something to do; False if there never will be."""
        self._receive()
        if not (rounds or self._backlog or self._draining):
            while not (self._backlog or self._draining):
                self._take_in(self._hear())
            self._gather()
        return bool(rounds or self._backlog)

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

    def _deliver(self, jobs: Sequence[Job], *notes: RoundNote | LostRound) -> None:
        """Send jobs back that are done, or dropped because nobody waits for them; a failed one is met twice."""
        completions = [
            Completion(
                job.number,
                job.result,
                job.error,
                (job.timings.queue_seconds, job.timings.decode_seconds, job.timings.inference_seconds),
            )
            for job in jobs
            if self._jobs.pop(job.number, None) is not None
        ]
        self._send([*completions, *notes])

    def _send(self, messages: Sequence[object]) -> None:
        try:
            with self._sending:
                for piece in pack(messages):
                    self._link.sendall(piece)
        except OSError:  # the event loop's process is gone: nobody is left to answer
            self._draining = True
            self._backlog.clear()

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
            if isinstance(report, LoadRefusal):
                self._refusal = report.reason
            self._send([report])

    # Rounds

    def _answer_next(self, rounds: deque[Round], reader: ThreadPoolExecutor) -> None:
        """Answer one round; if a batch goes on in the next, read that one's pictures while the networks run.

        ONNX Runtime lets go of the interpreter while it computes, so that on two cores both go on at once. Single pictures
        are not worth waking a thread.
        """
        if not rounds:
            self._read_next(rounds)
        ahead = reader.submit(self._read_next, rounds) if self._has_batch() else None
        try:
            self._answer(rounds[0])
        finally:
            if ahead is not None:
                ahead.result()
        rounds.popleft()

    def _has_batch(self) -> bool:
        return bool(self._backlog) and len(self._backlog[0].contents) - self._backlog[0].taken >= AHEAD_PICTURES

    def _read_next(self, rounds: deque[Round]) -> None:
        """Read the pictures of one more round."""
        round_ = Round()
        rounds.append(round_)
        read_round(round_, self._backlog, limits=self._limits)

    def _answer(self, round_: Round) -> None:
        """Answer a round, what is sure before what is not."""
        model = self._model
        if model is None:
            done = [part.job for part in round_.parts]
            for job in done:
                job.error = NotReadyError(f"No model is loaded. {self._refusal}")
        else:
            done = answer_sure(round_, model)
            if round_.doubtful():
                if done:
                    self._deliver(done)
                done = answer_doubtful(round_, model)
        self._deliver([*done, *round_.dropped], _note(round_))

    def _fail(self, rounds: deque[Round]) -> None:
        """Give up the jobs of rounds that broke; those behind them are answered."""
        lost = [job for round_ in rounds for job in round_.jobs()]
        rounds.clear()
        for job in lost:
            if job in self._backlog:
                self._backlog.remove(job)
            job.error = InferenceCrashedError("The round that this request was in broke.")
        self._deliver(lost, LostRound())


def _note(round_: Round) -> RoundNote:
    """Tell what is counted of a round."""
    abandoned = [job.abandoned for job in round_.dropped if job.abandoned is not None]
    return RoundNote(round_.waits, round_.verdicts, abandoned, round_.decode_seconds, round_.inference_seconds)
