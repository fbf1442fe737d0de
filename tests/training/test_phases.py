"""What a member goes through, and which of it decides."""

from dataclasses import replace

import pytest

from training.phases import CHOOSING, FIELD, FINAL, chosen_phase, phases_of, shipped_phase
from training.presets import DISTILLED, QUICK, SEED, STANDARD
from training.recipes import Recipe

SCOUT = STANDARD.members


def test_member_goes_from_clean_digits_to_the_field_to_everything() -> None:
    phases = phases_of(STANDARD, 0)
    assert [phase.name for phase in phases] == [CHOOSING, FIELD, FINAL]
    assert [phase.sees_field for phase in phases] == [False, True, True]
    assert [phase.sees_validation for phase in phases] == [False, False, True]


def test_rates_fall_from_phase_to_phase() -> None:
    rates = [phase.learning_rate for phase in phases_of(STANDARD, 0)]
    assert rates == sorted(rates, reverse=True) and len(set(rates)) == 3


@pytest.mark.parametrize(
    ("recipe", "member", "epochs"),
    [
        (DISTILLED, 0, DISTILLED.epochs),
        (DISTILLED, SCOUT, DISTILLED.scout_epochs),
        (STANDARD, SCOUT, STANDARD.scout_epochs),
    ],
)
def test_who_is_taught_sees_the_field_from_the_start(recipe: Recipe, member: int, epochs: int) -> None:
    phases = phases_of(recipe, member)
    assert [phase.name for phase in phases] == [CHOOSING, FINAL]
    assert phases[0].sees_field and phases[0].epochs == epochs


def test_choices_are_made_by_what_has_not_seen_validation() -> None:
    assert chosen_phase(STANDARD, 0).name == FIELD
    assert chosen_phase(DISTILLED, 0).name == CHOOSING
    assert chosen_phase(STANDARD, SCOUT).name == CHOOSING
    assert chosen_phase(QUICK, 0).name == CHOOSING


def test_last_phase_is_shipped() -> None:
    assert shipped_phase(STANDARD, 0).name == shipped_phase(STANDARD, SCOUT).name == FINAL
    assert shipped_phase(SEED, 0).name == CHOOSING


def test_final_phase_without_field_pictures_sees_none() -> None:
    assert not shipped_phase(replace(STANDARD, field_epochs=0, field_share=0.0), 0).sees_field
