"""What is said and in which order, without saying it: a generator asks for requests and pauses, and is sent the outcomes.

The synchronous and the asynchronous client carry out the same conversations, so that retries, splitting and the reading of
answers exist once and are tested without a network. The idea is known as sans-I/O (C. Benfield, 2016,
https://sans-io.readthedocs.io).
"""

import random
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tenfold_client.answers import (
    AnswerError,
    Prediction,
    Problem,
    ProblemError,
    UnreachableError,
    read_prediction,
    read_results,
)

Picture = bytes | PathLike[str]
"""An encoded picture (PNG, JPEG or WebP), or the path of one."""

Parts = list[tuple[str, tuple[str, bytes, str]]]
Answer = TypeVar("Answer")

MOST_PICTURES = 256  # TENFOLD_MAX_BATCH's default; where it is lower, the answer 413 makes the client split further
MOST_BYTES = 24 * 1024 * 1024  # below TENFOLD_MAX_BATCH_BODY_BYTES' default of 32 MiB
LATER = frozenset({429, 502, 503, 504})  # 502 and 504 come from proxies whose service is just starting
TOO_LARGE = 413


@dataclass(frozen=True)
class Ask:
    """One request: an address below the service's, and what to send."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    parts: Parts | None = None


@dataclass(frozen=True)
class Pause:
    """Wait before going on."""

    seconds: float


Step = Ask | Pause
Outcome = httpx.Response | httpx.TransportError | None
Conversation = Generator[Step, Outcome, Answer]


@dataclass(frozen=True)
class Patience:
    """How long to go on asking a service that is overloaded, starting or away.

    Parameters
    ----------
    attempts
        Times that one request is sent at most.
    most_seconds
        Longest single pause; a longer `Retry-After` is not waited for.
    """

    attempts: int = 6
    most_seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts = {self.attempts} found; at least 1 is allowed")

    def pause_seconds(self, attempt: int, response: httpx.Response | None) -> float | None:
        """Say how long to wait after a failed attempt.

        Parameters
        ----------
        attempt
            How many were made.
        response
            The refusal, if there was one.

        Returns
        -------
        float or None
            What `Retry-After` says, else 0.1, 0.2, 0.4, ... seconds; up to a quarter more, so that clients refused
            together do not return together. None: give up.
        """
        wanted = _retry_after(response) if response is not None else None
        seconds = wanted if wanted is not None else min(0.1 * 2 ** (attempt - 1), self.most_seconds)
        if attempt >= self.attempts or seconds > self.most_seconds:
            return None
        return seconds * random.uniform(1, 1.25)


def _retry_after(response: httpx.Response) -> float | None:
    """Read `Retry-After`, which holds seconds or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def ask(request: Ask, *, patience: Patience) -> Conversation[Any]:
    """Send one request until it is answered; return the answer's JSON.

    Asking again is safe: no request of this API changes anything.
    """
    for attempt in range(1, patience.attempts + 1):
        outcome = yield request
        response = outcome if isinstance(outcome, httpx.Response) else None
        if response is not None and response.status_code not in LATER:
            return _read_json(response)
        seconds = patience.pause_seconds(attempt, response)
        if seconds is None:
            break
        yield Pause(seconds)
    if response is not None:
        return _read_json(response)
    raise UnreachableError(f"No answer after {attempt} attempts: {outcome!r}")


def _read_json(response: httpx.Response) -> Any:  # noqa: ANN401  # JSON is what it is
    try:
        document = response.json()
    except ValueError:
        document = None
    if response.is_success and document is not None:
        return document
    if isinstance(document, dict) and {"type", "title", "status", "detail"} <= document.keys():
        raise ProblemError(Problem.from_json(document))
    raise AnswerError(
        f"{response.request.url} answered {response.status_code} and not as Tenfold does: {response.text[:200]!r}"
    )


def read_one(picture: Picture, *, query: dict[str, str], patience: Patience) -> Conversation[Prediction]:
    """Have one picture read."""
    request = Ask("POST", "/v1/predictions", query=query, content=_content(picture))
    return read_prediction((yield from ask(request, patience=patience)))


def read_all(
    pictures: Iterable[Picture], *, query: dict[str, str], patience: Patience
) -> Conversation[list[Prediction | Problem]]:
    """Have any number of pictures read, in as few batches as the service's limits allow."""
    results: list[Prediction | Problem] = []
    for batch in split(pictures):
        results += yield from _read_batch(batch, query=query, patience=patience)
    return results


def split(pictures: Iterable[Picture]) -> Iterator[list[bytes]]:
    """Fill batches with pictures, in order; a path is opened when its turn comes."""
    batch: list[bytes] = []
    batch_bytes = 0
    for picture in pictures:
        content = _content(picture)
        if batch and (len(batch) == MOST_PICTURES or batch_bytes + len(content) > MOST_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(content)
        batch_bytes += len(content)
    if batch:
        yield batch


def _read_batch(
    batch: list[bytes], *, query: dict[str, str], patience: Patience
) -> Conversation[list[Prediction | Problem]]:
    """Have one batch read; in halves where this service allows less, down to single pictures that are too large."""
    parts = [("pictures", (str(index), content, "application/octet-stream")) for index, content in enumerate(batch)]
    request = Ask("POST", "/v1/predictions/batch", query=query, parts=parts)
    try:
        results = read_results((yield from ask(request, patience=patience)))
    except ProblemError as error:
        if error.problem.status != TOO_LARGE:
            raise
        if len(batch) == 1:
            return [error.problem]
        half = len(batch) // 2
        first = yield from _read_batch(batch[:half], query=query, patience=patience)
        return first + (yield from _read_batch(batch[half:], query=query, patience=patience))
    if len(results) != len(batch):
        raise AnswerError(f"{len(results)} results came back for {len(batch)} pictures")
    return results


def _content(picture: Picture) -> bytes:
    return picture if isinstance(picture, bytes) else Path(picture).read_bytes()
