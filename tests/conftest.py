"""What all tests share: digits, and a tiny checkpoint made by the real way."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import hypothesis
import jaxtyping
import pytest
import torch
from coverage import Coverage

from model.checkpoint import Checkpoint, load_checkpoint
from model.mnist_files import find_mnist
from model.network_configs import CompactConfig, ScoutConfig
from tests.drawn_digits import draw_split
from training.mnist import Split, load_split
from training.presets import QUICK
from training.production import produce_checkpoint
from training.recipes import Recipe
from training.run import run_ensemble

# The same examples in every run, and no stopwatch: these machines are shared.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("tests")


@dataclass(frozen=True)
class Digits:
    """Training, validation and test digits for tests, and whether they are MNIST's own."""

    training: Split
    validation: Split
    test: Split
    are_mnist: bool


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put one file that needs the tiny checkpoint first and the others last, so that no worker waits for it."""
    needing = {item.path for item in items if "tiny_checkpoint" in getattr(item, "fixturenames", ())}
    maker = min(needing, default=None)
    items.sort(key=lambda item: (item.path != maker, item.path in needing))


@pytest.fixture(scope="session")
def digits() -> Digits:
    """A few thousand digits: MNIST's where it is at hand, drawn ones elsewhere."""
    if find_mnist():
        training, validation = load_split("training").first(4000), load_split("validation").first(1000)
        return Digits(training, validation, load_split("test").first(1000), are_mnist=True)
    training, validation, test = (Split(*draw_split(count, seed=seed)) for seed, count in enumerate((4000, 1000, 1000)))
    return Digits(training, validation, test, are_mnist=False)


@pytest.fixture(scope="session")
def tiny_checkpoint(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A checkpoint of a scout and two tiny networks, trained, calibrated, evaluated and exported by the real code.

    It takes a tenth of the whole run's time, so one worker makes it and the others wait: no test may change it.
    """
    torch.set_num_threads(1)
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "tiny" / "checkpoint").exists():
            with _unmeasured():
                _make_checkpoint(folder / "tiny", digits)
    return load_checkpoint(folder / "tiny" / "checkpoint")


@contextmanager
def _unmeasured() -> Iterator[None]:
    """Keep what only prepares a test out of the coverage: it asserts nothing, and tracing it takes half as long again."""
    measurement = Coverage.current()
    if measurement:
        measurement.stop()
    try:
        yield
    finally:
        if measurement:
            measurement.start()


def _make_checkpoint(folder: Path, digits: Digits) -> None:
    device = torch.device("cpu")
    run = run_ensemble(
        replace(tiny_recipe(), members=2, scout=ScoutConfig((4, 8), dropout=0.0), scout_epochs=3),
        folder / "run",
        training=digits.training.first(2000),
        validation=digits.validation,
        device=device,
        processes=1,
        report=lambda *_: None,
    )
    produce_checkpoint(run, folder / "checkpoint", validation=digits.validation, test=digits.test, device=device)


def tiny_recipe() -> Recipe:
    """A recipe that ends within seconds: members, outliers, expansion and a final phase."""
    networks = (CompactConfig((4, 8, 8), dropout=0.0), CompactConfig((4, 8, 8), halving="stride", dropout=0.0))
    return replace(
        QUICK,
        name="tiny",
        networks=networks,
        members=3,
        epochs=2,
        final_epochs=1,
        average_decay=0.9,
        batch_size=32,
        learning_rate=4e-3,
    )


@pytest.fixture
def types_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the test run's type checks off: a caller outside of it meets our own checks only."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.fixture
def mnist_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without MNIST."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TENFOLD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
