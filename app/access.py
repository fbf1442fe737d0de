"""Who may ask: the Host header, API keys and the rate limit.

Health stays open to all, because what watches over a service has no key; so do the pages, which hold nothing secret. What
costs or tells something (`/v1`, and the page's form) is guarded.
"""

import re
from collections.abc import Sequence
from hmac import compare_digest
from math import ceil
from time import time
from typing import TYPE_CHECKING

from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import MalformedRequestError, RateLimitedError, UnauthorizedError
from model.errors import ConfigurationError

if TYPE_CHECKING:
    from limits import RateLimitItem

GUARDED_FORM = "/read"
HEALTH_PATHS = frozenset({"/livez", "/readyz", "/metrics"})
_HOST = re.compile(rb"(?:[a-z0-9](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.IGNORECASE)


class HostCheck:
    """Refuses a Host header that is malformed, or names a host that is not ours.

    Parameters
    ----------
    trusted
        Allowed names; `*.example.org` allows every name below it; empty allows all that are well formed.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        self._names = {name.lower() for name in trusted if not name.startswith("*.")}
        self._endings = tuple(name[1:].lower() for name in trusted if name.startswith("*."))
        self._known: set[bytes] = set()

    def check(self, host: bytes | None, *, path: str) -> None:
        """Check one header; names found good are remembered.

        Parameters
        ----------
        host
            The header's value.
        path
            What is asked for: probes and Prometheus come by address, so health has no name to go by.

        Raises
        ------
        MalformedRequestError
            If it is missing, malformed or not trusted.
        """
        if host in self._known:
            return
        if host is None or not _HOST.fullmatch(host):
            raise MalformedRequestError("The Host header is missing or malformed; it must be a name or address.")
        if path in HEALTH_PATHS:
            return
        name = re.sub(r":[0-9]+$", "", host.decode()).lower()
        if (self._names or self._endings) and name not in self._names and not name.endswith(self._endings):
            raise MalformedRequestError(f"The Host header is {name!r}, which this service does not answer to.")
        if len(self._known) < 64:  # clients choose these; 64 is plenty for honest ones
            self._known.add(host)


class GuardMiddleware:
    """Asks for an API key and keeps to the rate limit, where the settings say so.

    Parameters
    ----------
    app
        Answers what passes.
    keys
        Any of them opens; none is asked for if there is none.
    rate
        Counts requests; None counts nothing.
    """

    def __init__(self, app: ASGIApp, *, keys: Sequence[SecretStr], rate: "RateLimit | None") -> None:
        self.app = app
        self._keys = [key.get_secret_value().encode() for key in keys]
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise what is wrong."""
        if scope["type"] == "http" and (scope["path"].startswith("/v1/") or scope["path"] == GUARDED_FORM):
            client = self._identify(dict(scope["headers"]), scope["client"])
            if self._rate is not None:
                self._rate.count(client)
        await self.app(scope, receive, send)

    def _identify(self, headers: dict[bytes, bytes], address: tuple[str, int] | None) -> str:
        """Name the client by its key's place in the settings, or by its address."""
        if self._keys:
            return f"key {self._find_key(headers)}"
        return address[0] if address else "unknown"

    def _find_key(self, headers: dict[bytes, bytes]) -> int:
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        # Every key is compared, in constant time each, so that the time taken tells nothing about them.
        matches = [compare_digest(key, given.strip()) for key in self._keys]
        if scheme.lower() != b"bearer" or not any(matches):
            raise UnauthorizedError("No valid API key; send one as 'Authorization: Bearer KEY'.")
        return matches.index(True)


class RateLimit:
    """Counts requests in fixed windows, per client, in this worker's memory.

    Parameters
    ----------
    limit
        Such as `600/minute`, in the notation of the library `limits`.
    """

    def __init__(self, limit: str) -> None:
        # Only a service with a limit pays the library's 100 ms of import.
        from limits.storage import MemoryStorage  # noqa: PLC0415
        from limits.strategies import FixedWindowRateLimiter  # noqa: PLC0415

        self._item = parse_limit(limit)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, client: str) -> None:
        """Count one request.

        Raises
        ------
        RateLimitedError
            If it is one too many.
        """
        if self._limiter.hit(self._item, client):
            return
        window = self._limiter.get_window_stats(self._item, client)
        wait_seconds = max(1, ceil(window.reset_time - time()))
        raise RateLimitedError(
            f"More than {self._item} requests; try again in {wait_seconds} seconds.", retry_after_seconds=wait_seconds
        )


def parse_limit(limit: str) -> "RateLimitItem":
    """Read a rate limit.

    Parameters
    ----------
    limit
        Such as `600/minute`.

    Returns
    -------
    limits.RateLimitItem
        Its meaning.

    Raises
    ------
    ConfigurationError
        If it has none.
    """
    from limits import parse  # noqa: PLC0415  # as above

    try:
        return parse(limit)
    except ValueError as error:
        raise ConfigurationError(f"TENFOLD_RATE_LIMIT is {limit!r}; write it like 600/minute or 10/second") from error
