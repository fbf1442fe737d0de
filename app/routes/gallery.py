"""`/v1/gallery` and below: the test digits that the ensemble gets wrong, one by one and on a sheet.

Pictures are drawn in the inference process, like everything that computes, and are the same until the checkpoint changes.
"""

from typing import Annotated

from fastapi import FastAPI, Path, Query
from starlette.responses import Response

from app.errors import NotFoundError, ParameterError
from app.gallery import GalleryItem
from app.openapi import MODEL_REQUEST, QUEUED_REQUEST, Responses, problem_responses
from app.orders import ErrorPictureOrder, ErrorSheetOrder, Order
from app.schemas import GalleryAnswer, GalleryEntry, GalleryQuery
from app.service import Service

Index = Annotated[int, Path(ge=0, le=9999, description="In MNIST's test split.")]
Scale = Annotated[int, Query(ge=1, le=16, description="Pixels for each of the picture's 28 x 28.")]


class GalleryRoutes:
    """The routes of the gallery.

    Parameters
    ----------
    service
        What they share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an app; the sheet before the errors, whose pattern would take its name."""
        png: Responses = {200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}}
        listing = problem_responses(*MODEL_REQUEST, ParameterError)
        single = problem_responses(*MODEL_REQUEST, ParameterError, NotFoundError)
        drawn = png | problem_responses(*QUEUED_REQUEST, ParameterError, NotFoundError)
        app.get("/v1/gallery", responses=listing, summary="List the test errors", tags=["gallery"])(self.list_errors)
        app.get(
            "/v1/gallery/sheet.png",
            response_class=Response,
            responses=drawn,
            summary="All test errors",
            tags=["gallery"],
        )(self.sheet)
        app.get("/v1/gallery/{index}", responses=single, summary="Get one test error", tags=["gallery"])(self.one_error)
        app.get(
            "/v1/gallery/{index}/picture.png",
            response_class=Response,
            responses=drawn,
            summary="Get the picture of one test error",
            tags=["gallery"],
        )(self.picture)

    async def list_errors(self, query: Annotated[GalleryQuery, Query()]) -> GalleryAnswer:
        """List the test digits that the ensemble gets wrong, all members asked."""
        gallery = self._service.model.current().gallery
        chosen = gallery.select(label=query.label, predicted=query.predicted, sort=query.sort, order=query.order)
        page = chosen[query.offset : query.offset + query.limit]
        return GalleryAnswer(
            test_size=gallery.test_size,
            errors=len(gallery),
            total=len(chosen),
            items=[_describe(item, has_picture=gallery.pictures_remedy is None) for item in page],
            pictures_remedy=gallery.pictures_remedy,
        )

    async def one_error(self, index: Index) -> GalleryEntry:
        """Get one test digit that the ensemble gets wrong."""
        gallery = self._service.model.current().gallery
        return _describe(gallery.item(index), has_picture=gallery.pictures_remedy is None)

    async def picture(self, index: Index, scale: Scale = 1) -> Response:
        """Get the picture as the networks see it: ink is white."""
        self._service.model.current().gallery.item(index)
        return await self._draw(ErrorPictureOrder(index, scale))

    async def sheet(self) -> Response:
        """Get the book's sheet: black ink on white, the true digit top right, the answer bottom right."""
        return await self._draw(ErrorSheetOrder())

    async def _draw(self, order: Order) -> Response:
        png, _ = await self._service.batcher.submit((), order)
        return Response(png, media_type="image/png", headers={"cache-control": "private, max-age=300"})


def _describe(item: GalleryItem, *, has_picture: bool) -> GalleryEntry:
    error = item.error
    return GalleryEntry(
        index=error.index,
        label=error.label,
        predicted=error.predicted,
        probability=item.confidence,
        probabilities=list(error.probabilities),
        votes=list(error.votes),
        agreement=item.agreement,
        picture=f"/v1/gallery/{error.index}/picture.png" if has_picture else None,
    )
