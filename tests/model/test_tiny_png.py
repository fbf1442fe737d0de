"""The fast way reads as Pillow does, and leaves everything unusual to the usual way."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.containers import PictureLimits
from model.errors import PictureTooLargeError
from model.pictures import read_picture
from model.tiny_png import PICTURE_BYTES, ROW_BYTES, decode_tiny_rows, pack_tiny_rows, unpack_tiny_png


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def file_of(rows: bytes, *, side: int = 28, packed: bytes | None = None, between: bytes = b"") -> bytes:
    """Write a PNG around filtered rows."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows) if packed is None else packed)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + pixels + chunk(b"IEND", b"")


def filtered(seed: int, *, highest: int = 4) -> bytes:
    """Make rows of any bytes, each with any filter."""
    rows = np.random.default_rng(seed).integers(0, 256, (28, ROW_BYTES), np.uint8)
    rows[:, 0] %= highest + 1
    return rows.tobytes()


def by_pillow(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)))


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
def test_filters_are_undone_as_pillow_undoes_them(seeds: list[int]) -> None:
    contents = [file_of(filtered(seed)) for seed in seeds]
    rows = [unpacked for content in contents if (unpacked := unpack_tiny_png(content))]
    assert len(rows) == len(seeds)
    assert np.array_equal(decode_tiny_rows(rows), np.stack([by_pillow(content) for content in contents]))


def test_rows_of_a_picture_are_that_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    assert np.array_equal(decode_tiny_rows([pack_tiny_rows(Image.fromarray(pixels))])[0], pixels)


ROWS = filtered(0)
PACKED = zlib.compress(ROWS)
SOUND = file_of(ROWS)


@pytest.mark.parametrize(
    "content",
    {
        "empty": b"",
        "another size": file_of(bytes(29 * 30), side=29),
        "metadata": file_of(ROWS, between=chunk(b"tEXt", b"a\0b")),
        "wrong checksum": SOUND[:60] + bytes([SOUND[60] ^ 1]) + SOUND[61:],
        "cut": SOUND[:-1],
        "cut in its length": SOUND[:35],
        "something behind its end": SOUND + b"x",
        "a row too few": file_of(ROWS[:-ROW_BYTES]),
        "a row too many": file_of(ROWS + bytes(ROW_BYTES)),
        "a bomb": file_of(bytes(10_000_000)),
        "stream cut": file_of(b"", packed=PACKED[:-20]),
        "stream without its sum": file_of(b"", packed=PACKED[:-4]),
        "no stream": file_of(b"", packed=b"nonsense"),
        "unknown filter": file_of(b"\x05" + ROWS[1:]),
    }.items(),
    ids=lambda item: item[0],
)
def test_everything_unusual_is_left_to_the_usual_way(content: tuple[str, bytes]) -> None:
    assert unpack_tiny_png(content[1]) is None


def test_sound_file_is_taken() -> None:
    assert len(unpack_tiny_png(SOUND) or b"") == PICTURE_BYTES


def test_limits_hold_for_the_fast_way_too() -> None:
    with pytest.raises(PictureTooLargeError, match="28 x 28"):
        read_picture(SOUND, limits=PictureLimits(max_pixels=783))
