"""Multipart bodies (RFC 7578), read as they arrive and held to tight bounds.

Wanted parts are kept and counted, the rest is forgotten. Part names come from the client and are shown back only in ASCII
and cut; file names and types are ignored: a picture is known by its content, and nothing is stored under any name.

A part lies between two delimiters, and to find those is one search in C. A parser that walks from state to state and calls
back for each piece, python-multipart's, took 6 us for a part of 300 bytes; this takes 1.5. Only header values in unusual
quoting are left to that library.
"""

import re
from collections.abc import Sequence

from python_multipart.multipart import parse_options_header

from app.errors import BatchTooLargeError, MalformedRequestError, PictureMissingError

MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 4096
MAX_BOUNDARY_BYTES = 70  # RFC 2046, section 5.1.1
MAX_OTHER_PARTS = 8
"""Parts with other names that are passed over: a form may hold a token or a button's name, not ten thousand fields."""

_USUAL_HEAD = re.compile(
    rb'\r\nContent-Disposition: form-data; name="([\w-]+)"(?:; filename="[^"\\;\r\n]{0,255}")?'
    rb"(?:\r\nContent-Type: [\w/.+-]{1,127})?\r\n\r\n"
)
"""What most clients write behind a delimiter; anything else is taken apart by the general rules."""

_HEAD = re.compile(
    rb"[ \t]*((?:\r\n[!#$%%&'*+.^_`|~0-9A-Za-z-]{1,%d}:[^\r\n]{0,%d}){0,%d})\r\n\r\n"
    % (MAX_PART_HEADER_BYTES, MAX_PART_HEADER_BYTES, MAX_PART_HEADERS)
)
"""The padding of a delimiter's line, then header lines (RFC 2046, 5.1.1; RFC 9110, 5.6.2 for the names)."""


def find_boundary(content_type: bytes) -> bytes:
    """Read the boundary from a multipart body's Content-Type.

    Parameters
    ----------
    content_type
        The header's value.

    Returns
    -------
    bytes
        1 to 70 bytes.

    Raises
    ------
    MalformedRequestError
        If it is missing or longer.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= MAX_BOUNDARY_BYTES:
        raise MalformedRequestError(
            f"The multipart boundary has {len(boundary)} bytes; allowed are 1 to {MAX_BOUNDARY_BYTES}."
        )
    return boundary


class PictureParts:
    """Collects the picture parts of one body.

    Parameters
    ----------
    boundary
        From `find_boundary`.
    name
        Name of the parts that hold pictures.
    most
        How many of them are allowed.
    """

    def __init__(self, boundary: bytes, *, name: str, most: int) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._name = name
        self._most = most
        self._other_names: list[str] = []
        self._contents: list[bytes] = []
        self._unread = bytearray(b"\r\n")  # so that the first delimiter, too, stands behind a line's end
        self._searched_bytes = 0
        self._begun = self._ended = False

    def write(self, chunk: bytes) -> None:
        """Read the next bytes of the body.

        Raises
        ------
        MalformedRequestError
            If they break the format, or there are too many parts.
        BatchTooLargeError
            If a batch has more pictures than allowed.
        """
        if self._ended:
            return
        self._unread += chunk
        start = 0
        while (end := self._unread.find(self._delimiter, max(start, self._searched_bytes))) >= 0:
            self._take_section(start, end)
            start = end + len(self._delimiter)
            self._searched_bytes = start
            self._begun = True
            if self._unread.startswith(b"--", start):
                break
        del self._unread[:start]
        self._ended = self._begun and self._unread.startswith(b"--")
        self._searched_bytes = max(0, len(self._unread) - len(self._delimiter) + 1)

    def finish(self) -> list[bytes]:
        """Give the pictures' contents, in order.

        Raises
        ------
        MalformedRequestError
            If the body ended before its last boundary.
        PictureMissingError
            If no part has the name of a picture's.
        """
        if not self._ended:
            raise MalformedRequestError("The multipart body ends before its closing boundary.")
        if not self._contents:
            found = ", ".join(self._other_names) or "no parts"
            raise PictureMissingError(f"No part is named {self._name!r}; found: {found}.")
        return self._contents

    def _take_section(self, start: int, end: int) -> None:
        """Take what lies before a delimiter: nothing before the first, a part before each other."""
        if not self._begun:
            if self._unread[start:end].strip(b"\r\n"):
                raise MalformedRequestError("The multipart body does not begin with its boundary.")
            return
        usual = _USUAL_HEAD.match(self._unread, start, end)
        if usual is not None:
            name, content_start = usual[1].decode(), usual.end()
        else:
            name, content_start = self._read_head(start, end)
        if name == self._name:
            self._contents.append(bytes(self._unread[content_start:end]))
            self._check_count()
        else:
            self._pass_over(name)

    def _read_head(self, start: int, end: int) -> tuple[str, int]:
        """Read an unusual part's name, and find where its content starts."""
        head = _HEAD.match(self._unread, start, end)
        if head is None:
            raise MalformedRequestError(
                "The multipart body is malformed: a part's headers are broken, "
                f"more than {MAX_PART_HEADERS}, or longer than {MAX_PART_HEADER_BYTES} bytes."
            )
        return _part_name(head[1].split(b"\r\n")[1:]), head.end()

    def _pass_over(self, name: str) -> None:
        self._other_names.append(ascii(name)[:40])
        if len(self._other_names) > MAX_OTHER_PARTS:
            raise MalformedRequestError(
                f"The multipart body has more than {MAX_OTHER_PARTS} parts that are not named {self._name!r}."
            )

    def _check_count(self) -> None:
        if len(self._contents) <= self._most:
            return
        if self._most == 1:
            raise MalformedRequestError(
                f"The multipart body has several parts named {self._name!r}; allowed is one; "
                "/v1/predictions/batch takes more."
            )
        raise BatchTooLargeError(f"The batch has more than {self._most} pictures; split it.")


def _part_name(lines: Sequence[bytes]) -> str:
    """Read a part's name from its headers; of several Content-Dispositions the last counts."""
    fields = {field.lower(): value for field, _, value in (line.partition(b":") for line in lines)}
    _, options = parse_options_header(bytes(fields.get(b"content-disposition", b"")).strip())
    return options.get(b"name", b"").decode("utf-8", "replace")
