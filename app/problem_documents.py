"""Errors as RFC 9457 problem documents: the one place that builds them, from the table in `problem_types.py`.

Source of the format: M. Nottingham, E. Wilde, S. Dalal, "Problem Details for HTTP APIs", RFC 9457 (2023),
https://www.rfc-editor.org/rfc/rfc9457. `request_id` is our extension member. A `type` is a path of this service that
answers with the problem's meaning and remedy.
"""

from app.problem_types import INTERNAL, PROBLEMS, ProblemType
from model.errors import TenfoldError


def problem_type(error: Exception) -> ProblemType:
    """Find the row of an error: that of its nearest class in the table.

    Parameters
    ----------
    error
        Any exception.

    Returns
    -------
    ProblemType
        `INTERNAL` where no nearer class is listed.
    """
    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def problem_document(error: Exception, *, instance: str, request_id: str) -> dict[str, object]:
    """Build the problem document of an error.

    Parameters
    ----------
    error
        Any exception; one that we did not raise on purpose tells nothing but the request id.
    instance
        Path of the request.
    request_id
        The request's id, as in the log.

    Returns
    -------
    dict
        Members `type`, `title`, `status`, `detail`, `instance`, `request_id`.
    """
    kind = problem_type(error)
    foreseen = isinstance(error, TenfoldError) and kind is not INTERNAL
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": str(error) if foreseen else kind.example,
        "instance": instance,
        "request_id": request_id,
    }
