"""The pages, their files, and the form that works without a script."""

import json

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import ClientGoneError
from app.orders import WordsOrder
from app.problem_documents import problem_type
from app.routes.predictions import PredictionRoutes
from app.service import Service
from model.errors import TenfoldError

PAGES = {
    "/": "index.html",
    "/gallery": "gallery.html",
    "/model": "model.html",
    "/inside": "inside.html",
    "/docs": "docs.html",
}
READ_PAGE = "read.html"

_NO_IMAGE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class PageRoutes:
    """The routes that people look at.

    Parameters
    ----------
    service
        What they share.
    predictions
        Reads the form's picture.
    """

    def __init__(self, service: Service, *, predictions: PredictionRoutes) -> None:
        self._service = service
        self._predictions = predictions

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an app; none is part of the API."""
        pages = [Route(path, self.page, methods=["GET"]) for path in PAGES]
        files = [Route("/static/{name:path}", self.file, methods=["GET"])]
        form = [Route("/read", self.read, methods=["POST"])]
        app.router.routes.extend([*pages, *files, *form])

    async def page(self, request: Request) -> Response:
        """Answer with a page."""
        return self._service.pages.answer(PAGES[request.scope["path"]], headers=request.headers)

    async def file(self, request: Request) -> Response:
        """Answer with a page's file; pages themselves have but one address."""
        name = request.path_params["name"]
        return self._service.pages.answer("" if name.endswith(".html") else name, headers=request.headers)

    async def read(self, request: Request) -> Response:
        """Read the form's picture and answer with a page, for browsers without a script."""
        pages = self._service.pages
        try:
            words = await self._predictions.read_picture(request, WordsOrder(), consult_all=True)
        except ClientGoneError:
            raise
        except TenfoldError as error:
            texts = {"verdict": "trouble", "figure": "any", "word": "Not read.", "sure": "", "reason": str(error)}
            texts |= {"votes": "", "image": _NO_IMAGE}
            return pages.fill(READ_PAGE, texts, status=problem_type(error).status)
        return pages.fill(READ_PAGE, json.loads(words))
