"""The web page's files: read once at start, answered from memory.

A path is looked up in a table, never in the file system, so there is nothing to traverse; the files are small, and ranges
of them are not served. What they contain is `app/static`'s business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import Response

from app.errors import NotFoundError, RangeError

STATIC = Path(__file__).parent / "static"
HTML = "text/html; charset=utf-8"
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), payment=(), usb=()",
}

MEDIA_TYPES = {
    ".html": HTML,
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What is served at all; the system's own table differs from machine to machine."""


@dataclass(frozen=True)
class PageFile:
    """One file: its content, its media type, and a tag that changes with the content."""

    content: bytes
    media_type: str
    tag: str


class Pages:
    """All files, by their path below `static`.

    Parameters
    ----------
    files
        Such as `css/base.css`.
    """

    def __init__(self, files: Mapping[str, PageFile]) -> None:
        self._files = dict(files)

    def answer(self, name: str, *, headers: Mapping[str, str], status: int = 200) -> Response:
        """Answer with a file.

        Parameters
        ----------
        name
            Path below `static`.
        headers
            Those of the request.
        status
            Of the answer.

        Returns
        -------
        Response
            The file, or 304 if the client has it already.

        Raises
        ------
        NotFoundError
            If there is no such file.
        RangeError
            If several ranges are asked for; a single one is answered with the whole, which HTTP allows.
        """
        file = self._files.get(name)
        if file is None:
            raise NotFoundError("There is no such file.")
        _check_range(headers.get("range", ""))
        fixed = {"etag": file.tag, "cache-control": "no-cache", **PAGE_HEADERS}
        if file.tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=fixed)
        return Response(file.content, status, headers={**fixed, "content-type": file.media_type})

    def __contains__(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._files

    def fill(self, name: str, texts: Mapping[str, str], *, status: int = 200) -> Response:
        """Answer with a page whose `$names` are replaced; whatever they are replaced with is escaped.

        Parameters
        ----------
        name
            Path of an HTML file below `static`.
        texts
            By the names in the file.
        status
            Of the answer.

        Returns
        -------
        Response
            Never to be stored by anyone.
        """
        template = Template(self._files[name].content.decode())
        page = template.substitute({key: escape(text) for key, text in texts.items()})
        headers = {**PAGE_HEADERS, "cache-control": "no-store", "content-type": HTML}
        return Response(page.encode(), status, headers=headers)


def _check_range(value: str) -> None:
    asked = value.count(",") + 1
    if asked > 1:
        raise RangeError(f"The Range header asks for {asked} ranges; ask for one, or for the whole.")


def read_pages(folder: Path = STATIC) -> Pages:
    """Read every file of a known type.

    Parameters
    ----------
    folder
        Read with all below it.

    Returns
    -------
    Pages
        Empty if there is no such folder: the API works without a page.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in MEDIA_TYPES)
    return Pages({path.relative_to(folder).as_posix(): _read(path) for path in files})


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(content, MEDIA_TYPES[path.suffix], f'"{sha256(content).hexdigest()[:16]}"')
