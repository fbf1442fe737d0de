"""Outcomes as JSON, written in the inference process and ready for the socket.

The shapes are those of `app/schemas.py`; tests hold one to the other.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image

from app.jobs import Outcome, Reading
from app.loading import LoadedModel
from app.orders import BatchOrder, ExplanationOrder, PredictionOrder, WordsOrder
from app.problem_documents import problem_document
from model.errors import PictureError
from model.pictures import image_to_png
from model.predictions import LayerMaps, Verdict
from model.shapes import CLASSES

DECIMALS = 7
"""Of probabilities: what float32 holds near 1; the rest would be noise of one machine."""

_WORDS = {"digit": "A {digit}.", "unsure": "Perhaps a {digit}.", "not_a_digit": "No digit.", "blank": "Nothing drawn."}
_TEN_PROBABILITIES = ", ".join([f"%.{DECIMALS}f"] * CLASSES)


def write_prediction(order: PredictionOrder, model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Write the answer to one picture; its error is raised."""
    return _write_prediction(model, _readable(outcomes[0]), include_image=order.include_image).encode()


def write_batch(order: BatchOrder, model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Write the answer to a batch; a bad picture's place holds its problem."""
    results = [
        _write_prediction(model, outcome, include_image=order.include_image)
        if isinstance(outcome, Reading)
        else json.dumps({"problem": problem_document(outcome, instance=order.instance, request_id=order.request_id)})
        for outcome in outcomes
    ]
    return f'{{"results": [{", ".join(results)}]}}'.encode()


def write_explanation(_: ExplanationOrder, model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Write a picture's way through the first member; its error is raised."""
    reading = _readable(outcomes[0])
    explanation = model.classifier.explain(reading.image)
    document = {
        "layers": [_describe_layer(layer) for layer in explanation.layers],
        "filters": np.round(explanation.first_filters[:, 0], 5).tolist(),
        "image": data_url(image_to_png(reading.image)),
    }
    prediction = _write_prediction(model, reading, include_image=False)
    return f'{{"prediction": {prediction}, {json.dumps(document)[1:]}'.encode()


def write_words(_: WordsOrder, _model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Word the answer to one picture for the page; its error is raised."""
    prediction, image = _readable(outcomes[0])
    words = {
        "verdict": prediction.verdict,
        "figure": "any" if prediction.digit is None else f"n{prediction.digit}",
        "word": _WORDS[prediction.verdict].format(digit=prediction.digit),
        "sure": f"{prediction.probability:.1%} sure" if prediction.digit is not None else "",
        "reason": prediction.reason,
        "votes": " ".join(map(str, prediction.votes)),
        "image": data_url(image_to_png(image)),
    }
    return json.dumps(words).encode()


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
