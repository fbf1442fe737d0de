"""The short way for the busy routes: documented like the others, and answered with nothing in between.

FastAPI's own way from a request to its endpoint and back (routing, dependencies, exit stacks, validation) takes longer than
a sure digit's prediction. A `DirectRoute` is declared as any other, so that the OpenAPI document has it; its endpoint
is given the request and gives the response, and `DirectRouting` finds it by its path before the framework looks.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A route without parameters in its path, whose endpoint takes the request and gives the response."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:  # noqa: ANN401  # FastAPI's own options
        super().__init__(path, endpoint, **options)
        self.app = _direct(endpoint)


def _direct(endpoint: Endpoint) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)

    return answer


class DirectRouting:
    """Middleware that answers the direct routes; everything else goes on.

    Parameters
    ----------
    app
        Answers everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._routes: dict[tuple[str, str], DirectRoute] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            if self._routes is None:
                self._routes = _find_direct_routes(scope["app"].routes)
            route = self._routes.get((scope["method"], scope["path"]))
            if route is not None:
                scope["route"] = route
                await route.app(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _find_direct_routes(routes: list[Any]) -> dict[tuple[str, str], DirectRoute]:
    """Index the direct routes by method and path."""
    direct = [route for route in routes if isinstance(route, DirectRoute)]
    return {(method, route.path): route for route in direct for method in route.methods or ()}
