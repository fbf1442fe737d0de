"""Whether a request's head may be believed: who it is for, how long its body is, and in which words it says so.

The parser (llhttp, by httptools) already refuses what breaks the grammar: Content-Length with Transfer-Encoding, two
Content-Lengths, signs in numbers, folded headers, bare line feeds, control characters. What it lets pass and two
servers in a row could read differently is refused here, after R. Fielding, M. Nottingham, J. Reschke, "HTTP/1.1",
RFC 9112 (2022), sections 3.2, 6 and 11.2, https://www.rfc-editor.org/rfc/rfc9112.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from app.errors import BodyTooLargeError, HeadTooLargeError, MalformedRequestError, MethodError
from app.settings import Settings
from model.errors import TenfoldError

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
VERSIONS = frozenset({"1.1", "1.0"})
SINGLE_HEADERS = frozenset({b"host", b"content-length", b"transfer-encoding", b"content-type", b"expect", b"upgrade"})
BATCH_PATH = b"/v1/predictions/batch"

# A registered name or an IPv4 or IPv6 address, and a port: what a browser can send, without user or path.
_HOST = re.compile(rb"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class ParsedHead(Protocol):
    """What the parser tells of a head that it has accepted; `httptools.HttpRequestParser` is one."""

    def get_method(self) -> bytes:
        """Give the method as sent."""

    def get_http_version(self) -> str:
        """Give the version, such as "1.1"."""

    def should_upgrade(self) -> bool:
        """Tell whether the client asks for another protocol."""


def check_size(headers: Sequence[tuple[bytes, bytes]], settings: Settings) -> None:
    """Refuse too many headers, or too large ones.

    Parameters
    ----------
    headers
        All headers of a request, names and values.
    settings
        Its limits.

    Raises
    ------
    HeadTooLargeError
        If either limit is exceeded.
    """
    if len(headers) > settings.max_headers:
        raise HeadTooLargeError(f"The request has more than {settings.max_headers} headers, the limit.")
    if sum(len(name) + len(value) + 4 for name, value in headers) > settings.max_header_bytes:
        raise head_too_large(settings.max_header_bytes)


def check_head(head: ParsedHead, target: bytes, *, headers: Mapping[bytes, bytes], settings: Settings) -> int:
    """Refuse a head that cannot be believed or announces too much.

    Parameters
    ----------
    head
        A complete head that the parser has accepted.
    target
        The request's path and query, as sent.
    headers
        Those of `SINGLE_HEADERS` that were sent, by lower-case name.
    settings
        The body limits.

    Returns
    -------
    int
        The most bytes that the body may have, a chunked one too.

    Raises
    ------
    MalformedRequestError
        If the version, the host or the framing is not what this server speaks.
    MethodError
        If the method is one that no route has.
    BodyTooLargeError
        If the announced body is larger than its route's limit; none of it has been read.
    """
    method, version = head.get_method(), head.get_http_version()
    if method not in METHODS:
        raise MethodError(
            f"{method.decode()} is not answered here; allowed: GET, HEAD, POST.", allowed="GET, HEAD, POST"
        )
    if version not in VERSIONS:
        raise MalformedRequestError(f"The version is HTTP/{version}; this server speaks HTTP/1.1 and 1.0.")
    _check_host(headers.get(b"host"), version)
    coding = headers.get(b"transfer-encoding")
    if coding is not None:
        _check_coding(coding, version)
    if head.should_upgrade() and (coding is not None or b"content-length" in headers):
        raise MalformedRequestError("The request has a body and asks for an upgrade; send it without Upgrade.")
    # A path that is no route has the smaller limit, and is the app's 404.
    limit = settings.max_batch_body_bytes if target.startswith(BATCH_PATH) else settings.max_body_bytes
    if int(headers.get(b"content-length", 0)) > limit:
        raise body_too_large(limit)
    return limit


def head_too_large(limit: int) -> TenfoldError:
    """Say that a head is too large; the caller raises it."""
    return HeadTooLargeError(f"The request's head is larger than {limit} bytes, the limit.")


def body_too_large(limit: int) -> TenfoldError:
    """Say that a body is too large; the caller raises it."""
    return BodyTooLargeError(f"The body is larger than {limit} bytes, the limit of this route.")


def _check_host(host: bytes | None, version: str) -> None:
    """Want exactly one host since HTTP/1.1, and a plain one whenever it is given."""
    if host is None:
        if version == "1.1":
            raise MalformedRequestError("The Host header is missing; HTTP/1.1 asks for one.")
    elif not _is_plain_host(host):
        raise MalformedRequestError(
            f"The Host header is {ascii(host)[1:80]}; allowed is a name or address with a port."
        )


@lru_cache(maxsize=256)
def _is_plain_host(host: bytes) -> bool:
    """Match the pattern; remembered, because a service has few names and many requests."""
    return _HOST.fullmatch(host) is not None


def _check_coding(coding: bytes, version: str) -> None:
    """Accept one way to send a body of unknown length: chunked, and nothing else."""
    if coding.lower().strip() != b"chunked" or version == "1.0":
        found = ascii(coding)[1:60]
        raise MalformedRequestError(f"Transfer-Encoding is {found} in HTTP/{version}; allowed is chunked in 1.1.")
