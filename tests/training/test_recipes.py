"""Recipes: what they refuse, and the learning rate's way."""

from dataclasses import replace

import pytest

from model.errors import ConfigurationError
from model.network_configs import ChapterConfig
from model.networks import build_network
from training.presets import LARGE, QUICK, RECIPES, SEED, STANDARD
from training.recipes import Recipe, learning_rate_at


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_description_rebuilds_the_same_recipe(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_every_recipe_makes_at_least_five_members(recipe: Recipe) -> None:
    assert recipe.members >= 5 and len({recipe.seed_of(i) for i in range(recipe.members)}) == recipe.members


def test_seed_recipe_is_the_chapters_rung_seven() -> None:
    assert SEED.networks == (ChapterConfig((20, 40), (1000, 1000), "relu", 0.5),)
    assert (SEED.batch_size, SEED.learning_rate, SEED.epochs, SEED.optimiser) == (10, 0.03, 40, "sgd")
    assert SEED.one_pixel_shifts and SEED.expansion is None and SEED.weight_decay == 0


def test_large_members_have_four_to_five_million_parameters() -> None:
    assert all(4e6 < build_network(network).parameter_count < 5e6 for network in LARGE.networks)


def test_one_cycle_climbs_for_a_fifth_and_falls_to_a_thousandth() -> None:
    rates = [learning_rate_at(step, 100, recipe=STANDARD, peak=1.0) for step in range(101)]
    assert rates[0] == pytest.approx(0.1) and rates[20] == pytest.approx(1.0) and rates[100] == pytest.approx(0.001)
    assert rates[:21] == sorted(rates[:21]) and rates[20:] == sorted(rates[20:], reverse=True)


def test_constant_rate_is_constant() -> None:
    assert {learning_rate_at(step, 100, recipe=SEED, peak=0.03) for step in range(100)} == {0.03}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": 0}, "members = 0 found; 1 to 1000 is allowed"),
        ({"batch_size": 0}, "batch_size = 0 found"),
        ({"average_decay": 1.0}, "average_decay"),
        ({"networks": (ChapterConfig(),)}, "non-digits need networks with an outlier unit"),
    ],
)
def test_impossible_recipe_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(QUICK, **change)  # type: ignore[arg-type]


def test_unknown_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="warmth"):
        Recipe.from_json({**QUICK.to_json(), "warmth": 1})
