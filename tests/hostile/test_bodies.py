"""Lines 21 to 32 of the hostile inputs: bodies and multipart forms."""

import base64
import gzip
import json
import threading

import pytest

from tests.hostile.pictures import NOT_PICTURES, encode, stroke
from tests.serving import Service
from tests.wire import Answer, request

SINGLE, BATCH = "/v1/predictions", "/v1/predictions/batch"
SOUND = encode(stroke())
BOUNDARY = "b0undary"
FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


def part(content: bytes, *, name: str = "picture", filename: str = "a.png", headers: bytes = b"") -> bytes:
    """Write one part of a form."""
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'.encode(
        "utf-8", "surrogateescape"
    )
    return b"--%b\r\n%b\r\n%bContent-Type: image/png\r\n\r\n%b\r\n" % (BOUNDARY.encode(), disposition, headers, content)


def form(*parts: bytes) -> bytes:
    """Write a form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def post(service: Service, body: bytes, *headers: str, target: str = SINGLE) -> Answer:
    """Send one body."""
    with service.wire() as wire:
        return wire.ask(request("POST", target, headers=headers, body=body))


def test_line_21_100_megabytes_announced_are_413_before_reading(service: Service) -> None:
    before = service.processes.rss_bytes()
    with service.wire() as wire:
        wire.send(request("POST", SINGLE, headers=["Content-Length: 100000000"]))
        wire.answer().assert_problem(413)  # not a byte of the body has been sent
        assert wire.is_ended()
    assert service.processes.rss_bytes() - before < 1 << 20


@pytest.mark.parametrize("target", [SINGLE, BATCH, "/v1/explanations", "/nowhere"])
def test_line_22_100_megabytes_in_chunks_are_413_at_the_limit(service: Service, target: str) -> None:
    """The sender is in the middle of its 100 MB when it is answered, and can read the answer."""
    block = b"%x\r\n%b\r\n" % (1 << 16, b"x" * (1 << 16))
    with service.wire() as wire:
        wire.send(request("POST", target, headers=["Transfer-Encoding: chunked", FORM]))
        sender = threading.Thread(target=lambda: [wire.send(block) for _ in range(100_000_000 >> 16)])
        sender.start()
        answer = wire.answer()
        sender.join()
    if target == "/nowhere":
        answer.assert_problem(404, 413)
    else:
        answer.assert_problem(400, 413) if target == BATCH else answer.assert_problem(413)


def test_line_23_compressed_body_is_415(service: Service) -> None:
    body = gzip.compress(bytes(5_000_000))
    for encoding in ("gzip", "deflate", "br", "gzip, identity"):
        post(service, body, f"Content-Encoding: {encoding}").assert_problem(415)


def test_line_24_empty_body_is_400(service: Service) -> None:
    for headers in ((), ("Content-Length: 0",), ("Content-Type: application/json",), (FORM,)):
        post(service, b"", *headers).assert_problem(400)
    post(service, b"0\r\n\r\n", "Transfer-Encoding: chunked").assert_problem(400)


def test_line_25_missing_or_misnamed_field_is_422_that_names_it(service: Service) -> None:
    problem = post(service, form(part(SOUND, name="file")), FORM).assert_problem(422)
    assert "'picture'" in problem["detail"]
    assert "'file'" in problem["detail"]
    assert (
        "'picture'" in post(service, b'{"image": ""}', "Content-Type: application/json").assert_problem(422)["detail"]
    )
    assert "'pictures'" in post(service, form(part(SOUND)), FORM, target=BATCH).assert_problem(422)["detail"]


def test_line_26_two_files_are_400(service: Service) -> None:
    post(service, form(part(SOUND), part(SOUND)), FORM).assert_problem(400)


def test_line_26_ten_thousand_parts_are_400(service: Service) -> None:
    post(service, form(*[part(b"", name="other")] * 10_000), FORM).assert_problem(400)
    post(service, form(*[part(b"", name="pictures")] * 10_000), FORM, target=BATCH).assert_problem(400, 413)


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "b" * 257, "; boundary=" + "b" * 20_000])
def test_line_27_missing_or_long_boundary_is_400(service: Service, boundary: str) -> None:
    post(service, form(part(SOUND)), f"Content-Type: multipart/form-data{boundary}").assert_problem(400)


@pytest.mark.parametrize("body", [part(SOUND), b"--" + b"b" * 100_000, b"no boundary at all", form()])
def test_line_27_form_without_end_or_parts_is_400_or_422(service: Service, body: bytes) -> None:
    post(service, body, FORM).assert_problem(400, 422)


def test_line_28_part_with_9_headers_or_5_kilobytes_of_them_is_400(service: Service) -> None:
    post(service, form(part(SOUND, headers=b"X: y\r\n" * 8)), FORM).assert_problem(400)
    post(service, form(part(SOUND, headers=b"X: " + b"y" * 5000 + b"\r\n")), FORM).assert_problem(400)
    post(service, form(part(SOUND, headers=b"X" * 5000 + b": y\r\n")), FORM).assert_problem(400)


@pytest.mark.parametrize(
    "filename",
    # A word of their own, for other lines' addresses with such paths are in the log, as they should be.
    ["../../etc/line29", "C:\\\\windows\\\\line29", "line29\0b.png", "\u202egnp.line29", "<script>line29()</script>"],
)
def test_line_29_file_names_are_ignored_and_never_logged(service: Service, filename: str) -> None:
    answer = post(service, form(part(SOUND, filename=filename)), FORM)
    assert answer.status == 200 or ("\0" in filename and answer.status == 400)
    log = service.log.read_text()
    assert "line29" not in log and "\u202e" not in log


def test_line_29_64_kilobyte_file_name_is_400(service: Service) -> None:
    post(service, form(part(SOUND, filename="a" * 65_536)), FORM).assert_problem(400)


@pytest.mark.parametrize("claim", ["text/html", "application/pdf", "image/svg+xml", "nonsense", "multipart/form-data"])
def test_line_30_a_picture_is_known_by_its_first_bytes(service: Service, claim: str) -> None:
    assert post(service, SOUND, f"Content-Type: {claim}").status == 200


def test_line_30_what_is_no_picture_is_not_made_one_by_its_type(service: Service) -> None:
    for content in (NOT_PICTURES["svg"], NOT_PICTURES["html"]):
        post(service, content, "Content-Type: image/png").assert_problem(415)


def test_line_31_urlencoded_form_is_415(service: Service) -> None:
    body = b"&".join(b"a%d=b" % number for number in range(500_000))[: 5 * 1024 * 1024]
    kind = "Content-Type: application/x-www-form-urlencoded"
    post(service, body, kind).assert_problem(415)
    post(service, body, kind, target=BATCH).assert_problem(415)


@pytest.mark.parametrize(
    "text",
    ["%%%%", "abc", "====", "data:image/png;base64,%%%", "data:image/png,abcd", "data:", "aGk=\u00e9", "=aGk", "a\0bc"],
)
def test_line_32_broken_base64_is_400(service: Service, text: str) -> None:
    body = json.dumps({"picture": text}).encode()
    post(service, body, "Content-Type: application/json").assert_problem(400)


def test_line_32_sound_base64_is_read(service: Service) -> None:
    packed = base64.b64encode(SOUND).decode()
    for text in (packed, f"data:image/png;base64,{packed}"):
        body = json.dumps({"picture": text}).encode()
        assert post(service, body, "Content-Type: application/json").status == 200
