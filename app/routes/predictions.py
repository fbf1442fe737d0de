"""`POST /v1/predictions`, `/v1/predictions/batch`, `/v1/explanations`: pictures in, answers out.

The hot path of the service. Nothing is computed here: bodies are read and bounded, pictures go to the inference process,
and what it wrote is sent on.
"""

import asyncio
from functools import lru_cache
from urllib.parse import parse_qsl

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.bodies import BATCH_FIELD, Headers, IncomingBody, media_type, split_single
from app.direct import DirectRoute
from app.errors import BatchTooLargeError, MediaTypeError, ParameterError
from app.messages import Timings
from app.multipart import PictureParts, find_boundary
from app.openapi import PICTURE_REQUEST, picture_body, problem_responses, query_parameters
from app.orders import BatchOrder, ExplanationOrder, Order, PredictionOrder
from app.schemas import BatchAnswer, ExplanationAnswer, PredictionAnswer, PredictionQuery
from app.service import Service
from app.whole import WholeResponse

JSON_ON_THREAD_BYTES = 65_536
"""From this size on, base64 is decoded on a thread: the event loop would stand still for milliseconds."""


MOST_PARAMETERS = 8


class PredictionRoutes:
    """The routes that read pictures.

    Parameters
    ----------
    service
        What they share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an app."""
        query = {"parameters": query_parameters(PredictionQuery)}
        app.router.add_api_route(
            "/v1/predictions",
            self.predict,
            methods=["POST"],
            route_class_override=DirectRoute,
            response_model=PredictionAnswer,
            responses=problem_responses(*PICTURE_REQUEST),
            openapi_extra={**picture_body(), **query},
            summary="Read one picture",
            tags=["predictions"],
        )
        app.router.add_api_route(
            "/v1/predictions/batch",
            self.predict_batch,
            methods=["POST"],
            route_class_override=DirectRoute,
            response_model=BatchAnswer,
            responses=problem_responses(*PICTURE_REQUEST, BatchTooLargeError),
            openapi_extra={**picture_body(batch=True), **query},
            summary="Read many pictures",
            description="One bad picture fails alone: its place in `results` holds a problem.",
            tags=["predictions"],
        )
        app.router.add_api_route(
            "/v1/explanations",
            self.explain,
            methods=["POST"],
            route_class_override=DirectRoute,
            response_model=ExplanationAnswer,
            responses=problem_responses(*PICTURE_REQUEST),
            openapi_extra=picture_body(),
            summary="Show a picture's way through the first network",
            tags=["predictions"],
        )

    async def predict(self, request: Request) -> Response:
        """Read one picture, sent as it is, as the multipart part `picture`, or as base64 in JSON."""
        query = _read_query(request.scope["query_string"])
        order = PredictionOrder(include_image=query.include == "image")
        return await self._answer_single(request, order, consult_all=query.members == "all")

    async def explain(self, request: Request) -> Response:
        """Read one picture, and show what each layer of the first network makes of it."""
        _refuse_query(request.scope["query_string"])
        return await self._answer_single(request, ExplanationOrder(), consult_all=True)

    async def predict_batch(self, request: Request) -> Response:
        """Read the multipart parts `pictures`, in order."""
        query = _read_query(request.scope["query_string"])
        settings = self._service.settings
        headers: Headers = dict(request.scope["headers"])
        kind = media_type(headers)
        if kind != b"multipart/form-data":
            raise MediaTypeError(
                f"Content-Type is {ascii(kind.decode('latin-1'))[:60]}; allowed is multipart/form-data."
            )
        order = BatchOrder(
            include_image=query.include == "image",
            instance=request.scope["path"],
            request_id=request.scope["state"]["request_id"],
        )
        with self._incoming(request, headers, limit_bytes=settings.max_batch_body_bytes) as body:
            parts = PictureParts(find_boundary(headers[b"content-type"]), name=BATCH_FIELD, most=settings.max_batch)
            async for chunk in body.chunks():
                parts.write(chunk)
            answer, timings = await self._service.batcher.submit(
                parts.finish(), order, consult_all=query.members == "all", receive=request.receive
            )
        return _respond(answer, timings)

    async def read_picture(self, request: Request, order: Order, *, consult_all: bool) -> bytes:
        """Read one picture and have made of it what is ordered: see `Batcher.submit`."""
        result, _ = await self._read_single(request, order, consult_all=consult_all)
        return result

    async def _answer_single(self, request: Request, order: Order, *, consult_all: bool) -> Response:
        return _respond(*await self._read_single(request, order, consult_all=consult_all))

    async def _read_single(self, request: Request, order: Order, *, consult_all: bool) -> tuple[bytes, Timings]:
        headers: Headers = dict(request.scope["headers"])
        with self._incoming(request, headers, limit_bytes=self._service.settings.max_body_bytes) as body:
            # No name is given to the picture, so that nothing here keeps it once it is sent to the other process.
            return await self._service.batcher.submit(
                (await _single_picture(await body.read(), headers),),
                order,
                consult_all=consult_all,
                receive=request.receive,
            )

    def _incoming(self, request: Request, headers: Headers, *, limit_bytes: int) -> IncomingBody:
        """Begin to read a body, unless what becomes of it has no room anyway."""
        service = self._service
        service.model.current()
        service.batcher.check_room(1)
        return IncomingBody(headers, request.receive, limit_bytes=limit_bytes, budget=service.budget)


async def _single_picture(body: bytes, headers: Headers) -> bytes:
    if len(body) > JSON_ON_THREAD_BYTES and media_type(headers) == b"application/json":
        return await asyncio.to_thread(split_single, body, headers)
    return split_single(body, headers)


@lru_cache(maxsize=64)
def _read_query(query: bytes) -> PredictionQuery:
    """Check the query; clients send few different ones, and pydantic costs more than a look-up."""
    try:
        return PredictionQuery.model_validate(_parameters(query))
    except ValidationError as error:
        problem = error.errors()[0]
        found = ascii(problem["input"])[:60]
        raise ParameterError(
            f"Query parameter {ascii(str(problem['loc'][0]))[:40]} is {found}; "
            "allowed are include=image, members=auto and members=all."
        ) from error


def _parameters(query: bytes) -> dict[str, str]:
    """Take a query apart; one that says a thing twice, or very much, says nothing."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise ParameterError(f"The query has more than {MOST_PARAMETERS} parameters, the limit.") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise ParameterError("A query parameter is given twice; allowed is once.")
    return parameters


def _refuse_query(query: bytes) -> None:
    if query:
        raise ParameterError("This route takes no query parameters.")


class _ReadyJson(WholeResponse):
    """JSON that lies ready in bytes, with headers in bytes: Starlette's way to them costs three times as much."""

    def __init__(self, body: bytes, *, timing: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"server-timing", timing),
        ]


def _respond(answer: bytes, timings: Timings) -> Response:
    """Send what the inference process wrote, and say where the time went."""
    timing = b"queue;dur=%.2f, decode;dur=%.2f, inference;dur=%.2f" % (
        timings.queue_seconds * 1000,
        timings.decode_seconds * 1000,
        timings.inference_seconds * 1000,
    )
    return _ReadyJson(answer, timing=timing)
