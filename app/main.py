"""The app: settings in, an ASGI application out. Importing does nothing, `create_app` builds, the lifespan loads."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.access import GuardMiddleware, HostCheck, RateLimit
from app.direct import DirectRouting
from app.middleware import EnvelopeMiddleware, raise_as_it_is
from app.openapi import install_openapi
from app.routes.about import AboutRoutes
from app.routes.gallery import GalleryRoutes
from app.routes.pages import PageRoutes
from app.routes.predictions import PredictionRoutes
from app.service import Service
from app.settings import Settings

DESCRIPTION = (
    "Reads handwritten digits with an ensemble of convolutional networks trained on MNIST. "
    "Errors are problem documents (RFC 9457); every answer carries an X-Request-ID."
)
EXPOSED_HEADERS = ("X-Request-ID", "Server-Timing", "Retry-After")


def create_app(settings: Settings) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    settings
        Resolved.

    Returns
    -------
    FastAPI
        Its lifespan loads the model; its `state.service` is the running `Service`.

    Raises
    ------
    ConfigurationError
        If the rate limit has no meaning.
    """
    service = Service(settings)

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
        middleware=_middleware(settings, service),
        exception_handlers={HTTPException: raise_as_it_is, RequestValidationError: raise_as_it_is},
    )
    app.state.service = service
    predictions = PredictionRoutes(service)
    predictions.add_to(app)
    AboutRoutes(service).add_to(app)
    GalleryRoutes(service).add_to(app)
    PageRoutes(service, predictions=predictions).add_to(app)
    install_openapi(app)
    return app


def _middleware(settings: Settings, service: Service) -> list[Middleware]:
    """Stack what the settings ask for, outermost first; what they do not ask for costs nothing."""
    stack = [Middleware(EnvelopeMiddleware, hosts=HostCheck(settings.trusted_hosts), service=service)]
    if settings.api_keys or settings.rate_limit:
        rate = RateLimit(settings.rate_limit) if settings.rate_limit else None
        stack.append(Middleware(GuardMiddleware, keys=settings.api_keys, rate=rate))
    stack.append(Middleware(DirectRouting))
    if settings.cors_origins:
        stack.insert(0, _cross_origin(settings))  # around the rest, so that an allowed page can read problems too
    return stack


def _cross_origin(settings: Settings) -> Middleware:
    """Allow pages of other origins to call the API."""
    return Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
        expose_headers=EXPOSED_HEADERS,
    )
