"""What Starlette and FastAPI raise about a request, turned into our own errors.

Apart from `problems.py`, which the server's connections need before there is an app: importing FastAPI takes as long as
everything else that a worker does before it can start its inference process.
"""

from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app import errors


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
