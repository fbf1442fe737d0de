"""Retries, splitting and reading of answers, without a network and without waiting."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tenfold_client import AnswerError, Patience, ProblemError, UnreachableError
from tenfold_client.conversation import MOST_BYTES, MOST_PICTURES, Answer, Ask, Conversation, Outcome, Pause, ask, split

PATIENCE = Patience(attempts=4, most_seconds=5)
REQUEST = httpx.Request("GET", "http://tenfold.example/v1/model")
LOST = httpx.ConnectError("refused")


def respond(status: int, document: object = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers, request=REQUEST)


def problem(status: int, **headers: str) -> httpx.Response:
    document = {"type": "/problems/overloaded", "title": "Overloaded", "status": status, "detail": "Full."}
    return respond(status, document, **headers)


def carry_out(conversation: Conversation[Answer], outcomes: Iterable[Outcome]) -> tuple[Answer, list[float]]:
    """Answer each request with the next outcome; return what came of it, and the pauses asked for."""
    remaining, pauses = iter(outcomes), []
    step = next(conversation)
    try:
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
            step = conversation.send(next(remaining) if isinstance(step, Ask) else None)
    except StopIteration as end:
        assert next(remaining, None) is None, "not every outcome was asked for"
        return end.value, pauses


def converse(*outcomes: Outcome, patience: Patience = PATIENCE) -> tuple[object, list[float]]:
    return carry_out(ask(Ask("GET", "/v1/model"), patience=patience), outcomes)


def test_an_answer_needs_no_pause() -> None:
    assert converse(respond(200, {"name": "tenfold"})) == ({"name": "tenfold"}, [])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_is_asked_again_when_it_says(status: int) -> None:
    answer, pauses = converse(problem(status, **{"Retry-After": "2"}), respond(200, {}))
    assert answer == {}
    assert [2 <= pause <= 2.5 for pause in pauses] == [True]


def test_a_date_in_retry_after_is_understood() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    _, (pause,) = converse(problem(503, **{"Retry-After": later}), respond(200, {}))
    assert 2 <= pause <= 5


def test_without_a_hint_the_pauses_double() -> None:
    _, pauses = converse(LOST, respond(503, "?", **{"Retry-After": "soon"}), LOST, respond(200, {}))
    assert [0.1 <= pauses[0] <= 0.125, 0.2 <= pauses[1] <= 0.25, 0.4 <= pauses[2] <= 0.5] == [True] * 3


def test_the_last_refusal_is_raised() -> None:
    with pytest.raises(ProblemError, match="503 Overloaded: Full"):
        converse(*[problem(503)] * 4)


def test_a_longer_wait_than_patience_is_not_waited_for() -> None:
    with pytest.raises(ProblemError, match="503"):
        converse(problem(503, **{"Retry-After": "6"}))


def test_connections_lost_to_the_end_are_told() -> None:
    with pytest.raises(UnreachableError, match=r"after 4 attempts: ConnectError\('refused'\)"):
        converse(*[LOST] * 4)


def test_a_refusal_for_good_is_not_asked_again() -> None:
    with pytest.raises(ProblemError, match="422"):
        converse(problem(422))


@pytest.mark.parametrize("response", [respond(404, {"detail": "?"}), httpx.Response(200, text="<p>", request=REQUEST)])
def test_an_answer_of_somebody_else_is_told(response: httpx.Response) -> None:
    with pytest.raises(AnswerError, match="not as Tenfold does"):
        converse(response)


def test_patience_of_no_attempt_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Patience(attempts=0)


def test_batches_are_full_and_keep_the_order() -> None:
    pictures = [bytes([index % 251]) for index in range(2 * MOST_PICTURES + 1)]
    batches = list(split(pictures))
    assert [len(batch) for batch in batches] == [MOST_PICTURES, MOST_PICTURES, 1]
    assert [picture for batch in batches for picture in batch] == pictures


def test_batches_stay_below_the_most_bytes() -> None:
    half = bytes(MOST_BYTES // 2)
    assert [len(batch) for batch in split([half, half, half, bytes(MOST_BYTES + 1), b"1"])] == [2, 1, 1, 1]
