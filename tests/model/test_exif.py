import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.exif import ORIENTATION_TAG, read_orientation


def block(value: int, *, order: str = "<", tag: int = ORIENTATION_TAG, kind: int = 3, before: int = 2) -> bytes:
    other = struct.pack(f"{order}HHIHxx", 0x010F, 3, 1, 7)
    entry = struct.pack(f"{order}HHIHxx", tag, kind, 1, value)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}IH", 8, before + 1) + other * before + entry + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_found_in_both_byte_orders(value: int, order: str) -> None:
    assert read_orientation(block(value, order=order)) == value
    assert read_orientation(b"Exif\0\0" + block(value, order=order)) == value


@pytest.mark.parametrize(
    "strange",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"XX" + block(6)[2:],
        block(0),
        block(9),
        block(6, kind=4),
        block(6, tag=5),
    ],
)
def test_what_makes_no_sense_means_upright(strange: bytes) -> None:
    assert read_orientation(strange) == 1


@given(st.binary(max_size=80))
def test_any_bytes_give_an_orientation(content: bytes) -> None:
    assert 1 <= read_orientation(b"II*\0" + content) <= 8
    assert 1 <= read_orientation(content) <= 8
