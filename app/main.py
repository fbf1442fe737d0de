"""The app: settings in, an ASGI application out. Importing does nothing, `create_app` builds, the lifespan loads."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.access import GuardMiddleware, HostCheck, RateLimit
from app.direct import DirectRouting
from app.inference_process import RunningProcess
from app.middleware import EnvelopeMiddleware, raise_as_it_is
from app.openapi import install_openapi
from app.routes.about import AboutRoutes
from app.routes.gallery import GalleryRoutes
from app.routes.pages import PageRoutes
from app.routes.predictions import PredictionRoutes
from app.service import Service
from app.settings import Settings
from app.whole import WithoutWholeAnswers

DESCRIPTION = (
    "Reads handwritten digits with an ensemble of convolutional networks trained on MNIST. "
    "Errors are problem documents (RFC 9457); every answer carries an X-Request-ID."
)
EXPOSED_HEADERS = ("X-Request-ID", "Server-Timing", "Retry-After")


def create_app(settings: Settings, *, started: RunningProcess | None = None) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    settings
        Resolved.
    started
        As for `Service`.

    Returns
    -------
    FastAPI
        Its lifespan waits for the model; its `state.service` is the running `Service`.

    Raises
    ------
    ConfigurationError
        If the rate limit has no meaning.
    """
    service = Service(settings, started=started)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with service.running():
            yield {"note_refusal": service.note_refusal}  # the server's connections refuse requests that never get here

    app = FastAPI(
        title="Tenfold",
        version=version("tenfold"),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own would load scripts from a third party
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # /metrics is ours
        # Of Starlette's own layers the outermost handles `Exception`, and would else answer before the envelope could.
        exception_handlers=dict.fromkeys((Exception, HTTPException, RequestValidationError), raise_as_it_is),
    )
    app.state.service = service
    predictions = PredictionRoutes(service)
    predictions.add_to(app)
    AboutRoutes(service).add_to(app)
    GalleryRoutes(service).add_to(app)
    PageRoutes(service, predictions=predictions).add_to(app)
    install_openapi(app)
    app.middleware_stack = _wrap(app.build_middleware_stack(), settings, service)
    return app


def _wrap(app: ASGIApp, settings: Settings, service: Service) -> ASGIApp:
    """Put our layers around the framework's, for which a busy route has no use; what no setting asks for costs nothing."""
    app = DirectRouting(app)
    if settings.api_keys or settings.rate_limit:
        rate = RateLimit(settings.rate_limit) if settings.rate_limit else None
        app = GuardMiddleware(app, keys=settings.api_keys, rate=rate)
    app = EnvelopeMiddleware(app, hosts=HostCheck(settings.trusted_hosts), service=service)
    if settings.cors_origins:
        app = _cross_origin(app, settings)  # around the rest, so that an allowed page can read problems too
    return app


def _cross_origin(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Allow pages of other origins to call the API."""
    return CORSMiddleware(
        WithoutWholeAnswers(app),
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
        expose_headers=EXPOSED_HEADERS,
    )
