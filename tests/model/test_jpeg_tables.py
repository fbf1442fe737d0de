"""Faults that libjpeg meets in the last scan are found before the first, and nothing sound is refused."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from model.decoding import decode_picture
from model.errors import PictureDamagedError, PictureError

HUFFMAN_TABLES, SCAN, END = 0xC4, 0xDA, 0xD9
FRAMES = (0xC0, 0xC1, 0xC2)


def encode(mode: str, **options: object) -> bytes:
    values = np.random.default_rng(0).integers(0, 255, (24, 32, 4), dtype=np.uint8)
    stream = BytesIO()
    Image.frombytes("CMYK", (32, 24), values.tobytes()).convert(mode).save(stream, "JPEG", **options)
    return stream.getvalue()


def segments(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """List marker, first byte, end of the segment, end of the scan that may follow."""
    position = 2
    while content[position + 1] != END:
        marker, start = content[position + 1], position
        end = position = position + 2 + int.from_bytes(content[position + 2 : position + 4])
        while marker == SCAN and not (
            content[position] == 0xFF and content[position + 1] not in (0, *range(0xD0, 0xD8))
        ):
            position += 1
        yield marker, start, end, position


BASELINE = encode("RGB")
PROGRESSIVE = encode("RGB", progressive=True)
EVERY_KIND = {
    "grey": encode("L"),
    "progressive grey": encode("L", progressive=True),
    "baseline": BASELINE,
    "progressive": PROGRESSIVE,
    "restarts": encode("RGB", restart_marker_blocks=1, subsampling=0),
    "cmyk": encode("CMYK"),
    "progressive cmyk": encode("CMYK", progressive=True),
}
LAST_SCAN = next(start for marker, start, *_ in reversed(list(segments(PROGRESSIVE))) if marker == SCAN)


def with_last_scan(offset: int, value: int) -> bytes:
    """Change a byte of the header of a progressive picture's last scan, which is of one component."""
    return PROGRESSIVE[: LAST_SCAN + offset] + bytes([value]) + PROGRESSIVE[LAST_SCAN + offset + 1 :]


def with_segment(segment: str) -> bytes:
    """Insert a segment before the end."""
    return PROGRESSIVE[:-2] + bytes.fromhex(segment) + PROGRESSIVE[-2:]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (with_last_scan(4, 2), "scan of 2 components whose header has 6 bytes"),
        (with_last_scan(4, 0), "scan of 0 components"),
        (with_last_scan(5, 77), "components .77., which are not in its frame"),
        (with_last_scan(6, 0x03), "a table which is not there"),
        (with_last_scan(7, 70), "coefficients 70 to 63"),
        (with_last_scan(8, 64), "coefficients 1 to 64"),
        (with_last_scan(9, 0x20), "bits 2 to 0"),
        (with_last_scan(9, 0x0E), "bits 0 to 14"),
        (with_segment("ffda 000c 03 0100 0200 0300 01 3f 00"), "of 3 components"),
        (with_segment("ffda 000c 03 0100 0100 0300 00 00 00"), "not in its frame"),
        (with_segment("ffda 0008 01 0100 00 01 00"), "coefficients 0 to 1"),
        (with_segment("ffda 0008 01 0122 00 00 00"), "a table which is not there"),
        (with_segment("fff0 0004 0000"), "unknown kind 0xF0"),
        (with_segment("ff02 0004 0000"), "unknown kind 0x02"),
        (with_segment("ffdd 0003 00"), "restart interval has 1 bytes"),
        (with_segment("ffdb 0005 000101"), "broken quantisation table"),
        (with_segment("ffdb 0043 04" + "01" * 64), "broken quantisation table"),
        (with_segment("ffdb 0043 10" + "01" * 64), "broken quantisation table"),
        (with_segment("ffc4 0015 10 03" + "00" * 15 + "0000"), "broken Huffman table"),
        (with_segment("ffc4 0015 10 02" + "00" * 15 + "0000"), "broken Huffman table"),
        (with_segment("ffc4 0014 24 01" + "00" * 15 + "00"), "broken Huffman table"),
        (with_segment("ffc4 0014 00 01" + "00" * 15 + "10"), "broken Huffman table"),
        (PROGRESSIVE.replace(b"\xff\xdb\0C\1", b"\xff\xdb\0C\2"), "a table which is not there"),
        (encode("CMYK", subsampling=0).replace(b"C\x11\0", b"C\x44\0"), "more than 10 blocks at once"),
    ],
)
def test_fault_in_any_scan_is_found_without_decoding(
    content: bytes, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures of 16 megapixels were decoded up to the fault, which took 40 ms and more."""
    monkeypatch.delattr(JpegImagePlugin, "JpegImageFile")
    with pytest.raises(PictureDamagedError, match=what):
        decode_picture(content)


@pytest.mark.parametrize("content", EVERY_KIND.values(), ids=EVERY_KIND)
def test_sound_jpeg_is_decoded_as_by_pillow(content: bytes) -> None:
    assert np.array_equal(np.asarray(decode_picture(content)), np.asarray(Image.open(BytesIO(content))))


def test_tables_of_baseline_may_be_the_standard_ones() -> None:
    """Webcams leave them out, and Pillow writes them."""
    tables = [(start, end) for marker, start, end, _ in segments(BASELINE) if marker == HUFFMAN_TABLES]
    bare = BASELINE
    for start, end in reversed(tables):
        bare = bare[:start] + bare[end:]
    assert len(bare) < len(BASELINE) - 400
    assert np.array_equal(np.asarray(decode_picture(bare)), np.asarray(decode_picture(BASELINE)))


def test_height_told_later_is_left_unread() -> None:
    assert decode_picture(with_segment("ffdc 0004 0018")).size == (32, 24)


@given(st.sampled_from(list(EVERY_KIND.values())), st.data())
def test_decoder_finds_no_fault_that_the_check_has_not(content: bytes, data: st.DataObject) -> None:
    places = [
        place for marker, start, end, _ in segments(content) if marker not in FRAMES for place in range(start + 1, end)
    ]
    changed = bytearray(content)
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=2)):
        changed[place] = data.draw(st.integers(0, 255) | st.sampled_from([0, 1, 2, 3, 0x11, 63]))
    try:
        decode_picture(bytes(changed))
    except PictureError as error:
        assert "cannot be decoded" not in str(error)
