"""The ladder's table: networks, schedules, and the chapter's gradient step."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from model.errors import ConfigurationError
from model.networks import build_network
from tests.conftest import Digits
from training.member import train_member
from training.phases import Phase
from training.rungs import (
    BOOK_VOTE,
    RUNGS,
    VOTE_PARAMETERS,
    VOTERS,
    Rung,
    choose_rungs,
    schedule_rungs,
)
from training.supply import build_supply

# key: parameters, epochs, learning rate, lambda, pictures, the book's accuracy; copied from the chapter.
_CHAPTER = {
    "1": (79_510, 60, 0.1, 0.0, 50_000, 0.9780),
    "2": (289_630, 60, 0.1, 0.0, 50_000, 0.9878),
    "3": (85_670, 60, 0.1, 0.0, 50_000, 0.9906),
    "4": (85_670, 60, 0.03, 0.1, 50_000, 0.9923),
    "5.100": (85_670, 60, 0.03, 0.1, 250_000, 0.9937),
    "5.300": (215_870, 60, 0.03, 0.1, 250_000, 0.9946),
    "5.1000": (671_570, 60, 0.03, 0.1, 250_000, 0.9943),
    "6.100": (95_770, 60, 0.03, 0.1, 250_000, 0.9943),
    "6.300": (306_170, 60, 0.03, 0.1, 250_000, 0.9948),
    "6.1000": (1_672_570, 60, 0.03, 0.1, 250_000, 0.9947),
    "7": (1_672_570, 40, 0.03, 0.0, 250_000, 0.9960),
}


def test_every_rung_of_the_chapter_is_there_in_order() -> None:
    assert [rung.key for rung in RUNGS] == list(_CHAPTER)
    assert BOOK_VOTE == 0.9967


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.key)
def test_rung_is_the_chapters(rung: Rung) -> None:
    recipe = rung.recipe
    _, epochs, rate, regularisation, pictures, accuracy = _CHAPTER[rung.key]
    assert (recipe.epochs, recipe.learning_rate, rung.pictures_per_epoch) == (epochs, rate, pictures)
    assert recipe.weight_decay * pictures == pytest.approx(regularisation)
    assert rung.book_accuracy == accuracy
    assert (recipe.batch_size, recipe.optimiser, recipe.schedule, recipe.average_decay) == (10, "sgd", "constant", 0)
    assert (recipe.expansion, recipe.outlier_share, recipe.precision, recipe.final_epochs) == (None, 0, "float32", 0)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.key)
def test_parameters_are_exact(rung: Rung) -> None:
    assert build_network(rung.network).parameter_count == rung.parameters == _CHAPTER[rung.key][0]


def test_vote_has_the_parameters_of_five_nets() -> None:
    assert VOTERS * RUNGS[-1].parameters == VOTE_PARAMETERS == 8_362_850


def test_dropout_is_on_the_top_rung_alone() -> None:
    assert [rung.key for rung in RUNGS if rung.network.dropout] == ["7"]
    assert RUNGS[-1].network.dropout == 0.5


@pytest.mark.parametrize("rung", schedule_rungs("quick"), ids=lambda rung: rung.key)
def test_quick_rung_takes_25000_steps_and_is_else_the_chapters(rung: Rung) -> None:
    chapter = next(other for other in RUNGS if other.key == rung.key)
    assert rung.recipe.epochs * rung.pictures_per_epoch == 250_000
    assert replace(rung.recipe, epochs=chapter.recipe.epochs) == chapter.recipe


def test_step_decays_weights_by_lambda_over_n_and_leaves_biases(digits: Digits, tmp_path: Path) -> None:
    """The original divides lambda by the number of batches: ten times as strong. Held to a step written out by hand."""
    recipe = replace(RUNGS[3].recipe, weight_decay=0.5, epochs=1)
    ten = digits.training.first(10)
    start = build_network(RUNGS[3].network)
    supply = build_supply(ten, validation=ten, device=torch.device("cpu"))
    images = supply.images.float() / 255
    functional.cross_entropy(start(images), supply.labels).backward()  # type: ignore[no-untyped-call]  # torch's
    expected = {
        name: value.detach() - 0.03 * (value.grad + (0.5 * value.detach() if value.ndim > 1 else 0))
        for name, value in start.named_parameters()
        if value.grad is not None
    }
    trained, _ = train_member(
        0,
        recipe,
        phase=Phase(1, 0.03),
        supply=supply,
        start=start,
        state_path=tmp_path / "state",
        report=lambda _: None,
    )
    for name, value in trained.named_parameters():
        torch.testing.assert_close(value.detach(), expected[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("1-3", ["1", "2", "3"]),
        ("5.300,1", ["1", "5.300"]),
        ("5", ["5.100", "5.300", "5.1000"]),
        ("1-8", list(_CHAPTER)),
        ("8", ["7"]),
    ],
)
def test_rungs_are_chosen(text: str, keys: list[str]) -> None:
    assert [rung.key for rung in choose_rungs(text, seeds=1)] == keys


def test_vote_asks_for_five_nets_and_the_rest_for_the_seeds() -> None:
    seeds = {rung.key: rung.recipe.members for rung in choose_rungs("4,7,8", seeds=2)}
    assert seeds == {"4": 2, "7": 5}
    assert choose_rungs("7", seeds=2)[0].recipe.members == 2
    assert choose_rungs("7-8", seeds=9)[0].recipe.members == 9


@pytest.mark.parametrize("text", ["0", "9", "3-1", "5.200", "", "one"])
def test_unknown_rung_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"rung '{text}' found; known are 1 to 8"):
        choose_rungs(text, seeds=1)


def test_no_seeds_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="0 seeds found; at least 1"):
        choose_rungs("1", seeds=0)
