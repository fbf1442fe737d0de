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
        ModelState(Metrics()).check()


def test_refusal_leaves_the_model_and_a_withdrawal_does_not(model: LoadedModel) -> None:
    metrics = Metrics()
    state = ModelState(metrics)
    description = model.describe()
    state.take(description)
    state.refuse("cut")
    assert (state.current(), state.failure) == (description, "cut")
    labels = {"name": description.name, "version": description.version}
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 1
    state.withdraw()
    assert metrics.registry.get_sample_value("tenfold_model_loaded", labels) == 0
    with pytest.raises(NotReadyError, match="started again"):
        state.check()


def test_reason_is_told_where_readiness_is_asked_for_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    state, reason = ModelState(Metrics()), "/srv/checkpoint/manifest.json is not there; copy the checkpoint again"
    state.refuse(reason)
    with pytest.raises(NotReadyError, match=f"^No model is loaded. {reason}$"):
        state.check()
    with pytest.raises(NotReadyError, match=r"^No model is loaded; /readyz says why\.$"):
        state.current()
    [record] = caplog.records
    assert (record.levelname, record.exc_info) == ("ERROR", None)
    assert record.fields == {"reason": reason}  # type: ignore[attr-defined]  # ours


def test_refusal_beside_a_model_that_answers_is_a_warning(model: LoadedModel, caplog: pytest.LogCaptureFixture) -> None:
    state = ModelState(Metrics())
    state.take(model.describe())
    state.refuse("cut")
    assert [record.levelname for record in caplog.records if "refused" in record.message] == ["WARNING"]
