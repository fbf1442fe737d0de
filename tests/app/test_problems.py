import json

import pytest

from app import errors
from app.problem_documents import problem_document, problem_type
from app.problem_types import PROBLEMS
from app.problems import problem_response
from model import errors as model_errors
from model.errors import TenfoldError


def _descendants(kind: type[Exception]) -> set[type[Exception]]:
    children = set(kind.__subclasses__())
    return children.union(*(_descendants(child) for child in children))


# What a client is never told the cause of, and what is answered by no one.
UNTOLD = {errors.InferenceCrashedError, errors.ClientGoneError}


def test_every_error_about_a_request_has_a_row_of_its_own() -> None:
    leaves = {kind for base in (errors.RequestError, errors.UnavailableError, model_errors.PictureError)
              for kind in _descendants(base)}  # fmt: skip
    assert leaves - UNTOLD <= PROBLEMS.keys()


def test_slugs_are_unique() -> None:
    slugs = [row.slug for row in PROBLEMS.values()]
    assert len(slugs) == len(set(slugs))


def test_document_has_the_members_of_rfc_9457_and_the_request_id() -> None:
    document = problem_document(errors.ParameterError("scale is 99"), instance="/x", request_id="r1")
    assert document == {
        "type": "/problems/parameter-not-allowed",
        "title": "Parameter not allowed",
        "status": 400,
        "detail": "scale is 99",
        "instance": "/x",
        "request_id": "r1",
    }


@pytest.mark.parametrize(
    "error", [ValueError("secret"), errors.InferenceCrashedError("secret"), TenfoldError("secret")]
)
def test_internal_error_tells_nothing(error: Exception) -> None:
    response = problem_response(error, instance="/x", request_id="r1")
    assert response.status_code == 500
    assert b"secret" not in bytes(response.body)


def test_unlisted_subclass_takes_its_nearest_ancestors_row() -> None:
    class SpecialError(model_errors.PictureDamagedError):
        pass

    assert problem_type(SpecialError()).slug == "picture-damaged"


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (errors.OverloadedError(""), "retry-after", "1"),
        (errors.NotReadyError(""), "retry-after", "5"),
        (errors.RateLimitedError("", retry_after_seconds=7), "retry-after", "7"),
        (errors.MethodError("", allowed="GET"), "allow", "GET"),
        (errors.UnauthorizedError(""), "www-authenticate", 'Bearer realm="tenfold"'),
        (errors.BodyTooLargeError(""), "connection", "close"),
    ],
)
def test_headers_that_belong_to_a_problem(error: Exception, header: str, value: str) -> None:
    response = problem_response(error, instance="/x", request_id="r1")
    assert response.headers[header] == value
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(response.body))["status"] == response.status_code
