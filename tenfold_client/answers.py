"""What the service answers, as types, and what can go wrong instead.

    ClientError                 all of the below
    ├── ProblemError            the service refused, and says why
    ├── UnreachableError        nobody answered
    └── AnswerError             something answered that is not Tenfold

They descend from no error of the service: a client may live where its packages are not installed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

Verdict = Literal["digit", "unsure", "blank", "not_a_digit"]


class ClientError(Exception):
    """The service gave no answer to what was asked."""


class UnreachableError(ClientError):
    """Nobody answered at the service's address, or not in time."""


class AnswerError(ClientError):
    """The answer is none of Tenfold's."""


@dataclass(frozen=True)
class Problem:
    """Why the service refused: a problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    request_id: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read a problem document; members that a later version adds are passed over."""
        return cls(**_known(cls, document))


class ProblemError(ClientError):
    """The service refused.

    Parameters
    ----------
    problem
        Why.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


@dataclass(frozen=True)
class Model:
    """Which model answered."""

    name: str
    version: str


@dataclass(frozen=True)
class Prediction:
    """What was read in one picture; the fields are those of the API."""

    digit: int | None
    verdict: Verdict
    reason: str
    probability: float
    probabilities: tuple[float, ...]
    votes: tuple[int, ...]
    agreement: float
    members_consulted: int
    model: Model
    image: str | None = None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read a prediction; members that a later version adds are passed over."""
        known = _known(cls, document)
        return cls(
            **{
                **known,
                "probabilities": tuple(known["probabilities"]),
                "votes": tuple(known["votes"]),
                "model": Model(**_known(Model, known["model"])),
            }
        )


def read_prediction(document: object) -> Prediction:
    """Read the answer to one picture.

    Raises
    ------
    AnswerError
        If it is no prediction.
    """
    try:
        return Prediction.from_json(document)  # type: ignore[arg-type]  # whatever it is, it is checked by being read
    except (TypeError, KeyError, AttributeError) as error:
        raise AnswerError(f"This is no prediction: {str(document)[:200]}") from error


def read_results(document: object) -> list[Prediction | Problem]:
    """Read the answer to a batch: for each picture, what was read or why it could not be.

    Raises
    ------
    AnswerError
        If it is none.
    """
    try:
        results = document["results"]  # type: ignore[index]  # as above
        return [
            Problem.from_json(result["problem"]) if "problem" in result else read_prediction(result)
            for result in results
        ]
    except (TypeError, KeyError, AttributeError) as error:
        raise AnswerError(f"This is no answer to a batch: {str(document)[:200]}") from error


def _known(kind: type[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what this version knows."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in document.items() if name in names}
