import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message

from app import inference, inference_link, queueing
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
from app.loading import LoadedModel
from app.logs import AccessLog
from app.messages import Timings
from app.metrics import Metrics
from app.model_state import ModelState
from app.orders import BatchOrder, ErrorSheetOrder
from model.checkpoint import Checkpoint
from model.errors import CheckpointError, EngineError
from tests.app.samples import ChosenEngine, ThreadedInference, chosen_model, png

pytestmark = pytest.mark.usefixtures("unhurried")

Work = Callable[[Batcher], Awaitable[None]]


class Bench:
    """A batcher whose inference loop runs on a thread, with an engine that waits for its gate."""

    def __init__(self, model: LoadedModel | None, engine: ChosenEngine, **options: float) -> None:
        self.engine = engine
        self.model = model
        self.metrics = Metrics()
        self.state = ModelState(self.metrics)
        self.books = Books(self.metrics, AccessLog(enabled=False))
        self.options = {"capacity": 100, "timeout_seconds": 20.0, **options}
        self.started: list[ThreadedInference] = []

    def run(self, work: Work) -> None:
        """Run work on an event loop with the batcher open."""

        async def main() -> None:
            batcher = Batcher(
                self._start,
                model=self.state,
                metrics=self.metrics,
                books=self.books,
                capacity=int(self.options["capacity"]),
                timeout_seconds=self.options["timeout_seconds"],
            )
            await batcher.open(patience_seconds=20)
            try:
                await work(batcher)
            finally:
                self.engine.gate.set()
                await batcher.close()

        asyncio.run(main())

    def _start(self) -> ThreadedInference:
        self.started.append(ThreadedInference(self._load))
        return self.started[-1]

    def count(self, name: str, **labels: str) -> float:
        """Read one metric."""
        self.books.settle()
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def _load(self) -> LoadedModel:
        if self.model is None:
            raise CheckpointError("no checkpoint")
        return self.model


@pytest.fixture
def engine() -> ChosenEngine:
    return ChosenEngine()


@pytest.fixture
def model(tiny_checkpoint: Checkpoint, engine: ChosenEngine) -> LoadedModel:
    return chosen_model(tiny_checkpoint, engine)


DIGITS = BatchOrder(include_image=False, instance="/", request_id="test")


def digits(answer: tuple[bytes, Timings]) -> list[int | None]:
    return [result["digit"] for result in json.loads(answer[0])["results"]]


async def entered(engine: ChosenEngine) -> None:
    """Wait until the engine is in a run."""
    await asyncio.to_thread(engine.entered.wait, 20)


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def leaving() -> Message:
    return {"type": "http.disconnect"}


def test_pictures_come_back_as_was_ordered(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        answer = await batcher.submit((png(), png(line=0)), DIGITS)
        assert digits(answer) == [3, None]
        assert answer[1].inference_seconds > 0

    Bench(model, engine).run(work)


def test_requests_that_wait_together_are_run_together(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        others = [asyncio.create_task(batcher.submit((png(),), DIGITS)) for _ in range(6)]
        await asyncio.sleep(0)
        engine.gate.set()
        assert [digits(await task) for task in (first, *others)] == [[3]] * 7
        assert engine.runs == [1, 6]

    bench.run(work)
    assert bench.count("tenfold_batch_pictures_sum") == 7
    assert bench.count("tenfold_verdicts_total", verdict="digit") == 7


def test_pictures_that_wait_are_counted_while_they_do(model: LoadedModel, engine: ChosenEngine) -> None:
    """They were counted at the end of each round: behind a long or stuck one the queue looked empty to an autoscaler."""
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        task = asyncio.create_task(batcher.submit((png(), png()), DIGITS))
        await entered(engine)
        async with asyncio.timeout(10):
            while bench.count("tenfold_queue_pictures") != 2:
                await asyncio.sleep(0.005)
        engine.gate.set()
        await task
        batcher.queue.count_waiting()
        assert bench.count("tenfold_queue_pictures") == 0

    bench.run(work)


def test_sure_digit_does_not_wait_for_a_doubtful_one(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        engine.doubtful = {1}
        engine.gate_of_all.clear()
        sure, doubtful = (asyncio.create_task(batcher.submit((png(),), DIGITS)) for _ in range(2))
        await asyncio.sleep(0)
        engine.gate.set()
        assert [digits(await task) for task in (first, sure)] == [[3]] * 2
        assert not doubtful.done()
        engine.gate_of_all.set()
        assert digits(await doubtful) == [3]

    Bench(model, engine).run(work)


def test_next_rounds_do_not_wait_for_a_doubtful_digit(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.doubtful = {1}
        engine.gate_of_all.clear()
        batch = asyncio.create_task(batcher.submit((png(),) * 70, DIGITS))
        for _ in range(3):
            assert digits(await batcher.submit((png(),), DIGITS)) == [3]
        assert not batch.done()
        engine.gate_of_all.set()
        assert digits(await batch) == [3] * 70

    Bench(model, engine).run(work)


def test_batch_that_wants_all_networks_lets_a_single_picture_in_between(
    model: LoadedModel, engine: ChosenEngine
) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate_of_all.clear()
        batch = asyncio.create_task(batcher.submit((png(),) * 64, DIGITS, consult_all=True))
        await asyncio.to_thread(engine.asked_all.wait, 20)
        single = asyncio.create_task(batcher.submit((png(),) * 2, DIGITS, consult_all=True))
        finished: list[asyncio.Task[tuple[bytes, Timings]]] = []
        for task in (batch, single):
            task.add_done_callback(finished.append)
        await batcher.submit((png(),), DIGITS)
        engine.gate_of_all.set()
        assert [digits(await task) for task in (batch, single)] == [[3] * 64, [3] * 2]
        assert finished == [single, batch]

    Bench(model, engine).run(work)
    assert engine.runs == [1, 16, 16, 16, 16, 2]


def test_doubtful_digits_are_answered_before_the_end(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.doubtful = {0}
        engine.gate_of_all.clear()
        accepted = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await asyncio.to_thread(engine.asked_all.wait, 20)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0.01)
        engine.gate_of_all.set()
        await closing
        assert digits(await accepted) == [3]

    Bench(model, engine).run(work)


def test_doubts_of_a_client_that_left_are_dropped_and_counted_once(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "LOOK_SECONDS", 0.001)
    bench = Bench(model, engine)

    async def leaving_early() -> Message:
        await asyncio.to_thread(engine.asked_all.wait, 20)
        return await leaving()

    async def work(batcher: Batcher) -> None:
        engine.gate_of_all.clear()
        with pytest.raises(ClientGoneError):
            await batcher.submit((png(),) * 40, DIGITS, consult_all=True, receive=leaving_early)
        await batcher.submit((png(),), DIGITS)  # behind the news that the client has gone
        engine.gate_of_all.set()
        assert digits(await batcher.submit((png(),), DIGITS, consult_all=True)) == [3]

    bench.run(work)
    assert engine.runs == [1, 16, 1]
    assert bench.count("tenfold_abandoned_total", reason="client_gone") == 1


def test_run_of_all_networks_that_breaks_fails_its_requests_alone(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.failures = [MemoryError()]
        with pytest.raises(InferenceCrashedError):
            await batcher.submit((png(),), DIGITS, consult_all=True)
        assert digits(await batcher.submit((png(),), DIGITS, consult_all=True)) == [3]

    bench.run(work)
    assert bench.count("tenfold_inference_crashes_total") == 1


def test_full_queue_refuses_at_once_on_both_sides_of_the_limit(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        accepted = asyncio.create_task(batcher.submit((png(),) * 4, DIGITS))
        await entered(engine)
        batcher.check_room(1)
        with pytest.raises(OverloadedError, match="4 pictures are waiting already; at most 5 may"):
            await batcher.submit((png(),) * 2, DIGITS)
        engine.gate.set()
        await accepted
        await batcher.submit((png(),) * 5, DIGITS)

    Bench(model, engine, capacity=5).run(work)


def test_deadline_frees_the_client_and_drops_the_job(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine, timeout_seconds=0.05)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        running = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        with pytest.raises(DeadlineError, match=r"within 0\.05 seconds"):
            await batcher.submit((png(),), DIGITS)
        assert batcher.queue.stuck
        with pytest.raises(DeadlineError):
            await running
        engine.gate.set()
        while batcher.queue.stuck:
            await asyncio.sleep(0.001)

    bench.run(work)
    assert engine.runs == [1]
    assert bench.count("tenfold_abandoned_total", reason="deadline") == 1


def test_work_of_a_client_that_left_is_dropped_before_inference(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "LOOK_SECONDS", 0.001)
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        running = asyncio.create_task(batcher.submit((png(),), DIGITS, receive=never))
        await entered(engine)
        with pytest.raises(ClientGoneError):
            await batcher.submit((png(),), DIGITS, receive=leaving)
        engine.gate.set()
        assert digits(await running) == [3]

    bench.run(work)
    assert engine.runs == [1]
    assert bench.count("tenfold_abandoned_total", reason="client_gone") == 1


def test_without_a_model_jobs_are_refused(engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        with pytest.raises(NotReadyError, match=r"^No model is loaded\.$"):
            await batcher.submit((png(),), DIGITS)

    Bench(None, engine).run(work)


def test_engine_failure_reaches_the_request_and_the_next_one_is_answered(
    model: LoadedModel, engine: ChosenEngine
) -> None:
    async def work(batcher: Batcher) -> None:
        engine.failures = [EngineError("broken")]
        with pytest.raises(EngineError):
            await batcher.submit((png(),), DIGITS)
        assert digits(await batcher.submit((png(),), DIGITS)) == [3]

    Bench(model, engine).run(work)


def test_round_that_breaks_fails_its_requests_alone(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        engine.failures = [MemoryError()]
        lost = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        kept = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await asyncio.sleep(0)
        engine.gate.set()
        with pytest.raises(InferenceCrashedError):
            await lost
        assert digits(await kept) == [3]
        assert digits(await batcher.submit((png(),) * 100, DIGITS)) == [3] * 100

    bench.run(work)
    assert bench.count("tenfold_inference_crashes_total") == 1


def test_model_changes_between_two_rounds(
    model: LoadedModel, engine: ChosenEngine, tiny_checkpoint: Checkpoint
) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        before = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        bench.model = chosen_model(tiny_checkpoint, ChosenEngine(8))
        reloading = asyncio.create_task(batcher.reload())
        engine.gate.set()
        assert digits(await before) == [3]
        assert await reloading
        assert digits(await batcher.submit((png(),), DIGITS)) == [8]

    bench.run(work)


def test_closing_answers_what_was_accepted_and_refuses_the_rest(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        accepted = [asyncio.create_task(batcher.submit((png(),), DIGITS)) for _ in range(3)]
        await entered(engine)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0.01)
        with pytest.raises(StoppingError):
            await batcher.submit((png(),), DIGITS)
        engine.gate.set()
        await closing
        assert [digits(await task) for task in accepted] == [[3]] * 3

    Bench(model, engine).run(work)


def test_gpu_engine_waits_for_company(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "GATHER_SECONDS", {"cuda": 0.2})
    engine.device = "cuda"

    async def work(batcher: Batcher) -> None:
        tasks = [asyncio.create_task(batcher.submit((png(),), DIGITS)) for _ in range(8)]
        await asyncio.gather(*tasks)
        assert engine.runs == [8]

    Bench(model, engine).run(work)


def test_order_without_pictures_takes_a_place_in_the_queue(model: LoadedModel, engine: ChosenEngine) -> None:
    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        accepted = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        with pytest.raises(OverloadedError):
            await batcher.submit((), ErrorSheetOrder())
        engine.gate.set()
        await accepted

    Bench(model, engine, capacity=1).run(work)


def test_dead_process_fails_what_it_held_and_is_replaced(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference_link, "RESTART_SECONDS", 0.2)
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        lost = asyncio.create_task(batcher.submit((png(),), DIGITS))
        await entered(engine)
        bench.started[0].die()
        engine.gate.set()
        with pytest.raises(InferenceCrashedError, match="died"):
            await lost
        with pytest.raises(NotReadyError, match="is being started again"):
            bench.state.check()
        async with asyncio.timeout(20):
            while bench.state.failure is not None:
                await asyncio.sleep(0.01)
        assert len(bench.started) == 2
        assert digits(await batcher.submit((png(),) * 100, DIGITS)) == [3] * 100

    bench.run(work)
    assert bench.count("tenfold_inference_crashes_total") == 1


def test_process_that_dies_where_no_thread_can_be_had_is_replaced(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What had no room for a thread ended the replacement for good."""
    monkeypatch.setattr(inference_link, "RESTART_SECONDS", 0.05)
    bench = Bench(model, engine)

    async def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def work(batcher: Batcher) -> None:
        monkeypatch.setattr("app.inference_link.asyncio.to_thread", refuse)
        bench.started[0].die()
        async with asyncio.timeout(20):
            while len(bench.started) < 2:
                await asyncio.sleep(0.01)
        assert digits(await batcher.submit((png(),), DIGITS)) == [3]

    bench.run(work)


def test_dead_process_is_not_replaced_once_the_service_stops(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference_link, "RESTART_SECONDS", 0.2)
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        bench.started[0].die()
        async with asyncio.timeout(20):
            while bench.state.failure is None:
                await asyncio.sleep(0.001)
        await batcher.close()
        await asyncio.sleep(0.3)
        assert len(bench.started) == 1

    bench.run(work)


def test_process_that_hangs_is_replaced(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was reported by /readyz alone, and stayed, with whatever was sent to it."""
    monkeypatch.setattr(inference_link, "RESTART_SECONDS", 0.05)
    monkeypatch.setattr(queueing, "HANG_DEADLINES", 3)
    bench = Bench(model, engine, timeout_seconds=0.1)

    async def work(batcher: Batcher) -> None:
        engine.gate.clear()
        with pytest.raises(DeadlineError):
            await batcher.submit((png(),), DIGITS)
        async with asyncio.timeout(20):
            while bench.started[0].link.fileno() >= 0:
                await asyncio.sleep(0.01)
            batcher.queue._timeout_seconds = 20.0  # for the process that comes next
            engine.gate.set()
            while len(bench.started) < 2 or bench.state.failure is not None:
                await asyncio.sleep(0.01)
        assert not batcher.queue.stuck
        assert digits(await batcher.submit((png(),), DIGITS)) == [3]

    bench.run(work)
    assert bench.count("tenfold_inference_crashes_total") == 1


def test_process_that_cannot_be_started_is_tried_again(
    model: LoadedModel, engine: ChosenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference_link, "RESTART_SECONDS", 0.05)
    bench = Bench(model, engine)
    start, failures = bench._start, [OSError("no room"), OSError("no room")]

    def refuse_twice() -> ThreadedInference:
        if bench.started and failures:
            raise failures.pop()
        return start()

    monkeypatch.setattr(bench, "_start", refuse_twice)

    async def work(batcher: Batcher) -> None:
        bench.started[0].die()
        async with asyncio.timeout(20):
            while len(bench.started) < 2:
                await asyncio.sleep(0.01)
        assert failures == []
        assert digits(await batcher.submit((png(),), DIGITS)) == [3]

    bench.run(work)


def test_reload_that_is_refused_leaves_the_old_model(model: LoadedModel, engine: ChosenEngine) -> None:
    bench = Bench(model, engine)

    async def work(batcher: Batcher) -> None:
        bench.model = None
        assert not await batcher.reload()
        assert bench.state.failure == "no checkpoint"
        assert bench.state.current().version == model.describe().version
        assert digits(await batcher.submit((png(),), DIGITS)) == [3]

    bench.run(work)
    assert bench.count("tenfold_reloads_total", outcome="refused") == 1
    assert bench.count("tenfold_reloads_total", outcome="accepted") == 1
