"""Outcomes of the inference thread as JSON, written on that thread and ready for the socket.

The shapes are those of `app/schemas.py`; tests hold one to the other.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache, partial
from io import BytesIO

import numpy as np
from PIL import Image

from app.jobs import Finish, Outcome, Reading
from app.loading import LoadedModel
from app.problems import problem_document
from model.errors import PictureError
from model.pictures import image_to_png
from model.predictions import LayerMaps, Verdict
from model.shapes import CLASSES

DECIMALS = 7
"""Of probabilities: what float32 holds near 1; the rest would be noise of one machine."""

_TEN_PROBABILITIES = ", ".join([f"%.{DECIMALS}f"] * CLASSES)


def single_answer(*, include_image: bool) -> Finish[bytes]:
    """Make the answer to one picture: JSON, or the picture's own error raised.

    Parameters
    ----------
    include_image
        Add what the networks saw.

    Returns
    -------
    callable
        For `Batcher.submit` with one picture.
    """
    return partial(_write_single, include_image=include_image)


def _write_single(model: LoadedModel, outcomes: Sequence[Outcome], *, include_image: bool) -> bytes:
    return _write_prediction(model, _readable(outcomes[0]), include_image=include_image).encode()


def batch_answer(*, include_image: bool, instance: str, request_id: str) -> Finish[bytes]:
    """Make the answer to a batch: JSON with one result or problem for each picture.

    Parameters
    ----------
    include_image
        As for `single_answer`.
    instance, request_id
        Of the request, for the problems.

    Returns
    -------
    callable
        For `Batcher.submit`.
    """

    def write(model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
        results = [
            _write_prediction(model, outcome, include_image=include_image)
            if isinstance(outcome, Reading)
            else json.dumps({"problem": problem_document(outcome, instance=instance, request_id=request_id)})
            for outcome in outcomes
        ]
        return f'{{"results": [{", ".join(results)}]}}'.encode()

    return write


def write_explanation(model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Make the answer that shows a picture's way through the first member.

    Parameters
    ----------
    model
        Answers.
    outcomes
        Of one picture; its error is raised.

    Returns
    -------
    bytes
        JSON.
    """
    reading = _readable(outcomes[0])
    explanation = model.classifier.explain(reading.image)
    document = {
        "layers": [_describe_layer(layer) for layer in explanation.layers],
        "filters": np.round(explanation.first_filters[:, 0], 5).tolist(),
        "image": data_url(image_to_png(reading.image)),
    }
    prediction = _write_prediction(model, reading, include_image=False)
    return f'{{"prediction": {prediction}, {json.dumps(document)[1:]}'.encode()


def _readable(outcome: Outcome) -> Reading:
    if isinstance(outcome, PictureError):
        raise outcome
    return outcome


def _write_prediction(model: LoadedModel, reading: Reading, *, include_image: bool) -> str:
    """Write one prediction; as text, because a dictionary and `json.dumps` take three times as long."""
    prediction = reading.prediction
    image = f', "image": "{data_url(image_to_png(reading.image))}"' if include_image else ""
    return (
        f"{{{_write_judgement(prediction.digit, prediction.verdict, prediction.reason)}, "
        f'"probability": {prediction.probability:.{DECIMALS}f}, '
        f'"probabilities": [{_TEN_PROBABILITIES % prediction.probabilities}], '
        f'"votes": {list(prediction.votes)}, "agreement": {prediction.agreement}, '
        f'"members_consulted": {prediction.members_consulted}, "model": {model.reference}{image}}}'
    )


@lru_cache(maxsize=256)
def _write_judgement(digit: int | None, verdict: Verdict, reason: str) -> str:
    """Write the members in words; there are about a hundred different ones."""
    return json.dumps({"digit": digit, "verdict": verdict, "reason": reason})[1:-1]


def _describe_layer(layer: LayerMaps) -> dict[str, object]:
    channels, height, width = layer.maps.shape
    return {
        "name": layer.name,
        "kind": layer.kind,
        "channels": channels,
        "height": height,
        "width": width,
        "strip": data_url(_draw_strip(layer.maps)),
    }


def _draw_strip(maps: np.ndarray) -> bytes:
    """Draw maps (channels, height, width) side by side as a PNG, the layer's range spread over black to white."""
    low, high = float(maps.min()), float(maps.max())
    spread = (maps - low) * (255 / (high - low) if high > low else 0)
    row = np.concatenate(list(spread), axis=1)
    encoded = BytesIO()
    Image.fromarray(np.rint(row).astype(np.uint8)).save(encoded, "PNG")
    return encoded.getvalue()


def data_url(png: bytes) -> str:
    """Write a PNG as a data URL."""
    return f"data:image/png;base64,{b64encode(png).decode()}"
