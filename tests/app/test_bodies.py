import asyncio
import json
from base64 import b64encode

import pytest
from starlette.types import Message, Receive

from app.bodies import BodyBudget, Headers, IncomingBody, picture_from_json, split_single
from app.errors import (
    BodyTooLargeError,
    ClientGoneError,
    MalformedRequestError,
    MediaTypeError,
    OverloadedError,
    PictureMissingError,
)
from tests.app.samples import png

JSON: Headers = {b"content-type": b"application/json; charset=utf-8"}


def arriving(*chunks: bytes, gone: bool = False) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.disconnect"} if gone else {"type": "http.request", "body": b""})

    async def receive() -> Message:
        return messages.pop(0)

    return receive


def read(
    receive: Receive, *, limit: int = 10, headers: Headers | None = None, budget: BodyBudget | None = None
) -> bytes:
    async def work() -> bytes:
        with IncomingBody(headers or {}, receive, limit_bytes=limit, budget=budget or BodyBudget(100)) as body:
            return await body.read()

    return asyncio.run(work())


def test_chunks_are_joined() -> None:
    assert read(arriving(b"ab", b"", b"cd")) == b"abcd"


def test_limit_holds_on_both_sides_without_a_declared_length() -> None:
    assert read(arriving(b"12345", b"67890")) == b"1234567890"
    with pytest.raises(BodyTooLargeError, match="larger than 10 bytes"):
        read(arriving(b"12345", b"678901", b"never read"))


@pytest.mark.parametrize("length", [b"11", b"9" * 5000, b"-1", b"1e3"])
def test_declared_length_is_refused_before_anything_is_read(length: bytes) -> None:
    with pytest.raises(BodyTooLargeError):
        read(arriving(), headers={b"content-length": length})


def test_empty_body_is_refused() -> None:
    with pytest.raises(MalformedRequestError, match="body is empty; send a PNG"):
        read(arriving())


def test_client_that_leaves_is_noticed() -> None:
    with pytest.raises(ClientGoneError):
        read(arriving(b"ab", gone=True))


@pytest.mark.parametrize("encoding", [b"gzip", b"br, gzip", b"\xff"])
def test_encoded_bodies_are_refused(encoding: bytes) -> None:
    with pytest.raises(MediaTypeError, match="Content-Encoding is"):
        read(arriving(b"x"), headers={b"content-encoding": encoding})


def test_identity_is_no_encoding() -> None:
    assert read(arriving(b"x"), headers={b"content-encoding": b"Identity"}) == b"x"


def test_all_bodies_together_are_bounded_and_given_back() -> None:
    budget = BodyBudget(8)
    budget.take(5)
    with pytest.raises(OverloadedError, match="hold 8 bytes"):
        read(arriving(b"ab", b"cd"), budget=budget)
    budget.give_back(5)
    for _ in range(3):
        assert read(arriving(b"12345678"), budget=budget) == b"12345678"


@pytest.mark.parametrize("claimed", [b"text/html", b"application/json", b"multipart/form-data; boundary=b", b""])
def test_content_decides_not_its_claimed_type(claimed: bytes) -> None:
    picture = png()
    assert split_single(picture, {b"content-type": claimed}) == picture


def test_unknown_content_is_left_to_the_decoder() -> None:
    assert split_single(b"a=1&b=2", {b"content-type": b"application/x-www-form-urlencoded"}) == b"a=1&b=2"


@pytest.mark.parametrize("form", ["{0}", "data:image/png;base64,{0}", "data:;base64,{0}", " {0}\n"])
def test_base64_and_data_urls_are_read(form: str) -> None:
    picture = png()
    text = form.format(b64encode(picture).decode())
    assert split_single(json.dumps({"picture": text}).encode(), JSON) == picture


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"picture": NaN}',
        b'{"picture": 1e999}',
        b'{"picture": 1' + b"0" * 400 + b"}",
        b'{"picture": 1' + b"0" * 5000 + b"}",
        b'{"picture": "AA==", "picture": "AA=="}',
        b'{"picture": "AA==", "__proto__": {}}',
        b'{"picture": null}',
        b'{"picture": "A"}',
        b'{"picture": "AAA"}',
        b'{"picture": "A-_A"}',
        b'{"picture": "\\ud800AAA"}',
        b'{"picture": "\\u0000AAA"}',
        b'{"picture": ""}',
        b'{"picture": "data:image/png,AAAA"}',
        b"[" * 100_000,
        b'{"picture": ' + b'{"a":' * 100_000,
    ],
)
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        picture_from_json(body)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"1", b'{"image": "AA=="}'])
def test_json_without_the_picture_names_the_member(body: bytes) -> None:
    with pytest.raises(PictureMissingError, match="'picture'"):
        picture_from_json(body)
