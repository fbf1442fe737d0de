"""What a member goes through: one stretch of training after the other, each with a schedule of its own.

First the digits of the training split; then field pictures among them; then, once everything is decided, validation's digits
too. Who is taught begins with what the teachers know, and needs no first stretch without field pictures.
"""

from dataclasses import dataclass

from training.recipes import Recipe

CHOOSING = "choosing"
"""On the training split: validation is unseen."""

FIELD = "field"
"""With field pictures among the digits; validation is still unseen."""

FINAL = "final"
"""On training and validation together, when everything is decided."""

# Of the recipe's peak: the weights are good already, a full climb would throw them away.
_FIELD_RATE = 0.4
_FINAL_RATE = 0.2


@dataclass(frozen=True)
class Phase:
    """One stretch of training.

    Parameters
    ----------
    epochs
        Passes over the supply.
    learning_rate
        The peak.
    name
        Of the files it leaves behind.
    sees_field
        Whether field pictures are among the digits.
    sees_validation
        Whether the validation split is trained on.
    """

    epochs: int
    learning_rate: float
    name: str = CHOOSING
    sees_field: bool = False
    sees_validation: bool = False


def phases_of(recipe: Recipe, member: int) -> tuple[Phase, ...]:
    """List what a member goes through.

    Parameters
    ----------
    recipe
        How the ensemble is trained.
    member
        Counted from 0; the scout has the number after the last.

    Returns
    -------
    tuple of Phase
        In order; at least one.
    """
    peak, has_field = recipe.learning_rate, recipe.field_share > 0
    is_scout = member == recipe.members
    is_taught = recipe.is_taught(member)
    phases = [
        Phase(recipe.scout_epochs if is_scout else recipe.epochs, peak, CHOOSING, sees_field=is_taught and has_field)
    ]
    if recipe.field_epochs and not is_scout:
        phases.append(Phase(recipe.field_epochs, peak * _FIELD_RATE, FIELD, sees_field=True))
    if recipe.final_epochs:
        phases.append(Phase(recipe.final_epochs, peak * _FINAL_RATE, FINAL, has_field, sees_validation=True))
    return tuple(phases)


def chosen_phase(recipe: Recipe, member: int) -> Phase:
    """Return the last phase that has not seen validation: every choice is made by what it leaves behind."""
    return [phase for phase in phases_of(recipe, member) if not phase.sees_validation][-1]


def shipped_phase(recipe: Recipe, member: int) -> Phase:
    """Return the last phase."""
    return phases_of(recipe, member)[-1]
