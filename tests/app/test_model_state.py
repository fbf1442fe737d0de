import pytest

from app.errors import NotReadyError
from app.loading import LoadedModel
from app.metrics import Metrics
from app.model_state import ModelState
from model.checkpoint import Checkpoint
from tests.app.samples import ChosenEngine, chosen_model


@pytest.fixture
def model(tiny_checkpoint: Checkpoint) -> LoadedModel:
    return chosen_model(tiny_checkpoint, ChosenEngine())


def test_nothing_answers_before_the_first_load() -> None:
    with pytest.raises(NotReadyError, match="still being loaded"):
        ModelState(Metrics()).current()


def test_refusal_leaves_the_model_and_a_withdrawal_does_not(model: LoadedModel) -> None:
    metrics = Metrics()
    state = ModelState(metrics)
    description = model.describe()
    state.take(description)
    state.refuse("cut")
    assert (state.current(), state.failure) == (description, "cut")
    labels = {"name": description.name, "version": description.version}
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 1
    state.withdraw("died")
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 0
    with pytest.raises(NotReadyError, match="died"):
        state.current()
