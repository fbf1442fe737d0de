import pytest

from app.errors import NotReadyError
from app.loading import LoadedModel
from app.metrics import Metrics
from app.model_state import REFUSED, ModelState
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
    assert (state.current(), state.failure) == (description, REFUSED)
    labels = {"name": description.name, "version": description.version}
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 1
    state.withdraw()
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 0
    with pytest.raises(NotReadyError, match="started again"):
        state.current()


def test_clients_are_not_told_what_only_the_operator_may_know(caplog: pytest.LogCaptureFixture) -> None:
    state = ModelState(Metrics())
    state.refuse("/srv/secret/manifest.json is not there; copy the checkpoint again")
    with pytest.raises(NotReadyError, match=r"^No model is loaded\. Its checkpoint cannot be used; [^/]*$"):
        state.current()
    [record] = caplog.records
    assert (record.levelname, record.exc_info) == ("ERROR", None)
    assert record.fields == {"reason": "/srv/secret/manifest.json is not there; copy the checkpoint again"}  # type: ignore[attr-defined]  # ours


def test_refusal_beside_a_model_that_answers_is_a_warning(model: LoadedModel, caplog: pytest.LogCaptureFixture) -> None:
    state = ModelState(Metrics())
    state.take(model.describe())
    state.refuse("cut")
    assert [record.levelname for record in caplog.records if "refused" in record.message] == ["WARNING"]
