"""The pools that a run draws from: generated once, before the first member, and kept in the run's folder.

outliers.safetensors         non-digits
field.safetensors            field pictures, with their labels
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from model.errors import TrainingError
from model.shapes import Pixels
from training.field import FieldSource, generate_field
from training.mnist import Split
from training.outliers import generate_outliers
from training.recipes import Recipe

# A pool is so many times what one epoch draws, so that epochs differ; field pictures take thirty times as long to make.
_OUTLIER_EPOCHS = 4
_FIELD_EPOCHS = 2
_OUTLIER_SEED = 20_000
_FIELD_SEED = 30_000


def outlier_pool(folder: Path, recipe: Recipe, *, training: Split) -> Pixels | None:
    """Return the pool of non-digits; None where the recipe draws none.

    Parameters
    ----------
    folder
        Of the run.
    recipe
        Whose `outlier_share` decides the size.
    training
        Digits, which some non-digits are made of.

    Returns
    -------
    Pixels or None
        Uint8 (N, 28, 28).

    Raises
    ------
    TrainingError
        If the file cannot be read or written.
    """
    if not recipe.outlier_share:
        return None
    count = round(_OUTLIER_EPOCHS * recipe.outlier_share * len(training))

    def make() -> dict[str, np.ndarray]:
        pixels = generate_outliers(count, digits=training.pixels, labels=training.labels, seed=_OUTLIER_SEED)
        return {"pixels": pixels}

    return _made_once(folder / "outliers.safetensors", make)["pixels"]


def field_pool(
    folder: Path, recipe: Recipe, *, training: Split, outliers: Pixels | None, processes: int
) -> Split | None:
    """Return the pool of field pictures; None where the recipe draws none.

    Parameters
    ----------
    folder, recipe, training
        As for `outlier_pool`; `field_share` decides the size.
    outliers
        Non-digits to redraw.
    processes
        That share the work.

    Returns
    -------
    Split or None
        Labelled 0 to 9, or `OUTLIER_LABEL`.

    Raises
    ------
    TrainingError
        If the file cannot be read or written.
    """
    if not recipe.field_share or outliers is None:
        return None
    source = FieldSource(training, outliers, _FIELD_SEED)
    count = round(_FIELD_EPOCHS * recipe.field_share * len(training))

    def make() -> dict[str, np.ndarray]:
        pictures = generate_field(count, source, processes=processes)
        return {"pixels": pictures.pixels, "labels": pictures.labels}

    made = _made_once(folder / "field.safetensors", make)
    return Split(made["pixels"], made["labels"])


def _made_once(path: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Read what an earlier attempt made, or make and keep it."""
    try:
        if path.exists():
            return load_file(path)
        made = {name: np.ascontiguousarray(array) for name, array in make().items()}
        temporary = path.with_suffix(".partial")
        save_file(made, temporary)
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be used ({error}); make room, or delete it, then run again") from error
    return made
