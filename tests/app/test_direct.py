import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.direct import DirectRoute, DirectRouting


async def endpoint(request: Request) -> Response:
    """Name the route that the request came by."""
    return PlainTextResponse(request.scope["route"].path)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(middleware=[Middleware(DirectRouting)])
    app.router.add_api_route("/direct", endpoint, methods=["POST"], route_class_override=DirectRoute)
    app.get("/usual")(lambda: "usual")
    return app


def test_direct_route_is_answered_by_its_endpoint_and_documented(app: FastAPI) -> None:
    client = TestClient(app)
    assert client.post("/direct").text == "/direct"
    assert "post" in client.get("/openapi.json").json()["paths"]["/direct"]


def test_direct_route_is_answered_without_the_router(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.router, "app", lambda *_: pytest.fail("the router was asked"))
    assert TestClient(app).post("/direct").status_code == 200


def test_other_methods_and_routes_go_the_usual_way(app: FastAPI) -> None:
    client = TestClient(app)
    assert (client.get("/direct").status_code, client.get("/usual").json()) == (405, "usual")


def test_what_is_no_request_is_passed_on() -> None:
    passed: list[Any] = []

    async def inner(*arguments: Any) -> None:
        passed.append(arguments)

    asyncio.run(DirectRouting(inner)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]  # never used
    assert passed == [({"type": "lifespan"}, None, None)]
