"""The check of a PNG's container, chunk by chunk; its rows are `png_rows.py`'s, metadata `png_metadata.py`'s.

Every chunk's checksum is verified, and no more than header, palette, transparent colour and pixels, in their order, goes on
to a decoder.

Source: PNG specification, third edition (W3C, 2025): chunks (5), interlacing (8.2), APNG (acTL).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from model.containers import CheckedContent, PictureLimits, check_size
from model.deflate import crc32
from model.errors import PictureDamagedError, PictureTooLargeError
from model.exif import read_orientation
from model.png_metadata import MetadataBudget

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_BYTES_PER_PIXEL = 3
"""By the most pixels allowed; smaller pictures may have alpha, and 16 bits."""
MAX_CHUNKS = 4096
"""Encoders cut pixels into chunks of 8 kB or more; 400,000 empty ones took a second."""
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PALETTE = 3
INTERLACE_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, column step, row step of each pass."""
KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
ORDER = re.compile(rb"IHDR( tRNS)?( PLTE)?( tRNS)?( IDAT)* IEND")
"""What Pillow would find otherwise only after it has decoded most of the picture, if at all."""
MAX_PALETTE_BYTES = 768
TRANSPARENT_COLOUR_BYTES = {0: 2, 2: 6}
"""By the colour type; a palette has as many alphas as it likes."""
_CHUNK_HEAD = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBBBBB")


@dataclass(frozen=True)
class PngHeader:
    """What the IHDR chunk says."""

    width: int
    height: int
    colour: int
    depth: int
    interlaced: bool

    @property
    def bits_per_pixel(self) -> int:
        """All samples of one pixel."""
        return self.depth * SAMPLES[self.colour]

    @property
    def unpacked_bytes(self) -> int:
        """All rows with their filter bytes, as the pixel stream must hold them."""
        return sum(rows * row_bytes for rows, row_bytes in self.passes())

    def passes(self) -> list[tuple[int, int]]:
        """Give each pass's rows and bytes per row, the filter byte included."""
        if not self.interlaced:
            return [(self.height, 1 + (self.width * self.bits_per_pixel + 7) // 8)]
        sizes = [
            (-((column - self.width) // column_step), -((row - self.height) // row_step))
            for column, row, column_step, row_step in INTERLACE_PASSES
        ]
        return [(rows, 1 + (columns * self.bits_per_pixel + 7) // 8) for columns, rows in sizes if rows and columns]


@dataclass(frozen=True)
class CheckedPng(CheckedContent):
    """A PNG that passed its check, its rows not yet counted."""

    header: PngHeader = field(kw_only=True)
    packed_pixels: list[memoryview] = field(kw_only=True)
    """The bodies of the IDAT chunks: pieces of one zlib stream."""
    bare: bool = field(kw_only=True)
    """Whether there is nothing but header, pixels and end: no palette, no transparent colour."""

    @property
    def plain(self) -> bool:
        """Whether every byte of its rows is a sample that means what it says, row by row."""
        return self.bare and self.header.depth == 8 and self.header.colour != PALETTE and not self.header.interlaced


def check_png(content: bytes, limits: PictureLimits) -> CheckedPng:
    """Check a PNG without decoding it.

    Parameters
    ----------
    content
        The file; it starts with PNG's signature. Bytes after the last chunk are dropped.
    limits
        The largest picture allowed.

    Returns
    -------
    CheckedPng
        The same pixels in a PNG without metadata; `check_rows` tells whether they are all there.

    Raises
    ------
    PictureFormatError
        If it is animated.
    PictureDamagedError
        If it is cut, a checksum is wrong, or it carries a bomb or hundreds of metadata chunks.
    PictureTooLargeError
        If it has more pixels than the limits allow, or unpacks to more than three bytes for each of so many.
    """
    kept: list[memoryview] = []
    kinds: list[bytes] = []
    pixels: list[memoryview] = []
    header: PngHeader | None = None
    orientation = 1
    metadata = MetadataBudget()
    for kind, body, whole in _chunks(content):
        if header is None:
            header = _read_header(kind, body)
            check_size(header.width, header.height, limits)
            _check_unpacked_size(header, limits)
        if kind in KEPT:
            kept.append(whole)
            kinds.append(kind)
            if kind == b"IDAT":
                pixels.append(body)
            _check_colours(kind, len(body), header)
        else:
            metadata.spend(kind, body)
            orientation = read_orientation(bytes(body)) if kind == b"eXIf" else orientation
    if header is None:
        raise PictureDamagedError("the PNG ends after its signature; send the whole file")
    _check_order(b" ".join(kinds), header)
    stripped, bare = SIGNATURE + b"".join(kept), len(kept) == len(pixels) + 2
    return CheckedPng(
        stripped, header.width, header.height, orientation, header=header, packed_pixels=pixels, bare=bare
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """Yield each chunk's kind, body and whole bytes, up to IEND, its checksum verified."""
    view = memoryview(content)
    position = len(SIGNATURE)
    kind = b""
    count = 0
    while kind != b"IEND":
        count += 1
        if count > MAX_CHUNKS:
            raise PictureDamagedError(f"the PNG has more than {MAX_CHUNKS} chunks; save it again")
        if position + 12 > len(content):
            raise PictureDamagedError(
                f"the PNG ends at byte {len(content)} without its IEND chunk; send the whole file"
            )
        length, kind = _CHUNK_HEAD.unpack_from(content, position)
        end = position + 12 + length
        if end > len(content):
            raise PictureDamagedError(
                f"the PNG's chunk {_printable(kind)} ends at byte {end}, the file at {len(content)}; send the whole file"
            )
        if crc32(view[position + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise PictureDamagedError(f"the PNG's chunk {_printable(kind)} at byte {position} has a wrong checksum")
        yield kind, view[position + 8 : end - 4], view[position:end]
        position = end


def _printable(kind: bytes) -> str:
    """Write a chunk's kind as letters, and bytes that are none escaped."""
    return repr(kind)[2:-1]


def _read_header(kind: bytes, body: memoryview) -> PngHeader:
    if kind != b"IHDR" or len(body) != 13:
        raise PictureDamagedError(
            f"the PNG starts with chunk {_printable(kind)} of {len(body)} bytes, not with IHDR of 13"
        )
    width, height, depth, colour, _compression, _filter, interlace = _HEADER.unpack(body)
    if depth not in DEPTHS.get(colour, ()) or interlace > 1:
        raise PictureDamagedError(f"the PNG claims colour type {colour} with {depth} bits, interlace {interlace}")
    return PngHeader(width, height, colour, depth, interlaced=bool(interlace))


def _check_colours(kind: bytes, size: int, header: PngHeader) -> None:
    """Check the size of a palette or a transparent colour."""
    if kind == b"PLTE" and (size % 3 or not 0 < size <= MAX_PALETTE_BYTES):
        raise PictureDamagedError(f"the PNG's palette has {size} bytes, not 3 to {MAX_PALETTE_BYTES} by threes")
    least = TRANSPARENT_COLOUR_BYTES.get(header.colour, 0)
    if kind == b"tRNS" and size < least:
        raise PictureDamagedError(f"the PNG's transparent colour has {size} bytes, not {least}")


def _check_order(kinds: bytes, header: PngHeader) -> None:
    """Check the order of all chunks that are kept, and that a palette is there where colours are numbers of it."""
    if not ORDER.fullmatch(kinds):
        raise PictureDamagedError(f"the PNG's chunks come in a wrong order: {kinds[:100].decode()}")
    if header.colour == PALETTE and b"PLTE" not in kinds:
        raise PictureDamagedError("the PNG's colours are numbers of a palette, which is not there")


def _check_unpacked_size(header: PngHeader, limits: PictureLimits) -> None:
    """Refuse what unpacks to more than 8-bit RGB of the largest size: unpacking costs time, damage or not."""
    needed, allowed = header.width * header.height * header.bits_per_pixel // 8, MAX_BYTES_PER_PIXEL * limits.max_pixels
    if needed > allowed:
        raise PictureTooLargeError(
            f"the PNG's {header.width} x {header.height} pixels of {header.bits_per_pixel} bits unpack to {needed} bytes; "
            f"at most {allowed} are allowed; send a smaller copy, or one with 8-bit RGB"
        )
