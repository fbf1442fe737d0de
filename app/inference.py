"""The inference thread: takes jobs from a queue, runs them in rounds, hands the finished ones on.

Jobs that wait together are run together, and nobody waits for company: the thread takes what is there when it comes back
from the last round. Where more waits already, a second thread reads the next round's pictures while the networks run. What
a round does is `app/rounds.py`'s business; whom its results are for is `app/batching.py`'s.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import perf_counter, sleep

from app.errors import InferenceCrashedError, NotReadyError
from app.jobs import AnyJob
from app.loading import LoadedModel
from app.metrics import Metrics
from app.notes import RoundNote
from app.rounds import Round, answer_doubtful, answer_sure, read_round
from model.decoding import PictureLimits


class InferenceThread:
    """A thread that answers jobs, and is replaced should it die.

    Parameters
    ----------
    model
        Gives the model of the next round; may raise `NotReadyError`.
    deliver
        Takes the jobs that are done, or dropped because nobody waits for them, once or twice a round, and what is to be
        counted of the round when it is over. Called on the thread.
    metrics
        Where deaths are counted.
    limits
        Of one picture.
    gather_seconds
        How long a round waits for company: 0 on a CPU, where waiting is lost; about a millisecond on a GPU, where a run
        of one costs as much as a run of many.
    """

    def __init__(
        self,
        model: Callable[[], LoadedModel],
        deliver: Callable[[Sequence[AnyJob], RoundNote | None], None],
        *,
        metrics: Metrics,
        limits: PictureLimits,
        gather_seconds: Callable[[], float],
    ) -> None:
        self._model = model
        self._deliver = deliver
        self._metrics = metrics
        self._limits = limits
        self._gather_seconds = gather_seconds
        self._queue: SimpleQueue[AnyJob | None] = SimpleQueue()
        self._backlog: deque[AnyJob] = deque()
        self._draining = False
        self._round_started: float | None = None

    def put(self, job: AnyJob) -> None:
        """Accept a job."""
        self._queue.put(job)

    def stop(self, *, timeout_seconds: float) -> None:
        """End the thread after what it has accepted."""
        self._queue.put(None)
        self._thread.join(timeout_seconds)

    def busy_seconds(self) -> float:
        """Say for how long the thread has been in its present round; 0 between rounds."""
        started = self._round_started
        return 0.0 if started is None else perf_counter() - started

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Answer rounds until told to stop; should one of them break, leave a new thread behind."""
        rounds: deque[Round] = deque()
        whole = False
        try:
            with ThreadPoolExecutor(1, "reading") as reader:
                while self._wait_for_work(rounds):
                    self._round_started = perf_counter()
                    self._answer_next(rounds, reader)
                    self._round_started = None
            whole = True
        finally:
            if not whole:
                self._replace_thread([job for round_ in rounds for job in round_.jobs()])

    def _wait_for_work(self, rounds: deque[Round]) -> bool:
        """Wait until there is something to do; False if there never will be."""
        if not rounds and not self._backlog:
            if self._draining:
                return False
            self._admit(self._queue.get())
            if seconds := self._gather_seconds():
                sleep(seconds)
        return True

    def _answer_next(self, rounds: deque[Round], reader: ThreadPoolExecutor) -> None:
        """Answer one round; if more jobs wait already, read the next one's pictures while the networks run.

        ONNX Runtime lets go of the interpreter while it computes, so that on two cores both go on at once.
        """
        if not rounds:
            self._read_next(rounds)
        ahead = reader.submit(self._read_next, rounds) if self._backlog or not self._queue.empty() else None
        self._answer(rounds[0])
        if ahead is not None:
            ahead.result()
        rounds.popleft()

    def _answer(self, round_: Round) -> None:
        """Answer a round, what is sure before what is not."""
        try:
            model = self._model()
            done = answer_sure(round_, model)
            if round_.doubtful():
                if done:
                    self._deliver(done, None)
                done = answer_doubtful(round_, model)
        except NotReadyError as error:
            done = [part.job for part in round_.parts]
            for job in done:
                job.error = error
        self._deliver([*done, *round_.dropped], _note(round_))

    def _read_next(self, rounds: deque[Round]) -> None:
        """Admit everything that waits, and read the pictures of one more round."""
        with suppress(Empty):
            while True:
                self._admit(self._queue.get_nowait())
        round_ = Round()
        rounds.append(round_)
        read_round(round_, self._backlog, limits=self._limits)

    def _admit(self, job: AnyJob | None) -> None:
        if job is None:
            self._draining = True  # what was accepted lies before this in the queue
        else:
            self._backlog.append(job)

    def _replace_thread(self, lost: Sequence[AnyJob]) -> None:
        """Fail what this thread held and start another; the error itself goes on to `threading.excepthook`."""
        self._round_started = None
        for job in lost:
            if job in self._backlog:
                self._backlog.remove(job)
            job.error = InferenceCrashedError("The inference thread died.")
        self._metrics.crashes.inc()
        self._deliver(lost, None)
        self.start()


def _note(round_: Round) -> RoundNote:
    """Tell what is counted of a round."""
    abandoned = [job.abandoned for job in round_.dropped if job.abandoned is not None]
    return RoundNote(round_.waits, round_.verdicts, abandoned, round_.decode_seconds, round_.inference_seconds)
