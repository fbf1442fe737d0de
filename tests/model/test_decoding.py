import struct
import time
import tracemalloc
import warnings
import zlib
from io import BytesIO
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from model.containers import PictureLimits
from model.decoding import decode_apart, decode_picture
from model.errors import ConfigurationError, PictureDamagedError, PictureError, PictureFormatError, PictureTooLargeError

SIDE = 20


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def noise(mode: str = "L", size: tuple[int, int] = (48, 64)) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 4), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(  # a PNG as an attacker would build it
    rows: bytes,
    *,
    width: int = SIDE,
    height: int = SIDE,
    depth: int = 8,
    colour: int = 0,
    interlace: int = 0,
    extra: bytes = b"",
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


ROW = b"\0" + b"a" * SIDE
GOOD = ROW * SIDE


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("WEBP", {}), ("WEBP", {"lossless": True})],
)
def test_allowed_formats_are_decoded(kind: str, options: dict[str, object]) -> None:
    assert decode_picture(encode(noise("RGB"), kind, **options)).size == (48, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_every_mode_keeps_its_pixels(mode: str) -> None:
    picture = noise("L").convert("I").convert("I;16") if mode == "I;16" else noise(mode)
    decoded = decode_picture(encode(picture))
    assert np.array_equal(np.asarray(decoded), np.asarray(picture).astype(np.asarray(decoded).dtype))


@pytest.mark.parametrize("colour", [0, 255, 37, 251])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_plain_rows_of_any_colour_are_not_taken_for_missing(mode: str, colour: int) -> None:
    fills: dict[str, int | tuple[int, ...]] = {"L": colour, "P": colour, "RGB": (37, 91, 203), "RGBA": (37, 91, 203, 7)}
    assert decode_picture(encode(Image.new(mode, (9, 9), fills[mode]))).size == (9, 9)


def test_pixels_in_several_chunks_are_one_stream() -> None:
    stream = zlib.compress(bytes(range(21)) * SIDE)
    pieces = b"".join(chunk(b"IDAT", stream[start : start + 7]) for start in range(0, len(stream), 7))
    split = PNG[:33] + pieces + chunk(b"IEND", b"")
    assert np.array_equal(np.asarray(decode_picture(split)), np.tile(np.arange(1, 21, dtype=np.uint8), (SIDE, 1)))


def test_transparent_colour_is_kept() -> None:
    transparent = png(GOOD, extra=chunk(b"tRNS", b"\0a"))
    assert decode_picture(transparent).info["transparency"] == ord("a")


def test_mpo_gives_its_first_picture() -> None:
    first, second = noise("RGB"), Image.new("RGB", (9, 9))
    assert decode_picture(encode(first, "MPO", save_all=True, append_images=[second])).size == first.size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_obeyed(kind: str, orientation: int) -> None:
    upright = Image.new("L", (30, 20), 255)
    upright.paste(0, (0, 0, 10, 8))
    stored = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = upright if stored is None else upright.transpose(Image.Transpose(stored))
    decoded = decode_picture(encode(turned, kind, exif=exif)).convert("L")
    assert decoded.size == upright.size
    assert np.abs(np.asarray(decoded, float) - np.asarray(upright, float)).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_channel_turns_with_its_picture(orientation: int) -> None:
    alpha = noise("L")
    exif = Image.Exif()
    exif[0x0112] = orientation
    transparent = encode(Image.merge("RGBA", 3 * (Image.new("L", alpha.size, 9),) + (alpha,)), exif=exif)
    decoded, turned_alpha = decode_apart(transparent)
    assert turned_alpha is not None
    expected = ImageOps.exif_transpose(Image.open(BytesIO(transparent)))
    assert np.array_equal(np.asarray(Image.merge("LA", (decoded, turned_alpha))), np.asarray(expected.convert("LA")))
    assert np.array_equal(np.asarray(decode_picture(transparent)), np.asarray(expected.convert("LA")))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "starts with b''"),
        (encode(noise(), "GIF"), "GIF8"),
        (encode(noise(), "TIFF"), "II"),
        (encode(noise(), "BMP"), "BM"),
        (encode(noise(), "ICO"), "PNG, JPEG and still WebP"),
        (b"%PDF-1.7", "%PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "%!PS"),
        (b"8BPS\0\1", "8BPS"),
        (b"SIMPLE  =                    T", "SIMPLE"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "<svg"),
        (b"\x7fELF", "ELF"),
        (b"\x80\x04\x95", "allowed format"),
        (b"PK\x03\x04", "PK"),
        (png(GOOD, extra=chunk(b"acTL", bytes(8))), "animated PNG"),
        (encode(noise("RGB"), "WEBP", save_all=True, append_images=[Image.new("RGB", (48, 64))]), "animated WebP"),
        (b"\xff\xd8\xff\xc3\0\x0b\x08\0\x10\0\x10\1\1\x11\0", "rare kind"),
    ],
)
def test_other_formats_are_refused(content: bytes, what: str) -> None:
    with pytest.raises(PictureFormatError, match=what):
        decode_picture(content)


JPEG = encode(noise("RGB"), "JPEG")
WEBP = encode(noise("RGB"), "WEBP")
PNG = png(GOOD)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (PNG[:8], "without its IEND"),
        (PNG[:-12], "without its IEND"),
        (PNG[:50], "chunk IDAT ends at byte 62, the file at 50; send the whole file"),
        (PNG[:45] + b"X" + PNG[46:], "wrong checksum"),
        (png(ROW * (SIDE - 1)), "rows are cut: 399 of 420"),
        (png(b""), "rows are cut: 0 of 420"),
        (png(b"", depth=1), "rows are cut: 0 of 80"),
        (png((b"\7" + b"a") * SIDE, width=8, depth=1), "filter 7"),
        (PNG[:-30] + b"X" + PNG[-29:], "wrong checksum"),
        (png((b"\7" + b"a" * SIDE) * SIDE), "filter 7"),
        (png((b"\7" + b"a" * 3000) * 3000, width=3000, height=3000), "filter 7"),
        (png((b"\0" + b"a" * 3000) * 2999, width=3000, height=3000), "rows are cut"),
        (png(GOOD, width=0), "at least 1"),
        (png(GOOD, depth=3), "colour type 0 with 3 bits"),
        (png(GOOD, extra=chunk(b"tEXt", b"a\0b") * 5000), "more than 256 metadata"),
        (png(GOOD, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000)))), "zTXt.*unpacks"),
        (png(GOOD, extra=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(60_000_000)))), "iCCP.*unpacks"),
        (png(GOOD, extra=chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(60_000_000)))), "iTXt.*unpacks"),
        (png(GOOD, extra=chunk(b"IDAT", b"") * 5000), "more than 4096 chunks"),
        (png(GOOD, extra=chunk(b"ABCD", b"")), "unknown critical"),
        (png(GOOD, extra=chunk(b"PLTE", b"")), "palette has 0 bytes"),
        (png(GOOD, extra=chunk(b"PLTE", bytes(4))), "palette has 4 bytes"),
        (png(GOOD, extra=chunk(b"PLTE", bytes(771))), "palette has 771 bytes"),
        (png(GOOD, extra=chunk(b"tRNS", b"a")), "transparent colour has 1 bytes, not 2"),
        (png(ROW * 3 * SIDE, colour=2, extra=chunk(b"tRNS", bytes(5))), "transparent colour has 5 bytes, not 6"),
        (png(GOOD, extra=chunk(b"IHDR", bytes(13))), "wrong order: IHDR IHDR IDAT IEND"),
        (png(GOOD, extra=2 * chunk(b"PLTE", bytes(3))), "wrong order: IHDR PLTE PLTE"),
        (PNG[:-12] + chunk(b"tRNS", b"\0a") + PNG[-12:], "wrong order: IHDR IDAT tRNS IEND"),
        (png(GOOD, colour=3), "palette, which is not there"),
        (JPEG[: len(JPEG) // 2], "without its end marker"),
        (JPEG[:-1], "without its end marker"),
        (JPEG[:-2], "without its end marker"),
        (JPEG[:30], "end"),
        (JPEG[:2] + b"\xff\xfe\0\2" * 5000 + JPEG[2:], "more than 256 metadata"),
        (JPEG[:20] + b"\0" + JPEG[20:], "no marker|ends at"),
        (b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 3000, 3000) + bytes(10) + b"\xff\xd9", "scans hold 0"),
        (b"\xff\xd8\xff\xda\0\x02\xff\xd9", "scan before its frame"),
        (WEBP[:-9], "is cut"),
        (b"RIFF" + struct.pack("<I", 4) + b"WEBP", "must hold one picture"),
        (b"RIFF" + struct.pack("<I", 20) + b"WEBPVP8 " + struct.pack("<I", 8) + bytes(8), "broken header"),
        (b"RIFF" + struct.pack("<I", 16) + b"WEBPVP8 " + struct.pack("<I", 99) + bytes(4), "ends at byte"),
        (b"RIFF" + struct.pack("<I", 4 + 8 * 300) + b"WEBP" + b"XXXX\0\0\0\0" * 300, "more than 256 chunks"),
    ],
)
def test_damage_is_found(content: bytes, what: str) -> None:
    with pytest.raises(PictureDamagedError, match=what):
        decode_picture(content)


def test_jpeg_with_hundreds_of_scans_is_refused() -> None:
    content = encode(noise(), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureDamagedError, match="more than 32 scans"):
        decode_picture(content[:-2] + last * 32 + b"\xff\xd9")


@pytest.mark.parametrize(
    "content",
    [
        png(bytes(9400 * 1176), width=9400, height=9400, depth=1),
        png(b"", width=20_000, height=20_000, colour=6),
        png(b"", width=65_000, height=1),
        b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 9000, 9000) + bytes(300),
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\0\xff\xff\0",
        b"RIFF" + struct.pack("<I", 18) + b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f\xff\xff\xff\x0f\0",
    ],
)
def test_too_many_pixels_are_refused_before_decoding(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(PictureTooLargeError, match="at most"):
        decode_picture(content)
    assert time.process_time() - started < 0.05


def test_webp_may_have_a_third_of_the_pixels() -> None:
    limits = PictureLimits(max_pixels=300)
    assert decode_picture(encode(noise("RGB", (10, 10)), "WEBP"), limits=limits).size == (10, 10)
    with pytest.raises(PictureTooLargeError, match="10 x 11 pixels; at most 100"):
        decode_picture(encode(noise("RGB", (10, 11)), "WEBP"), limits=limits)


def test_scans_are_bounded_by_their_pixels() -> None:
    content = encode(noise("RGB", (100, 100)), "JPEG", progressive=True)
    assert decode_picture(content, limits=PictureLimits(max_pixels=10_000)).size == (100, 100)
    last = content[content.rindex(b"\xff\xda") : -2]
    for repeated, small_enough in ((3, True), (4, False)):
        crafted = content[:-2] + last * repeated + b"\xff\xd9"
        if small_enough:
            assert decode_picture(crafted, limits=PictureLimits(max_pixels=10_000)).size == (100, 100)
        else:
            with pytest.raises(PictureTooLargeError, match="14 scans of 100 x 100"):
                decode_picture(crafted, limits=PictureLimits(max_pixels=10_000))


def test_limit_is_the_last_size_allowed() -> None:
    content = encode(Image.new("L", (40, 25)))
    assert decode_picture(content, limits=PictureLimits(max_pixels=1000)).size == (40, 25)
    with pytest.raises(PictureTooLargeError, match="at most 999 in all"):
        decode_picture(content, limits=PictureLimits(max_pixels=999))
    with pytest.raises(PictureTooLargeError, match="a side may have at most 39"):
        decode_picture(content, limits=PictureLimits(max_side_pixels=39))


def test_impossible_limits_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 1"):
        PictureLimits(max_pixels=0)


def test_crafted_png_without_its_last_row_costs_no_memory() -> None:
    content = png((b"\0" + bytes(12_000)) * 3999, width=4000, height=4000, colour=2)
    tracemalloc.start()
    try:
        with pytest.raises(PictureDamagedError, match="rows are cut"):
            decode_picture(content)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("colour", "depth"), [(6, 8), (2, 16), (6, 16)])
def test_png_that_unpacks_to_more_than_rgb_is_refused_by_its_header(colour: int, depth: int) -> None:
    with pytest.raises(PictureTooLargeError, match="at most 48000000 are allowed"):
        decode_picture(png(b"", width=4000, height=4000, colour=colour, depth=depth))


def test_largest_rgb_png_is_decoded() -> None:
    assert decode_picture(png((b"\0" + bytes(12_000)) * 4000, width=4000, height=4000, colour=2)).size == (4000, 4000)


@pytest.mark.parametrize("interlace", [0, 1])
def test_surplus_after_the_last_row_ends_the_count(interlace: int) -> None:
    """The count of the rows went on for ever where a large or interlaced PNG had more bytes than rows."""
    content = png(bytes(5_000_000), width=2000, height=2200, interlace=interlace)
    assert decode_picture(content).size == (2000, 2200)


@pytest.mark.parametrize("tail", [b"PK\x03\x04 a zip", b"<html><script>"])
def test_what_follows_a_picture_is_dropped(tail: bytes) -> None:
    assert decode_picture(PNG + tail).size == (SIDE, SIDE)
    assert decode_picture(JPEG + tail).size == (48, 64)


def test_only_the_beginning_of_packed_metadata_is_unpacked() -> None:
    """Texts that unpack to nothing, 5 MiB of them, took a third of a second."""
    empty_blocks = b"a\0\0\x78\x01" + 20_000 * bytes.fromhex("000000ffff")
    with patch("model.png_metadata.unpack", return_value=b"") as unpack:
        decode_picture(png(GOOD, extra=40 * chunk(b"zTXt", empty_blocks)))
    assert sum(len(call.args[0]) for call in unpack.call_args_list) == 1 << 16


def test_wrong_order_is_found_before_anything_is_unpacked() -> None:
    """With a second header Pillow decoded rows as of another size, up to a wrong filter; without a palette it failed."""
    with patch("model.decoding.check_rows", side_effect=AssertionError), patch("model.decoding.decode_rows") as decode:
        for content in (png(GOOD, extra=chunk(b"IHDR", bytes(13))), png(GOOD, colour=3)):
            with pytest.raises(PictureDamagedError, match=r"wrong order|not there"):
                decode_picture(content)
    decode.assert_not_called()


def test_metadata_that_is_small_does_no_harm() -> None:
    packed, plain = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"hello")), chunk(b"iTXt", b"a\0\0\0\0\0hello")
    extra = packed + plain + chunk(b"zTXt", b"a\0\0x")
    assert decode_picture(png(GOOD, extra=extra)).size == (SIDE, SIDE)


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
INTERLACED_ROWS = b"".join((b"\0" + bytes(-(-(8 - c) // cs))) * -(-(8 - r) // rs) for c, r, cs, rs in PASSES)


def test_interlaced_png_is_decoded() -> None:
    assert decode_picture(png(INTERLACED_ROWS, width=8, height=8, interlace=1)).size == (8, 8)


def test_interlaced_png_without_its_last_row_is_refused() -> None:
    with pytest.raises(PictureDamagedError, match="rows are cut"):
        decode_picture(png(INTERLACED_ROWS[:-9], width=8, height=8, interlace=1))


def test_photo_is_decoded_smaller_where_asked() -> None:
    content = encode(Image.new("RGB", (4000, 3000), "white"), "JPEG")
    assert decode_picture(content, long_side_pixels=1000).size == (1000, 750)
    assert decode_picture(content).size == (4000, 3000)


@given(st.sampled_from([PNG, JPEG, WEBP, encode(noise("RGBA"), "WEBP", lossless=True)]), st.data())
def test_bytes_changed_anywhere_give_a_picture_or_our_error(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            decode_picture(bytes(changed))
        except PictureError as error:
            assert str(error)


@given(st.sampled_from([PNG, JPEG, WEBP]), st.data())
def test_picture_cut_anywhere_is_refused(content: bytes, data: st.DataObject) -> None:
    with pytest.raises(PictureError):
        decode_picture(content[: data.draw(st.integers(0, len(content) - 1))])
