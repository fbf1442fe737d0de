"""Rows come out as Pillow decodes them; what is missing or wrong is found."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.containers import DEFAULT_LIMITS
from model.decoding import decode_picture
from model.errors import PictureDamagedError
from model.png_channels import decode_rows
from model.png_container import DEPTHS, PngHeader, check_png
from model.png_rows import check_rows
from tests.png_files import COLOURS, any_rows, chunk, file_around, file_of


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
