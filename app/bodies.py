"""Request bodies: bounded while they arrive, then taken apart into the encoded pictures they hold.

A body may be a picture as it is, a multipart form or JSON. What a body claims to be counts for less than what it is: if its
first bytes are a picture's, it is a picture. Decoding the pictures is left to the inference process.
"""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import NoReturn

from starlette.types import Receive

from app.errors import (
    BodyTooLargeError,
    ClientGoneError,
    MalformedRequestError,
    MediaTypeError,
    OverloadedError,
    PictureMissingError,
)
from app.multipart import PictureParts, find_boundary

Headers = dict[bytes, bytes]

PICTURE_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
SINGLE_FIELD = "picture"
BATCH_FIELD = "pictures"


class BodyBudget:
    """Bounds the bytes of all bodies that one worker holds, so that many large requests cannot fill its memory.

    Parameters
    ----------
    most_bytes
        Of all bodies together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held_bytes = 0

    def take(self, body_bytes: int) -> None:
        """Count bytes in.

        Raises
        ------
        OverloadedError
            If there is no room for them; then nothing is counted.
        """
        if self._held_bytes + body_bytes > self._most_bytes:
            raise OverloadedError(
                f"All requests together hold {self._most_bytes} bytes already; try again in 1 second."
            )
        self._held_bytes += body_bytes

    def give_back(self, body_bytes: int) -> None:
        """Count bytes out."""
        self._held_bytes -= body_bytes


class IncomingBody:
    """One request's body on its way in; a context manager that gives its bytes back to the budget at the end.

    Parameters
    ----------
    headers
        The request's, names in lower case.
    receive
        The request's ASGI channel.
    limit_bytes
        Of this body.
    budget
        Of all bodies.
    """

    def __init__(self, headers: Headers, receive: Receive, *, limit_bytes: int, budget: BodyBudget) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._budget = budget
        self._taken_bytes = 0
        _check_encoding(headers.get(b"content-encoding"))
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared[:20]) > limit_bytes:
            self._refuse_size()

    def __enter__(self) -> "IncomingBody":
        """Begin to count."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give every byte back."""
        self._budget.give_back(self._taken_bytes)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises
        ------
        BodyTooLargeError
            At the first byte beyond the limit.
        ClientGoneError
            If the client leaves before the end.
        OverloadedError
            If all bodies together are too large.
        """
        more = True
        while more:
            chunk, more = await self._take_chunk()
            yield chunk

    async def read(self) -> bytes:
        """Read all of the body: as `chunks`; an empty one is refused.

        Raises
        ------
        MalformedRequestError
            If there is no body.
        """
        content, more = await self._take_chunk()  # most bodies are one chunk: no generator for those
        if more:
            content = b"".join([content, *[chunk async for chunk in self.chunks()]])
        if not content:
            raise MalformedRequestError("The body is empty; send a PNG, JPEG or WebP picture.")
        return content

    async def _take_chunk(self) -> tuple[bytes, bool]:
        """Wait for the next part of the body; the second value tells whether there is more."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError("The client closed the connection before its body ended.")
        chunk: bytes = message.get("body", b"")
        if self._taken_bytes + len(chunk) > self._limit_bytes:
            self._refuse_size()
        self._budget.take(len(chunk))
        self._taken_bytes += len(chunk)
        return chunk, message.get("more_body", False)

    def _refuse_size(self) -> NoReturn:
        raise BodyTooLargeError(f"The body is larger than {self._limit_bytes} bytes, the limit of this route.")


def _check_encoding(encoding: bytes | None) -> None:
    if encoding is not None and encoding.lower() not in (b"", b"identity"):
        shown = ascii(encoding.decode("latin-1"))[:40]
        raise MediaTypeError(f"Content-Encoding is {shown}; send the body as it is.")


def media_type(headers: Headers) -> bytes:
    """Give the Content-Type without its options, in lower case."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def split_single(body: bytes, headers: Headers) -> bytes:
    """Take the one picture out of a body.

    Parameters
    ----------
    body
        All of it.
    headers
        Those of the request.

    Returns
    -------
    bytes
        The encoded picture; whether it is one is seen when it is decoded.

    Raises
    ------
    MalformedRequestError
        If JSON, base64 or multipart are broken, or there is more than one picture.
    PictureMissingError
        If the picture's field is not there.
    """
    if body.startswith(PICTURE_SIGNATURES):
        return body
    kind = media_type(headers)
    if kind == b"multipart/form-data":
        parts = PictureParts(find_boundary(headers[b"content-type"]), name=SINGLE_FIELD, most=1)
        parts.write(body)
        return parts.finish()[0]
    if kind == b"application/json":
        return picture_from_json(body)
    return body


def picture_from_json(body: bytes) -> bytes:
    """Take the picture out of `{"picture": base64 or data URL}`.

    Parameters
    ----------
    body
        UTF-8.

    Returns
    -------
    bytes
        The encoded picture.

    Raises
    ------
    MalformedRequestError
        If this is not exactly one JSON object with that one member, or the base64 is broken.
    PictureMissingError
        If the object has no such member.
    """
    try:
        document = json.loads(
            body.decode(), object_pairs_hook=_unique_members, parse_constant=_no_number, parse_float=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("The body is not valid JSON.") from error
    if not isinstance(document, dict) or SINGLE_FIELD not in document:
        raise PictureMissingError(f'The JSON body has no member {SINGLE_FIELD!r}; send {{"picture": "<base64>"}}.')
    text = document[SINGLE_FIELD]
    if len(document) > 1 or not isinstance(text, str):
        raise MalformedRequestError(f"The JSON body must have one member, {SINGLE_FIELD!r}, a string in base64.")
    return _decode_base64(text)


def _unique_members(members: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(members)) < len(members):
        raise ValueError("a member occurs twice")
    return dict(members)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"there is no place for {text[:20]} in this document")


def _decode_base64(text: str) -> bytes:
    """Decode base64, with or without a data URL's head; line breaks, which encoders add, do not matter."""
    if text.startswith("data:"):
        head, comma, text = text.partition(",")
        if not comma or not head.endswith(";base64"):
            raise MalformedRequestError("The data URL has no ';base64,' part.")
    try:
        content = b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise MalformedRequestError(f"The base64 of {SINGLE_FIELD!r} is broken: {error}.") from error
    if not content:
        raise MalformedRequestError(f"The member {SINGLE_FIELD!r} is empty; send a PNG, JPEG or WebP picture.")
    return content
