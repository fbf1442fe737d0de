"""Errors as HTTP answers: the framework's are turned into ours, and every one into its document, status and headers."""

import json
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import errors
from app.problem_documents import problem_document, problem_type
from app.whole import WholeResponse

MEDIA_TYPE = "application/problem+json"


def own_error(error: Exception, *, method: str, path: str) -> Exception:
    """Turn the framework's exceptions into ours.

    Parameters
    ----------
    error
        Any exception that left a route.
    method, path
        Those of the request.

    Returns
    -------
    Exception
        A `TenfoldError` for what Starlette and FastAPI raise about a request; anything else as it came.
    """
    if isinstance(error, RequestValidationError):
        return errors.ParameterError("; ".join(_explain(problem) for problem in error.errors()))
    if isinstance(error, HTTPException):
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "")
            return errors.MethodError(f"{path} does not answer {method}; allowed: {allowed}.", allowed=allowed)
        if error.status_code == 404:
            return errors.NotFoundError(f"Nothing is at {path}.")
        if error.status_code < 500:
            return errors.MalformedRequestError(str(error.detail))
    return error


def _explain(problem: Any) -> str:  # noqa: ANN401  # FastAPI types its error dictionaries so
    """Name the parameter, what it holds and what is allowed."""
    place, *names = problem["loc"]
    found = ascii(problem["input"])[:80]
    return f"{place} parameter {'.'.join(map(str, names))} is {found}: {problem['msg']}"


def problem_response(error: Exception, *, instance: str, request_id: str) -> Response:
    """Build the HTTP answer of an error: its document, status and headers.

    Parameters
    ----------
    error, instance, request_id
        As for `problem_document`.

    Returns
    -------
    Response
        With `Retry-After`, `Allow`, `WWW-Authenticate` or `Connection` where they belong.
    """
    document = problem_document(error, instance=instance, request_id=request_id)
    body = json.dumps(document).encode()
    return WholeResponse(body, problem_type(error).status, headers=_headers(error), media_type=MEDIA_TYPE)


def _headers(error: Exception) -> dict[str, str]:
    """Give the headers that go with an error."""
    headers = {"cache-control": "no-store"}
    if isinstance(error, errors.UnavailableError | errors.RateLimitedError):
        headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, errors.MethodError):
        headers["allow"] = error.allowed
    if isinstance(error, errors.UnauthorizedError):
        headers["www-authenticate"] = 'Bearer realm="tenfold"'
    if isinstance(error, errors.BodyTooLargeError):
        headers["connection"] = "close"  # the rest of the body is not read, so the next request could not be found
    return headers
