"""What one worker of the service is made of, and how it starts, changes its model and stops."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.batching import Batcher
from app.bodies import BodyBudget
from app.books import Books
from app.inference_process import RunningProcess, inference_options, start_process
from app.logs import AccessLog
from app.metrics import Metrics
from app.model_state import ModelState
from app.pages import Pages, read_pages
from app.problem_documents import problem_type
from app.settings import Settings

LOAD_SECONDS = 10.0
"""How long the server waits for its model before it answers that it has none: while it waits it hears no signal."""


class Service:
    """The parts that the routes share.

    Parameters
    ----------
    settings
        Resolved.
    started
        An inference process that was started already, while this was being loaded; None starts one later.

    Attributes
    ----------
    settings, metrics, books, model, batcher, budget, access_log, pages
        See their classes; the pages are read when the service starts.
    """

    def __init__(self, settings: Settings, *, started: RunningProcess | None = None) -> None:
        self.settings = settings
        self._started = started
        self.metrics = Metrics()
        self.access_log = AccessLog(enabled=settings.log_level in ("debug", "info"))
        self.books = Books(self.metrics, self.access_log)
        self.model = ModelState(self.metrics)
        self.batcher = Batcher(
            self._start_inference,
            model=self.model,
            metrics=self.metrics,
            books=self.books,
            capacity=settings.queue_size,
            timeout_seconds=settings.request_timeout_seconds,
        )
        self.budget = BodyBudget(settings.max_held_body_bytes)
        self.pages = Pages({})

    def _start_inference(self) -> RunningProcess:
        started, self._started = self._started, None
        return started or start_process(inference_options(self.settings))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the model and run until the block ends; a model that cannot be loaded leaves the rest running."""
        self.pages = read_pages()
        await self.batcher.open(patience_seconds=min(LOAD_SECONDS, self.settings.grace_seconds / 2))
        try:
            self._reload_on_hangup()
            yield
        finally:
            await self.batcher.close()
            self.books.settle()
            self.metrics.close()

    def note_refusal(self, error: Exception) -> None:
        """Count a request that a connection refused before it reached the app.

        Parameters
        ----------
        error
            Why.
        """
        self.metrics.refusals.labels(problem_type(error).slug).inc()

    async def reload(self) -> bool:
        """Change to what the checkpoint's folder holds now, while the old model goes on answering.

        Returns
        -------
        bool
            False if it cannot be used; then the old model stays.
        """
        return await self.batcher.reload()

    def _reload_on_hangup(self) -> None:
        """Take SIGHUP as "load the checkpoint again"; only a process's main thread can be told of signals."""
        if threading.current_thread() is threading.main_thread():
            tasks: set[asyncio.Task[bool]] = set()  # a task that nobody holds may be collected before it is done
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, lambda: tasks.add(loop.create_task(self.reload())))
