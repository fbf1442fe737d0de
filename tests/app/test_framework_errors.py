from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app import errors
from app.framework_errors import own_error


def test_framework_errors_become_ours() -> None:
    missing = own_error(HTTPException(404), method="GET", path="/x")
    wrong = own_error(HTTPException(405, headers={"Allow": "POST"}), method="GET", path="/x")
    other = own_error(HTTPException(400, "odd"), method="GET", path="/x")
    invalid = own_error(
        RequestValidationError([{"loc": ("query", "scale"), "input": "é", "msg": "must be less"}]),
        method="GET",
        path="/x",
    )
    assert isinstance(missing, errors.NotFoundError)
    assert isinstance(wrong, errors.MethodError)
    assert wrong.allowed == "POST"
    assert isinstance(other, errors.MalformedRequestError)
    assert str(invalid) == r"query parameter scale is '\xe9': must be less"


def test_foreign_errors_stay_as_they_are() -> None:
    for error in (ValueError(), HTTPException(503)):
        assert own_error(error, method="GET", path="/x") is error
