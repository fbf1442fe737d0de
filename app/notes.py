"""Notes: what log and metrics are told of one answered request, and of one round of pictures."""

from collections.abc import Sequence
from typing import NamedTuple


class RequestNote(NamedTuple):
    """One answered request.

    Parameters
    ----------
    at_seconds
        When it was answered, since the epoch.
    method, path, status
        Of the request and its answer; no query, no headers.
    route
        The path's pattern, so that clients cannot make up label values.
    seconds
        From the request's head to its answer's last byte.
    request_id, client
        Who asked.
    """

    at_seconds: float
    method: str
    path: str
    route: str
    status: int
    seconds: float
    request_id: str
    client: str


class RoundNote(NamedTuple):
    """One round.

    Parameters
    ----------
    waits
        Seconds from submission to this round, of the jobs whose first it was.
    verdicts
        Of the predictions made.
    abandoned
        Why jobs were dropped, one reason each.
    decode_seconds, inference_seconds
        Of the whole round; a run of all networks, for what was in doubt, has nothing to decode.
    """

    waits: Sequence[float]
    verdicts: Sequence[str]
    abandoned: Sequence[str]
    decode_seconds: float
    inference_seconds: float
