import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest
from starlette.types import Message

from app import batching, rounds
from app.batching import Batcher
from app.books import Books
from app.errors import (
    ClientGoneError,
    DeadlineError,
    InferenceCrashedError,
    NotReadyError,
    OverloadedError,
    StoppingError,
)
from app.jobs import Outcome, Reading
from app.loading import LoadedModel
from app.logs import AccessLog
from app.metrics import Metrics
from model.checkpoint import Checkpoint
from model.decoding import PictureLimits
from model.errors import EngineError
from model.pictures import PreparedPicture, TinyRows, begin_reading
from tests.app.samples import ChosenEngine, chosen_model, png

pytestmark = pytest.mark.usefixtures("unhurried")

Work = Callable[[Batcher], Awaitable[None]]


class Bench:
    """A batcher around an engine that waits for its gate."""

    def __init__(self, model: LoadedModel | None, engine: ChosenEngine, **options: float) -> None:
        self.engine = engine
        self.model = model
        self.metrics = Metrics()
        self.books = Books(self.metrics, AccessLog(enabled=False))
        self.options = {"capacity": 100, "timeout_seconds": 20.0, **options}

    def run(self, work: Work) -> None:
        """Run work on an event loop with the batcher open."""

        async def main() -> None:
            batcher = Batcher(
                self._current,
                metrics=self.metrics,
                books=self.books,
                capacity=int(self.options["capacity"]),
                timeout_seconds=self.options["timeout_seconds"],
                limits=PictureLimits(),
            )
            batcher.open()
            try:
                await work(batcher)
            finally:
                self.engine.gate.set()
                await asyncio.to_thread(batcher.close)

        asyncio.run(main())

    def count(self, name: str, **labels: str) -> float:
        """Read one metric."""
        self.books.settle()
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def _current(self) -> LoadedModel:
        if self.model is None:
            raise NotReadyError("no model")
        return self.model


@pytest.fixture
def engine() -> ChosenEngine:
    return ChosenEngine()


@pytest.fixture
def model(tiny_checkpoint: Checkpoint, engine: ChosenEngine) -> LoadedModel:
    return chosen_model(tiny_checkpoint, engine)


def digits(_: LoadedModel, outcomes: Sequence[Outcome]) -> list[int | None]:
    return [outcome.prediction.digit for outcome in outcomes if isinstance(outcome, Reading)]


async def entered(engine: ChosenEngine) -> None:
    """Wait until the engine is in a run."""
    await asyncio.to_thread(engine.entered.wait, 20)


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def leaving() -> Message:
    return {"type": "http.disconnect"}


def test_pictures_come_back_as_finish_made_them(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        result, timings = await batcher.submit((png(), png(line=0)), digits)
        assert result == [3, None]
        assert timings.inference_seconds > 0

    Bench(model, engine).run(work)


def test_requests_that_wait_together_are_run_together(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit((png(),), digits))
        await entered(engine)
        others = [asyncio.create_task(batcher.submit((png(),), digits)) for _ in range(6)]
        await asyncio.sleep(0)
        engine.gate.set()
        assert [(await task)[0] for task in (first, *others)] == [[3]] * 7
        assert engine.runs == [1, 6]

    bench.run(work)
    assert bench.count("tenfold_batch_pictures_sum") == 7
    assert bench.count("tenfold_verdicts_total", verdict="digit") == 7
    assert bench.count("tenfold_queue_pictures") == 0


def test_sure_digit_does_not_wait_for_a_doubtful_one(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit((png(),), digits))
        await entered(engine)
        engine.doubtful = {1}
        engine.gate_of_all.clear()
        sure, doubtful = (asyncio.create_task(batcher.submit((png(),), digits)) for _ in range(2))
        await asyncio.sleep(0)
        engine.gate.set()
        assert [(await task)[0] for task in (first, sure)] == [[3]] * 2
        assert not doubtful.done()
        engine.gate_of_all.set()
        assert (await doubtful)[0] == [3]

    Bench(model, engine).run(work)


def test_next_round_is_read_while_the_networks_run(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_ahead = threading.Event()

    def read(content: bytes, *, limits: PictureLimits) -> PreparedPicture | TinyRows:
        if threading.current_thread().name.startswith("reading"):
            read_ahead.set()
        return begin_reading(content, limits=limits)

    monkeypatch.setattr(rounds, "begin_reading", read)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        pending = asyncio.create_task(batcher.submit((png(),) * 70, digits))
        await entered(engine)
        assert await asyncio.to_thread(read_ahead.wait, 20)
        engine.gate.set()
        assert (await pending)[0] == [3] * 70

    Bench(model, engine).run(work)
    assert engine.runs == [32, 32, 6]


def test_full_queue_refuses_at_once_on_both_sides_of_the_limit(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        accepted = asyncio.create_task(batcher.submit((png(),) * 4, digits))
        await entered(engine)
        batcher.check_room(1)
        with pytest.raises(OverloadedError, match="4 pictures are waiting already; at most 5 may"):
            await batcher.submit((png(),) * 2, digits)
        engine.gate.set()
        await accepted
        await batcher.submit((png(),) * 5, digits)

    Bench(model, engine, capacity=5).run(work)


def test_deadline_frees_the_client_and_drops_the_job(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine, timeout_seconds=0.05)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        running = asyncio.create_task(batcher.submit((png(),), digits))
        await entered(engine)
        with pytest.raises(DeadlineError, match=r"within 0\.05 seconds"):
            await batcher.submit((png(),), digits)
        assert batcher.stuck
        with pytest.raises(DeadlineError):
            await running
        engine.gate.set()
        while batcher.stuck:
            await asyncio.sleep(0.001)

    bench.run(work)
    assert engine.runs == [1]
    assert bench.count("tenfold_abandoned_total", reason="deadline") == 1


def test_work_of_a_client_that_left_is_dropped_before_inference(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "LOOK_SECONDS", 0.001)
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        running = asyncio.create_task(batcher.submit((png(),), digits, receive=never))
        await entered(engine)
        with pytest.raises(ClientGoneError):
            await batcher.submit((png(),), digits, receive=leaving)
        engine.gate.set()
        assert (await running)[0] == [3]

    bench.run(work)
    assert engine.runs == [1]
    assert bench.count("tenfold_abandoned_total", reason="client_gone") == 1


def test_without_a_model_jobs_are_refused_with_the_reason(engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        with pytest.raises(NotReadyError, match="no model"):
            await batcher.submit((png(),), digits)

    Bench(None, engine).run(work)


def test_engine_failure_reaches_the_request_and_the_next_one_is_answered(
    model: LoadedModel, engine: ChosenEngine
) -> None:
    async def work(batcher: Batcher) -> None:
        engine.failures = [EngineError("broken")]
        with pytest.raises(EngineError):
            await batcher.submit((png(),), digits)
        assert (await batcher.submit((png(),), digits))[0] == [3]

    Bench(model, engine).run(work)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_crashed_thread_is_replaced_and_its_requests_fail(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        engine.failures = [MemoryError()]
        lost = asyncio.create_task(batcher.submit((png(),), digits))
        await entered(engine)
        kept = asyncio.create_task(batcher.submit((png(),), digits))
        await asyncio.sleep(0)
        engine.gate.set()
        with pytest.raises(InferenceCrashedError):
            await lost
        assert (await kept)[0] == [3]
        assert (await batcher.submit((png(),) * 100, digits))[0] == [3] * 100

    bench.run(work)
    assert bench.count("tenfold_inference_crashes_total") == 1


def test_model_changes_between_two_rounds(
    model: LoadedModel, engine: ChosenEngine, tiny_checkpoint: Checkpoint
) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        before = asyncio.create_task(batcher.submit((png(),), digits))
        await entered(engine)
        bench.model = chosen_model(tiny_checkpoint, ChosenEngine(8))
        after = asyncio.create_task(batcher.submit((png(),), digits))
        await asyncio.sleep(0)
        engine.gate.set()
        assert [(await before)[0], (await after)[0]] == [[3], [8]]

    bench.run(work)


def test_closing_answers_what_was_accepted_and_refuses_the_rest(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        accepted = [asyncio.create_task(batcher.submit((png(),), digits)) for _ in range(3)]
        await entered(engine)
        closing = asyncio.create_task(asyncio.to_thread(batcher.close))
        await asyncio.sleep(0.01)
        with pytest.raises(StoppingError):
            await batcher.submit((png(),), digits)
        engine.gate.set()
        await closing
        assert [(await task)[0] for task in accepted] == [[3]] * 3

    Bench(model, engine).run(work)


def test_gpu_engine_waits_for_company(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "GATHER_SECONDS", {"cuda": 0.2})
    engine.device = "cuda"

    async def work(batcher: Batcher) -> None:
        tasks = [asyncio.create_task(batcher.submit((png(),), digits)) for _ in range(8)]
        await asyncio.gather(*tasks)
        assert engine.runs == [8]

    Bench(model, engine).run(work)


def test_run_does_work_on_the_thread(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        assert await batcher.run(lambda _: threading.current_thread().name) == "inference"

    Bench(model, engine).run(work)
