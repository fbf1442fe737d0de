"""Multipart bodies (RFC 7578), read as they arrive and held to tight bounds.

python-multipart finds the parts; this module decides which are wanted, counts them, and forgets the rest. Part names come
from the client and are shown back only in ASCII and cut; file names and types are ignored altogether: a picture is known
by its content, and nothing is stored under any name.
"""

import re

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.errors import BatchTooLargeError, MalformedRequestError, PictureMissingError

MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 4096
MAX_BOUNDARY_BYTES = 70  # RFC 2046, section 5.1.1
MAX_OTHER_PARTS = 8
"""Parts with other names that are passed over: a form may hold a token or a button's name, not ten thousand fields."""

_USUAL_DISPOSITION = re.compile(rb'form-data; name="([\w-]+)"(?:; filename="[^"\\;]*")?')
"""What most clients write. To take it apart by the general rules is a third of the time that a small part costs."""


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
        self._name = name
        self._most = most
        self._other_names: list[str] = []
        self._contents: list[bytearray] = []
        self._disposition = b""
        self._header_name = b""
        self._header_value = b""
        self._wanted = False
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_header_field": self._take_header_name,
                "on_header_value": self._take_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._name_part,
                "on_part_data": self._take_content,
                "on_end": self._end,
            },
            max_header_count=MAX_PART_HEADERS,
            max_header_size=MAX_PART_HEADER_BYTES,
        )

    def write(self, chunk: bytes) -> None:
        """Read the next bytes of the body.

        Raises
        ------
        MalformedRequestError
            If they break the format, or there are too many parts.
        BatchTooLargeError
            If a batch has more pictures than allowed.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise MalformedRequestError(f"The multipart body is malformed: {error}") from error

    def finish(self) -> list[bytes]:
        """Give the pictures' contents away, in order: nothing is kept of them here.

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
        contents, self._contents = self._contents, []
        return [bytes(content) for content in contents]

    # The parser's callbacks, in the order of a part

    def _take_header_name(self, chunk: bytes, start: int, end: int) -> None:
        self._header_name += chunk[start:end]

    def _take_header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._header_value += chunk[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _name_part(self) -> None:
        name = _part_name(self._disposition)
        self._disposition = b""
        self._wanted = name == self._name
        if self._wanted:
            self._contents.append(bytearray())
            self._check_count()
            return
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

    def _take_content(self, chunk: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._contents[-1] += chunk[start:end]

    def _end(self) -> None:
        self._ended = True


def _part_name(disposition: bytes) -> str:
    """Read a part's name from its Content-Disposition."""
    usual = _USUAL_DISPOSITION.fullmatch(disposition)
    if usual is not None:
        return usual[1].decode()
    _, options = parse_options_header(disposition)
    return options.get(b"name", b"").decode("utf-8", "replace")
