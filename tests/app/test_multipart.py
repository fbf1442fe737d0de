import pytest

from app.errors import BatchTooLargeError, MalformedRequestError, PictureMissingError
from app.multipart import MAX_OTHER_PARTS, PictureParts, find_boundary


def part(name: str, content: bytes, *headers: str) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{name}"; filename="x"', *headers]
    return b"--b\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


def read(content: bytes, *, most: int = 1, step: int | None = None) -> list[bytes]:
    parts = PictureParts(b"b", name="picture", most=most)
    for start in range(0, len(content), step or len(content)):
        parts.write(content[start : start + (step or len(content))])
    return parts.finish()


@pytest.mark.parametrize("step", [None, 1, 7])
def test_pictures_come_out_in_order_however_they_arrive(step: int | None) -> None:
    pictures = [b"one", b"\r\n--two", bytes(range(256))]
    assert read(body(*(part("picture", picture) for picture in pictures)), most=3, step=step) == pictures


def test_other_parts_are_passed_over() -> None:
    assert read(body(part("token", b"secret"), part("picture", b"one"))) == [b"one"]


@pytest.mark.parametrize(
    "disposition",
    [
        'form-data; name="picture"',
        'form-data; name="picture"; filename="a b.png"',
        'form-data; name="picture"; filename="a\\"; name=\\"b.png"',
        'form-data; filename="name=\\"other\\"; x.png"; name="picture"',
        "form-data; name=picture; filename*=UTF-8''%e2%82%ac.png",
        'FORM-DATA;name="picture"',
    ],
)
def test_name_is_read_however_it_is_written(disposition: str) -> None:
    content = f"--b\r\nContent-Disposition: {disposition}\r\n\r\none\r\n"
    assert read(body(content.encode())) == [b"one"]


def test_missing_picture_names_the_field_and_what_was_found() -> None:
    with pytest.raises(PictureMissingError, match=r"No part is named 'picture'; found: 'file'\."):
        read(body(part("file", b"one")))


def test_hostile_names_are_shown_in_short_ascii() -> None:
    with pytest.raises(PictureMissingError) as caught:
        read(body(part("\u202e" + "x" * 500, b"one")))
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 100


def test_second_picture_is_refused_where_one_is_allowed() -> None:
    with pytest.raises(MalformedRequestError, match=r"several parts named 'picture'.*batch"):
        read(body(part("picture", b"one"), part("picture", b"two")))


def test_batch_limit_holds_on_both_sides() -> None:
    assert len(read(body(*[part("picture", b"x")] * 5), most=5)) == 5
    with pytest.raises(BatchTooLargeError, match="more than 5 pictures"):
        read(body(*[part("picture", b"x")] * 6), most=5)


def test_ten_thousand_other_parts_are_refused() -> None:
    picture = part("picture", b"x")
    assert read(body(*[part("a", b"")] * MAX_OTHER_PARTS, picture)) == [b"x"]
    with pytest.raises(MalformedRequestError, match="more than 8 parts"):
        read(body(*[part("a", b"")] * 10_000, picture))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no boundary at all",
        part("picture", b"never ends"),
        body(part("picture", b"x", *[f"X-{i}: y" for i in range(8)])),
        body(part("picture", b"x", f"X-Long: {'y' * 5000}")),
        body(b"--b\r\nContent-Disposition: form-data; name=\x00\r\n\r\nx\r\n")[:-4],
    ],
    ids=["empty", "no boundary", "cut", "nine headers", "5 kB header", "cut boundary"],
)
def test_malformed_bodies_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        read(content) if content else PictureParts(b"b", name="picture", most=1).finish()


def test_file_names_do_not_matter() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="../../etc/passwd"\r\n\r\nx\r\n'
    assert read(head + b"--b--\r\n") == [b"x"]


@pytest.mark.parametrize("length", [1, 70])
def test_boundary_of_an_allowed_length_is_found(length: int) -> None:
    assert find_boundary(b"multipart/form-data; boundary=" + b"b" * length) == b"b" * length


@pytest.mark.parametrize("content_type", [b"multipart/form-data", b"multipart/form-data; boundary=" + b"b" * 71])
def test_missing_and_endless_boundaries_are_refused(content_type: bytes) -> None:
    with pytest.raises(MalformedRequestError, match=r"boundary has (0|71) bytes"):
        find_boundary(content_type)
