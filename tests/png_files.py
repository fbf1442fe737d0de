"""PNGs written by hand: of any kind, with any filters, sound or not."""

import struct
import zlib

import numpy as np

from model.png_container import INTERLACE_PASSES, SIGNATURE, PngHeader

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


def interlaced(pixels: np.ndarray, generator: np.random.Generator) -> bytes:
    """Make the rows of all passes over pixels (height, width, channels), each with any filter."""
    parts = (pixels[row::row_step, column::column_step] for column, row, column_step, row_step in INTERLACE_PASSES)
    return b"".join(filtered(part, generator.integers(0, 5, len(part)).tolist()) for part in parts if part.size)


def with_byte_changed(content: bytes, place: int, value: int) -> bytes:
    """Change a byte of a PNG, and mend the checksums, so that what reads its chunks meets the change."""
    changed = bytearray(content)
    changed[place] = value
    position = len(SIGNATURE)
    while position + 12 <= len(changed):
        end = position + 8 + int.from_bytes(changed[position : position + 4])
        if end + 4 <= len(changed):
            changed[end : end + 4] = zlib.crc32(changed[position + 4 : end]).to_bytes(4)
        position = end + 4
    return bytes(changed)
