"""What the service says of itself: the model card, health, metrics, and what each problem type means."""

from typing import Annotated

from fastapi import FastAPI, Path
from starlette.requests import Request
from starlette.responses import Response

from app.direct import DirectRoute
from app.errors import NotFoundError, NotReadyError
from app.metrics import CONTENT_TYPE
from app.openapi import ANY_REQUEST, MODEL_REQUEST, Responses, problem_responses
from app.problem_types import PROBLEMS, ProblemType
from app.schemas import Liveness, ModelCard, ModelReference, ProblemExplanation, Readiness
from app.service import Service

_BY_SLUG: dict[str, ProblemType] = {row.slug: row for row in PROBLEMS.values()}


class AboutRoutes:
    """The routes that describe the service.

    Parameters
    ----------
    service
        What they share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an app."""
        ready = problem_responses(*MODEL_REQUEST)
        text: Responses = {200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}}
        app.router.add_api_route(
            "/v1/model",
            self.model_card,
            methods=["GET"],
            route_class_override=DirectRoute,
            response_model=ModelCard,
            responses=ready,
            summary="Get the model card",
            tags=["model"],
        )
        app.get("/livez", responses=problem_responses(*ANY_REQUEST), summary="Is the process alive?", tags=["health"])(
            self.livez
        )
        app.get(
            "/readyz",
            responses=problem_responses(*ANY_REQUEST, NotReadyError),
            summary="Does a model answer?",
            tags=["health"],
        )(self.readyz)
        app.get(
            "/metrics",
            response_class=Response,
            responses=text | problem_responses(*ANY_REQUEST),
            summary="Get Prometheus metrics",
            tags=["health"],
        )(self.metrics)
        app.get(
            "/problems/{slug}",
            responses=problem_responses(*ANY_REQUEST, NotFoundError),
            summary="Explain a problem type",
            tags=["problems"],
        )(self.problem)

    async def model_card(self, _: Request) -> Response:
        """Say which model answers, where it comes from, how good it is and what it cannot do."""
        return Response(self._service.model.current().card, media_type="application/json")

    async def livez(self) -> Liveness:
        """Answer as long as the process does."""
        return Liveness()

    async def readyz(self) -> Readiness:
        """Answer 200 if a model is loaded and its process gets on; 503 with the reason if not."""
        model = self._service.model.check()
        if self._service.batcher.queue.stuck:
            raise NotReadyError("Nothing was heard of the inference process for longer than a request may take.")
        return Readiness(model=ModelReference(name=model.name, version=model.version))

    async def metrics(self) -> Response:
        """Give every number in Prometheus' text format."""
        self._service.books.settle()
        self._service.batcher.queue.count_waiting()
        self._service.metrics.note_inference_memory(self._service.batcher.process)
        return Response(self._service.metrics.render(), headers={"content-type": CONTENT_TYPE})

    async def problem(self, slug: Annotated[str, Path(max_length=64)]) -> ProblemExplanation:
        """Say when a problem happens, and what to do about it."""
        row = _BY_SLUG.get(slug)
        if row is None:
            raise NotFoundError(f"There is no problem type of this name; there are {', '.join(sorted(_BY_SLUG))}.")
        return ProblemExplanation(type=row.uri, title=row.title, status=row.status, meaning=row.meaning)
