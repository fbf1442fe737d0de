"""Lines 49 to 56 of the hostile inputs, for our own JSON body `{"picture": base64}`.

The lines are written for the /v2 inference protocol, which is not served here. Each test says what its line comes down to
with one string in one object: nothing has a shape, a datatype or a binary part, and a batch is a multipart form.
"""

import json

import pytest

from tests.hostile.pictures import encode, stroke
from tests.hostile.test_bodies import BATCH, FORM, SINGLE, form, part, post
from tests.serving import Service
from tests.wire import request

JSON = "Content-Type: application/json"
SOUND = encode(stroke())


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"picture":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_line_49_deep_nesting_is_400(service: Service, body: bytes) -> None:
    post(service, body, JSON).assert_problem(400)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "1" + "0" * 5000])
def test_line_50_numbers_out_of_bounds_are_400(service: Service, number: str) -> None:
    post(service, f'{{"picture": {number}}}'.encode(), JSON).assert_problem(400)
    post(service, f'{{"picture": "aGk=", "other": {number}}}'.encode(), JSON).assert_problem(400)


@pytest.mark.parametrize("value", [[-1], [0], [2**63], [[0.0] * 28] * 27])
def test_line_51_arrays_of_any_shape_are_400(service: Service, value: object) -> None:
    """A picture is never sent as numbers."""
    post(service, json.dumps({"picture": value}).encode(), JSON).assert_problem(400)


@pytest.mark.parametrize("value", [None, True, 1, 0.5, {}, ["aGk="], {"b64": "aGk="}])
def test_line_52_anything_but_a_string_is_400(service: Service, value: object) -> None:
    post(service, json.dumps({"picture": value}).encode(), JSON).assert_problem(400)


@pytest.mark.parametrize("length", ["-1", "99999999", "many"])
def test_line_53_inference_header_content_length_means_nothing_here(service: Service, length: str) -> None:
    assert post(service, SOUND, f"Inference-Header-Content-Length: {length}").status == 200


def test_line_54_batch_of_a_million_is_413(service: Service) -> None:
    """A million of the smallest parts is more than a batch's bytes; 257 are more than its pictures."""
    smallest = b'--b0undary\r\nContent-Disposition: form-data; name="pictures"\r\n\r\n\r\n'
    body = smallest * 1_000_000
    with service.wire() as wire:
        wire.send(request("POST", BATCH, headers=[FORM, f"Content-Length: {len(body)}"]))
        wire.answer().assert_problem(413)
    post(service, form(*[part(SOUND, name="pictures")] * 257), FORM, target=BATCH).assert_problem(413)


def test_line_55_unknown_model_route_and_output_are_404_or_400(service: Service) -> None:
    for target in ("/v2/models/other/infer", "/v2/health/ready", "/v1/models/other", "/v1/predictions/0"):
        post(service, SOUND, target=target).assert_problem(404)
    for query in (
        "include=other",
        "members=none",
        "model=other",
        "version=0",
        "include=other&include=image",
        "a=b&" * 2000,
    ):
        post(service, SOUND, target=f"{SINGLE}?{query}").assert_problem(400)


def test_line_55_duplicate_input_is_400(service: Service) -> None:
    post(service, b'{"picture": "aGk=", "picture": "aGk="}', JSON).assert_problem(400)


@pytest.mark.parametrize(
    "body",
    [
        b'{"picture": "\xff\xfe"}',
        b'{"picture": "\\ud800"}',
        b'{"picture": "a\\u0000b"}',
        b'{"picture": "a\0b"}',
        b'{"picture": "aGk=", "__proto__": {"x": 1}}',
        b'\xef\xbb\xbf{"picture": "aGk="}',
        '{"picture": "aGk="}'.encode("utf-16"),
    ],
    ids=["utf-8", "surrogate", "escaped-nul", "nul", "proto", "bom", "utf-16"],
)
def test_line_56_broken_text_and_foreign_members_are_400(service: Service, body: bytes) -> None:
    post(service, body, JSON).assert_problem(400)


def test_line_56_proto_alone_is_no_picture(service: Service) -> None:
    problem = post(service, b'{"__proto__": {"picture": "aGk="}}', JSON).assert_problem(422)
    assert "__proto__" not in problem["detail"]
