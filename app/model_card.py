"""The model card: what `/v1/model` and `tenfold info` tell of the model that answers.

Everything comes from the checkpoint; nothing is measured here. The idea of a card is from M. Mitchell et al., *Model Cards
for Model Reporting* (2019), https://arxiv.org/abs/1810.03993.
"""

import json
from dataclasses import asdict

from model.classifier import Classifier

LIMITS = (
    "Reads one handwritten digit, 0 to 9, a picture; it finds no digits in a page and reads no numbers of several digits.",
    "Trained on MNIST: digits of American census takers and students of the 1990s, written by hand on paper.",
    "A verdict of digit is wrong about once in a thousand times on such digits, more often on other handwriting.",
)
"""What a user must know before trusting an answer."""


def build_model_card(classifier: Classifier) -> bytes:
    """Write the model card.

    Parameters
    ----------
    classifier
        Whose checkpoint is described.

    Returns
    -------
    bytes
        JSON, as `app.schemas.ModelCard` describes it.
    """
    checkpoint = classifier.checkpoint
    manifest = asdict(checkpoint.manifest)
    card = {
        **{key: value for key, value in manifest.items() if key not in {"format_version"}},
        "parameters": checkpoint.manifest.parameters,
        "multiply_adds": checkpoint.manifest.multiply_adds,
        "engine": classifier.engine.name,
        "limits": LIMITS,
        "evaluation": _without_errors(asdict(checkpoint.evaluation)),
    }
    return json.dumps(card).encode()


def _without_errors(evaluation: dict[str, object]) -> dict[str, object]:
    """Leave the errors to the gallery; their number stays."""
    errors = evaluation.pop("errors")
    assert isinstance(errors, tuple | list)
    return {**evaluation, "errors": len(errors)}
