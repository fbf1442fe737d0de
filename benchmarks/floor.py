"""The floor: Tenfold's own server and settings around an app that reads the body and answers with so many bytes of JSON.

Pure ASGI, no framework: nothing that answers a request over HTTP from this server can be faster.
"""

import os
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server import listen, make_config
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


def main() -> None:
    """Serve it at the address of the settings."""
    settings = load_settings()
    config = make_config(settings)
    config.app = partial(make_floor, int(os.environ[FLOOR_ANSWER_VARIABLE]))
    config.lifespan = "off"
    uvicorn.Server(config).run(sockets=[listen(settings.host, settings.port)])
