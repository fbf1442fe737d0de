"""What the service counts, for Prometheus: https://prometheus.io/docs/concepts/metric_types.

One registry an app, so that tests do not share counts. With `--workers N` a scrape reaches any one of the workers; the
folder of `app/shared_metrics.py` then makes each of them keep its counts in files there, and whichever is scraped adds all
of them up.
"""

import os
from bisect import bisect_left
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    multiprocess,
)

from app.notes import RequestNote, RoundNote
from app.shared_metrics import VARIABLE

CONTENT_TYPE = CONTENT_TYPE_LATEST
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the latency histograms: from a sure digit's tenth of a millisecond to the default deadline."""

PICTURES = (1, 2, 4, 8, 16, 32, 64)
"""Bounds of the batch-size histogram, up to a round's largest."""


class Tally(Histogram):
    """A histogram that takes many values at once."""

    def observe_all(self, values: Sequence[float]) -> None:
        """Observe values; what the library does for each is done once for each bucket.

        Parameters
        ----------
        values
            Any number of them.
        """
        for bucket, count in Counts(bisect_left(self._upper_bounds, value) for value in values).items():
            self._buckets[bucket].inc(count)
        self._sum.inc(sum(values))


class Metrics:
    """Every number that `/metrics` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tenfold_requests", "Answered requests.", ("route", "method", "status"), registry=self.registry
        )
        self.request_seconds = Tally(
            "tenfold_request_seconds",
            "From a request's head to its answer's last byte.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.queue_seconds = self._histogram("queue_seconds", "From a request's submission to its round.")
        self.decode_seconds = self._histogram("decode_seconds", "Decoding and preparing the pictures of one round.")
        self.inference_seconds = self._histogram("inference_seconds", "One run of the first network, or of all.")
        self.batch_pictures = Tally(
            "tenfold_batch_pictures",
            "Pictures answered by one run of the first network, or of all.",
            buckets=PICTURES,
            registry=self.registry,
        )
        self.queue_pictures = Gauge(
            "tenfold_queue_pictures",
            "Pictures accepted and not yet answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.refusals = Counter(
            "tenfold_refusals", "Requests answered with a problem, by its type.", ("problem",), registry=self.registry
        )
        self.abandoned = Counter(
            "tenfold_abandoned",
            "Requests dropped before inference because nobody waited for them any more.",
            ("reason",),
            registry=self.registry,
        )
        self.verdicts = Counter("tenfold_verdicts", "Predictions by verdict.", ("verdict",), registry=self.registry)
        self.crashes = Counter(
            "tenfold_inference_crashes",
            "Rounds that broke, and deaths of the inference process.",
            registry=self.registry,
        )
        self.reloads = Counter(
            "tenfold_reloads", "Changes of the checkpoint while serving.", ("outcome",), registry=self.registry
        )
        self.model_loaded = Gauge(
            "tenfold_model_loaded",
            "1 for the model that answers, 0 for those before it, by name and version.",
            ("name", "version"),
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.inference_resident = Gauge(
            "tenfold_inference_resident_bytes",
            "Resident memory of the process that runs the networks; `process_resident_memory_bytes` is the other's.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        ProcessCollector(registry=self.registry)
        self._model: Gauge | None = None

    def _histogram(self, name: str, text: str) -> Tally:
        return Tally(f"tenfold_{name}", text, buckets=SECONDS, registry=self.registry)

    def note_model(self, name: str, version: str) -> None:
        """Say which model answers from now on.

        Parameters
        ----------
        name, version
            Of its checkpoint.
        """
        self.note_no_model()
        self._model = self.model_loaded.labels(name, version)
        self._model.set(1)

    def note_no_model(self) -> None:
        """Say that no model answers any more."""
        if self._model is not None:
            self._model.set(0)  # not removed: where workers add up, prometheus-client cannot

    def note_inference_memory(self, pid: int | None) -> None:
        """Read how much memory a process has; none where it does not run, or the system does not tell.

        Parameters
        ----------
        pid
            Of the inference process.
        """
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            pages = 0
        self.inference_resident.set(pages * _PAGE_BYTES)

    def count_requests(self, requests: Sequence[RequestNote]) -> None:
        """Count answered requests.

        Parameters
        ----------
        requests
            Many at once cost little more than one.
        """
        seconds: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        for note in requests:
            seconds[note.route, note.method, note.status].append(note.seconds)
        for (route, method, status), of_these in seconds.items():
            self.requests.labels(route, method, str(status)).inc(len(of_these))
            self.request_seconds.labels(route).observe_all(of_these)

    def count_rounds(self, rounds: Sequence[RoundNote]) -> None:
        """Count rounds, as many at once as there are.

        Parameters
        ----------
        rounds
            One that answers no picture counts for what it decoded and dropped alone.
        """
        self.queue_seconds.observe_all([seconds for note in rounds for seconds in note.waits])
        for verdict, count in Counts(verdict for note in rounds for verdict in note.verdicts).items():
            self.verdicts.labels(verdict).inc(count)
        for reason, count in Counts(reason for note in rounds for reason in note.abandoned).items():
            self.abandoned.labels(reason).inc(count)
        full = [note for note in rounds if note.verdicts]
        self.batch_pictures.observe_all([len(note.verdicts) for note in full])
        self.decode_seconds.observe_all([note.decode_seconds for note in rounds if note.decode_seconds])
        self.inference_seconds.observe_all([note.inference_seconds for note in full])

    def render(self) -> bytes:
        """Write all numbers in Prometheus' text format; all workers' where there are several."""
        if VARIABLE not in os.environ:
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        multiprocess.MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        ProcessCollector(registry=everyone)
        return generate_latest(everyone)

    def close(self) -> None:
        """Withdraw this process's gauges from what the other workers report."""
        if VARIABLE in os.environ:
            multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]  # the library leaves it untyped
