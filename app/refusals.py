"""Refusals of requests that never reach the app: what the parser's errors mean, and the answer as bytes for the socket.

What the app refuses itself is answered by its own handlers; both kinds of answer are built by `problems.py`.
"""

import uuid
from collections.abc import Iterable

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.errors import MalformedRequestError, SlowRequestError
from app.problems import problem_response
from model.errors import TenfoldError

CONNECTION = b"connection"


def parser_refusal(error: httptools.HttpParserError) -> TenfoldError:
    """Turn what the parser raised into ours.

    Parameters
    ----------
    error
        The parser's own complaint, or its wrapping of what a callback raised.

    Returns
    -------
    TenfoldError
        The callback's error if it was one of ours.
    """
    cause = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else None
    if isinstance(cause, TenfoldError):
        return cause
    return MalformedRequestError(f"The request is no valid HTTP/1.1: {cause or error}.")


def too_slow(part: str, seconds: float) -> TenfoldError:
    """Say which part of a request did not come in time.

    Parameters
    ----------
    part
        "headers" or "body".
    seconds
        Its deadline.

    Returns
    -------
    TenfoldError
        A `SlowRequestError`.
    """
    return SlowRequestError(f"The request's {part} did not arrive within {seconds:g} seconds.")


def refusal_bytes(error: Exception, *, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Build a complete HTTP answer that ends its connection.

    Parameters
    ----------
    error
        Why the request is refused.
    target
        As much of the request's target as has arrived; its path is the problem's instance.
    headers
        Those of every answer of this server, such as the date.

    Returns
    -------
    bytes
        Status line, headers and problem document, with a new request id.
    """
    request_id = uuid.uuid4().hex
    path = target.partition(b"?")[0][:200].decode("ascii", "replace")
    response = problem_response(error, instance=path, request_id=request_id)
    own = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff"), (CONNECTION, b"close")]
    others = [header for header in response.raw_headers if header[0] != CONNECTION]
    lines = [b"%b: %b\r\n" % header for header in (*headers, *others, *own)]
    return b"".join([STATUS_LINE[response.status_code], *lines, b"\r\n", bytes(response.body)])
