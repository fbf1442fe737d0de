"""Rows come out as Pillow decodes them, whatever their filters; what is grey comes as one channel."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.containers import DEFAULT_LIMITS
from model.decoding import decode_picture
from model.errors import PictureDamagedError
from model.png_container import DEPTHS, SIGNATURE, PngHeader, check_png
from model.png_rows import check_rows, decode_rows

COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's colour type by channels."""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def file_of(header: PngHeader, rows: bytes, *, between: bytes = b"", surplus: bytes = b"") -> bytes:
    """Write a PNG around filtered rows."""
    return file_around(header, zlib.compress(rows) + surplus, between=between)


def file_around(header: PngHeader, stream: bytes, *, between: bytes = b"") -> bytes:
    size = struct.pack(">IIBBBBB", header.width, header.height, header.depth, header.colour, 0, 0, header.interlaced)
    return SIGNATURE + chunk(b"IHDR", size) + between + chunk(b"IDAT", stream) + chunk(b"IEND", b"")


def any_rows(header: PngHeader, generator: np.random.Generator) -> bytes:
    """Make rows of any bytes, each with any filter."""
    passes = []
    for height, row_bytes in header.passes():
        rows = generator.integers(0, 256, (height, row_bytes), np.uint8)
        rows[:, 0] %= 5
        passes.append(rows.tobytes())
    return b"".join(passes)


def filtered(pixels: np.ndarray, filters: list[int]) -> bytes:
    """Filter rows of pixels (height, width, channels) as the specification says, slowly."""
    height, width, channels = pixels.shape
    wide = np.zeros((height + 1, width + 1, channels), int)
    wide[1:, 1:] = pixels
    here, left, above, corner = wide[1:, 1:], wide[1:, :-1], wide[:-1, 1:], wide[:-1, :-1]
    first = left + above - corner
    apart = [np.abs(first - other) for other in (left, above, corner)]
    nearest_is_left = (apart[0] <= apart[1]) & (apart[0] <= apart[2])
    paeth = np.where(nearest_is_left, left, np.where(apart[1] <= apart[2], above, corner))
    by_filter = [here, here - left, here - above, here - (left + above) // 2, here - paeth]
    rows = [
        bytes([number]) + (by_filter[number][y] % 256).astype(np.uint8).tobytes() for y, number in enumerate(filters)
    ]
    return b"".join(rows)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize(
    ("colour", "depth"), [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]
)
def test_every_kind_of_png_has_the_pixels_that_pillow_decodes(
    colour: int, depth: int, *, transparent: bool, interlaced: bool
) -> None:
    generator = np.random.default_rng(depth)
    header = PngHeader(23, 17, colour, depth, interlaced)
    palette = chunk(b"PLTE", generator.bytes(3 << depth)) if colour == 3 else b""
    colours = {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: b"\x80\x40"}
    between = palette + (chunk(b"tRNS", colours[colour]) if transparent and colour in colours else b"")
    content = file_of(header, any_rows(header, generator), between=between)
    decoded, plain = decode_picture(content), Image.open(BytesIO(content))
    assert np.array_equal(np.asarray(decoded), np.asarray(plain))
    assert decoded.mode == plain.mode
    assert decoded.info.get("transparency") == plain.info.get("transparency")
    assert decoded.getpalette() == plain.getpalette()


@given(
    channels=st.sampled_from([3, 4]),
    alpha=st.sampled_from(["opaque", "nearly opaque", "any"]),
    colour=st.sampled_from(["grey", "nearly grey", "any"]),
    filters=st.lists(st.integers(0, 4), min_size=1, max_size=9),
    seed=st.integers(0, 1000),
)
def test_what_is_grey_comes_as_one_channel(
    channels: int, alpha: str, colour: str, filters: list[int], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    height, width = len(filters), int(generator.integers(1, 9))
    pixels = generator.integers(0, 256, (height, width, channels), np.uint8)
    place = (*generator.integers(0, (height, width)), generator.integers(0, 3))
    if colour != "any":
        pixels[..., 1] = pixels[..., 2] = pixels[..., 0]
        pixels[place] += colour == "nearly grey"
    if channels == 4 and alpha != "any":
        pixels[..., 3] = 255
        pixels[(*place[:2], 3)] -= alpha == "nearly opaque"
    is_opaque = channels == 3 or bool((pixels[..., 3] == 255).all())
    is_grey = bool((pixels[..., 1:3] == pixels[..., :1]).all())
    content = file_of(PngHeader(width, height, COLOURS[channels], 8, interlaced=False), filtered(pixels, filters))
    decoded, apart = decode_rows(check_png(content, DEFAULT_LIMITS))
    assert decoded.mode == ("L" if is_grey else "RGB" if channels == 3 else "RGBA")
    assert (apart is not None) == (is_grey and not is_opaque)
    decoded = Image.merge("LA", (decoded, apart)) if apart is not None else decoded
    assert np.array_equal(np.asarray(decoded.convert("RGBA" if channels == 4 else "RGB")), pixels)


@pytest.mark.parametrize("channels", COLOURS)
def test_wrong_filter_is_found_in_any_row(channels: int) -> None:
    header = PngHeader(6, 5, COLOURS[channels], 8, interlaced=False)
    for y in range(5):
        rows = bytearray((1 + 6 * channels) * 5)
        rows[y * (1 + 6 * channels)] = 5
        png = check_png(file_of(header, bytes(rows)), DEFAULT_LIMITS)
        for check in (decode_rows, check_rows):
            with pytest.raises(PictureDamagedError, match="filter 5, not 0 to 4"):
                check(png)


@pytest.mark.parametrize("channels", COLOURS)
def test_missing_bytes_are_counted_and_surplus_is_left(channels: int) -> None:
    header = PngHeader(6, 5, COLOURS[channels], 8, interlaced=False)
    rows = any_rows(header, np.random.default_rng(0))
    short = check_png(file_of(header, rows[:-1]), DEFAULT_LIMITS)
    for check in (decode_rows, check_rows):
        with pytest.raises(PictureDamagedError, match=f"cut: {len(rows) - 1} of {len(rows)}"):
            check(short)
    sound, _ = decode_rows(check_png(file_of(header, rows), DEFAULT_LIMITS))
    for content in (file_of(header, rows + bytes(99_999)), file_of(header, rows, surplus=b"more")):
        decoded, _ = decode_rows(check_png(content, DEFAULT_LIMITS))
        assert np.array_equal(np.asarray(decoded), np.asarray(sound))


@pytest.mark.parametrize("stream", [b"no stream", zlib.compress(bytes(35))[:-1] + b"!"])
def test_damaged_stream_is_refused(stream: bytes) -> None:
    png = check_png(file_around(PngHeader(6, 5, 0, 8, interlaced=False), stream), DEFAULT_LIMITS)
    for check in (decode_rows, check_rows):
        with pytest.raises(PictureDamagedError, match=r"cannot be unpacked: .*incorrect"):
            check(png)
