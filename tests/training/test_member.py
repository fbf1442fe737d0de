"""The training loop: same seed, same bits; killed and gone on with, the same bits again."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.errors import TrainingError
from model.network_configs import CompactConfig
from model.networks import DigitNetwork
from tests.conftest import Digits, tiny_recipe
from training.member import StepReport, train_member
from training.mnist import Split
from training.phases import Phase
from training.presets import SEED
from training.recipes import Recipe
from training.supply import OUTLIER_LABEL, Pool, Supply, build_supply


@pytest.fixture(scope="module")
def supply(digits: Digits) -> Supply:
    return build_supply(
        digits.training.first(600),
        validation=digits.validation.first(200),
        pools=[Pool(Split.of_one_label(digits.test.pixels[:100, ::-1], OUTLIER_LABEL), 0.1)],
        device=torch.device("cpu"),
    )


def train(
    recipe: Recipe, supply: Supply, path: Path, *, member: int = 0, stop_after: int | None = None
) -> DigitNetwork:
    """Train three epochs; `stop_after` raises in the middle of the epoch after that one, as a kill would."""

    def report(where: StepReport) -> None:
        if stop_after is not None and where.epoch == stop_after + 1 and where.step > 0:
            raise KeyboardInterrupt

    small = replace(recipe, batch_size=20)
    network, _ = train_member(
        member, small, phase=Phase(3, small.learning_rate), supply=supply, state_path=path, report=report
    )
    return network


def same_bits(first: DigitNetwork, second: DigitNetwork) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def test_same_seed_gives_the_same_bits(supply: Supply, tmp_path: Path) -> None:
    assert same_bits(train(tiny_recipe(), supply, tmp_path / "a"), train(tiny_recipe(), supply, tmp_path / "b"))


def test_another_member_gives_other_bits(supply: Supply, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), networks=tiny_recipe().networks[:1])
    assert not same_bits(train(recipe, supply, tmp_path / "a"), train(recipe, supply, tmp_path / "b", member=1))


@pytest.fixture(scope="module", params=["adamw", "sgd"])
def recipe(request: pytest.FixtureRequest) -> Recipe:
    tiny = tiny_recipe()
    return tiny if request.param == "adamw" else replace(SEED, networks=tiny.networks)


@pytest.fixture(scope="module")
def whole(recipe: Recipe, supply: Supply, tmp_path_factory: pytest.TempPathFactory) -> DigitNetwork:
    """What the recipe gives if nothing stops it."""
    return train(recipe, supply, tmp_path_factory.mktemp("whole") / "state")


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_killed_and_resumed_run_ends_with_the_same_bits(
    recipe: Recipe, whole: DigitNetwork, stop_after: int, supply: Supply, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(recipe, supply, tmp_path / "killed", stop_after=stop_after)
    torch.manual_seed(12345)  # whatever happened to the global generator meanwhile
    assert same_bits(whole, train(recipe, supply, tmp_path / "killed"))


def test_training_lowers_the_loss(supply: Supply, tmp_path: Path) -> None:
    recipe = replace(tiny_recipe(), batch_size=20)
    _, curve = train_member(
        0, recipe, phase=Phase(3, 3e-3), supply=supply, state_path=tmp_path / "state", report=lambda _: None
    )
    assert [point.epoch for point in curve] == [1, 2, 3]
    assert curve[2].training_loss < curve[0].training_loss
    assert curve[2].validation_accuracy is not None and curve[2].validation_accuracy > 0.5


def test_state_of_another_network_is_refused(supply: Supply, tmp_path: Path) -> None:
    train(tiny_recipe(), supply, tmp_path / "state")
    other = replace(tiny_recipe(), networks=(CompactConfig(),))
    with pytest.raises(TrainingError, match=r"cannot be resumed .* delete it to train this member anew"):
        train(other, supply, tmp_path / "state")


def test_loss_that_is_no_number_ends_in_one_line(supply: Supply, tmp_path: Path) -> None:
    spoilt = replace(supply, validation=None)
    recipe = replace(tiny_recipe(), learning_rate=1e-3, batch_size=20)
    with pytest.raises(TrainingError, match=r"the loss became nan in epoch 1 .* choose a lower learning rate"):
        train_member(
            0, recipe, phase=Phase(1, float("nan")), supply=spoilt, state_path=tmp_path / "s", report=lambda _: None
        )
