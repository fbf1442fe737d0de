"""Errors as HTTP answers: the document, status and headers of every one."""

import json

from starlette.responses import Response

from app import errors
from app.problem_documents import problem_document, problem_type
from app.whole import WholeResponse

MEDIA_TYPE = "application/problem+json"


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
