"""The OpenAPI document: routes declare what they answer here, problems included, and FastAPI assembles the rest.

Routes that answer with bytes of their own (`app/direct.py`) are described by the same declarations as the others, so the
document cannot tell them apart; tests hold every answer to it.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import errors
from app.problem_types import INTERNAL, PROBLEMS, ProblemType
from app.problems import MEDIA_TYPE
from app.schemas import Problem
from model import errors as model_errors

Responses = dict[int | str, dict[str, Any]]

ANY_REQUEST = (
    errors.MalformedRequestError,
    errors.SlowRequestError,
    errors.UrlTooLongError,
    errors.HeadTooLargeError,
    errors.TooManyConnectionsError,
)
"""What any request may be answered with before it reaches its route."""

GUARDED_REQUEST = (*ANY_REQUEST, errors.UnauthorizedError, errors.RateLimitedError)
MODEL_REQUEST = (*GUARDED_REQUEST, errors.NotReadyError)
QUEUED_REQUEST = (*MODEL_REQUEST, errors.OverloadedError, errors.DeadlineError, errors.StoppingError)
PICTURE_REQUEST = (
    *QUEUED_REQUEST,
    errors.ParameterError,
    errors.BodyTooLargeError,
    errors.MediaTypeError,
    errors.PictureMissingError,
    model_errors.PictureFormatError,
    model_errors.PictureDamagedError,
    model_errors.PictureTooLargeError,
)

EXAMPLE_PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAM0lEQVR42mNgGDaAEc76jynIRJpZ/xFG4NXJRK6ppOrEY+d/"
    "ch30n3idTOSaSmrAD2YAABBFCwrBLBkDAAAAAElFTkSuQmCC"
)
"""A seven of three strokes, drawn for this document, so that what it shows can be tried."""


def problem_responses(*kinds: type[Exception]) -> Responses:
    """Describe the problems that a route may answer with.

    Parameters
    ----------
    *kinds
        Error classes, each with a row in `app.problems.PROBLEMS`; the internal error is added.

    Returns
    -------
    dict
        For FastAPI's `responses`: one entry for each status, with an example for each problem of it.
    """
    rows = [*dict.fromkeys(PROBLEMS[kind] for kind in kinds), INTERNAL]
    statuses = sorted({row.status for row in rows})
    return {status: _describe([row for row in rows if row.status == status]) for status in statuses}


def _describe(rows: list[ProblemType]) -> dict[str, Any]:
    examples = {
        row.slug: {
            "summary": row.title,
            "value": {
                "type": row.uri,
                "title": row.title,
                "status": row.status,
                "detail": row.example,
                "instance": "/v1/predictions",
                "request_id": "5f0c1a9be2d34c77",
            },
        }
        for row in rows
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    described: dict[str, Any] = {
        "description": " ".join(f"{row.title}: {row.meaning}" for row in rows),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    if rows[0].status in (429, 503):
        described["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return described


def picture_body(*, batch: bool = False) -> dict[str, Any]:
    """Describe the request body of a route that takes one picture, or many.

    Parameters
    ----------
    batch
        Many: only multipart will do.

    Returns
    -------
    dict
        For FastAPI's `openapi_extra`.
    """
    binary = {"type": "string", "format": "binary"}
    if batch:
        form = {"pictures": {"type": "array", "items": binary, "minItems": 1}}
        return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _object(form)}}}}
    content: dict[str, Any] = {kind: {"schema": binary} for kind in ("image/png", "image/jpeg", "image/webp")}
    content["multipart/form-data"] = {"schema": _object({"picture": binary})}
    text = {
        "type": "string",
        "description": "Base64, or a data URL.",
        "examples": [EXAMPLE_PICTURE],
    }
    content["application/json"] = {"schema": {**_object({"picture": text}), "additionalProperties": False}}
    return {"requestBody": {"required": True, "content": content}}


def _object(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(properties), "properties": dict(properties)}


def query_parameters(model: type[Any]) -> list[dict[str, Any]]:
    """Describe a pydantic model's fields as optional query parameters, for routes that read them themselves."""
    fields = model.model_json_schema()["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": schema.get("description", "")}
        for name, schema in fields.items()
    ]


def install_openapi(app: FastAPI) -> None:
    """Make the app's document complete: the schema of problems, and the page that explains each of them.

    Parameters
    ----------
    app
        With all its routes.
    """

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            _drop_framework_errors(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _drop_framework_errors(document: dict[str, Any]) -> None:
    """Remove the 422 that FastAPI promises for every parameter: here that is a problem with status 400."""
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
