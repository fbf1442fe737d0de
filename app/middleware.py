"""What goes around every request: its id, its answer's headers, its problem if it fails, its place in log and metrics.

One plain ASGI layer for all of it, because every layer costs each request some microseconds; Starlette's
BaseHTTPMiddleware, which starts tasks and copies streams, would cost more than a prediction.
"""

import logging
import re
from collections.abc import Iterable
from random import getrandbits
from time import perf_counter, time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import HostCheck
from app.errors import ClientGoneError
from app.framework_errors import own_error
from app.notes import RequestNote
from app.problem_documents import problem_type
from app.problems import problem_response
from app.service import Service
from app.whole import WHOLE_ANSWER

logger = logging.getLogger(__name__)

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""For answers that bring a content security policy of their own."""

API_HEADERS = (*PAGE_HEADERS, (b"content-security-policy", API_POLICY.encode()))
_API_LINES = b"".join([b"%b: %b\r\n" % header for header in API_HEADERS])
CLIENT_GONE_STATUS = 499
"""What the log says of requests whose client left; nginx's number, never sent."""

MISSING_PAGE = "404.html"

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class EnvelopeMiddleware:
    """Wraps every request; see the module.

    Parameters
    ----------
    app
        Answers.
    hosts
        Checks the Host header.
    service
        Where requests are noted, and the page for what is not there.
    """

    def __init__(self, app: ASGIApp, *, hosts: HostCheck, service: Service) -> None:
        self.app = app
        self._hosts = hosts
        self._metrics = service.metrics
        self._books = service.books
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        envelope = _Envelope(scope, send)
        try:
            self._hosts.check(envelope.headers.get(b"host"), path=scope["path"])
            await self.app(scope, receive, envelope.send)
        except ClientGoneError:
            envelope.status = CLIENT_GONE_STATUS
        except Exception as error:
            await self._answer_problem(error, envelope, receive)
        finally:
            self._note(envelope)

    async def _answer_problem(self, error: Exception, envelope: "_Envelope", receive: Receive) -> None:
        """Turn what a route raised into its problem document; half an answer cannot be mended, so it is cut."""
        scope = envelope.scope
        error = own_error(error, method=scope["method"], path=scope["path"])
        kind = problem_type(error)
        self._metrics.refusals.labels(kind.slug).inc()
        if kind.status == 500:
            logger.error("request failed", exc_info=error, extra={"fields": {"request_id": envelope.request_id}})
        if envelope.status:
            raise error
        if kind.status == 404 and MISSING_PAGE in self._service.pages and _wants_page(scope["path"], envelope.headers):
            response = self._service.pages.answer(MISSING_PAGE, headers={}, status=404)
        else:
            response = problem_response(error, instance=scope["path"], request_id=envelope.request_id)
        await response(scope, receive, envelope.send)

    def _note(self, envelope: "_Envelope") -> None:
        """Note the request for log and metrics."""
        scope = envelope.scope
        route = getattr(scope.get("route"), "path", "unmatched")
        client = scope["client"]
        self._books.note_request(
            RequestNote(
                time(),
                scope["method"],
                scope["path"],
                route,
                envelope.status,
                perf_counter() - envelope.started,
                envelope.request_id,
                client[0] if client else "",
            )
        )


class _Envelope:
    """One request on its way: what is known of it, and the headers that its answer will carry."""

    __slots__ = ("_send", "headers", "request_id", "scope", "started", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = perf_counter()
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = _request_id(self.headers.get(b"x-request-id"))
        self.status = 0
        self._send = send
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def send(self, message: Message) -> None:
        """Send on, with our headers in the first message."""
        if message["type"] == WHOLE_ANSWER:
            self.status = message["status"]
            message["lines"] += b"%bx-request-id: %b\r\n" % (_API_LINES, self.request_id.encode())
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            own = PAGE_HEADERS if _has_policy(headers) else API_HEADERS
            message["headers"] = [*headers, *own, (b"x-request-id", self.request_id.encode())]
        await self._send(message)


def _has_policy(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any([name == b"content-security-policy" for name, _ in headers])  # noqa: C419  # a list is faster here


def _wants_page(path: str, headers: dict[bytes, bytes]) -> bool:
    """Tell a person at a browser, who is shown a page, from a program, which is sent a problem."""
    return not path.startswith("/v1") and b"text/html" in headers.get(b"accept", b"")


def _request_id(given: bytes | None) -> str:
    """Keep a client's id if it is harmless; make one otherwise."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return f"{getrandbits(64):016x}"  # no secret, and a call of the kernel for each would cost 1 us


async def raise_as_it_is(_: Request, error: Exception) -> Response:
    """Let the framework's own exceptions reach the envelope, which answers all of them alike."""
    raise error
