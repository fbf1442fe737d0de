"""The floors: Tenfold's own server and settings around apps that read the body and answer with so many bytes of JSON.

`bare` is pure ASGI: nothing that answers a request over HTTP from this server can be faster. `fastapi` is the same as one
plain FastAPI route: what an app of the framework costs before it does anything.
"""

import os
import sys
from functools import partial

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.listening import listen, multiply
from app.server import make_config
from app.settings import load_settings
from benchmarks.loads import FLOOR_ANSWER_VARIABLE


def make_floor(answer_bytes: int) -> ASGIApp:
    """Build the app.

    Parameters
    ----------
    answer_bytes
        Length of the JSON it answers with.
    """
    body = b'"' + b"7" * (answer_bytes - 2) + b'"'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def make_framework_floor(answer_bytes: int) -> ASGIApp:
    """Build the app as one FastAPI route; see `make_floor`."""
    app = FastAPI(openapi_url=None)

    @app.get("/")
    @app.post("/v1/predictions")
    async def answer(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse("7" * (answer_bytes - 2))

    return app


FLOORS = {"bare": make_floor, "fastapi": make_framework_floor}


def main() -> None:
    """Serve the floor that the arguments name, at the address of the settings."""
    settings = load_settings()
    config = make_config(settings)
    config.app = partial(FLOORS[sys.argv[1]], int(os.environ[FLOOR_ANSWER_VARIABLE]))
    config.lifespan = "off"
    uvicorn.Server(config).run(sockets=multiply(listen(settings.host, settings.port)))
