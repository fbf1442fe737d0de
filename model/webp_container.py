"""The check of a WebP: its RIFF chunks and the sizes that its bitstream claims, without decoding.

libwebp makes room for the canvas when a file is opened, so the size is read here first. Animations are refused by their
flag or by their frames.

Source: "WebP Container Specification" and "WebP Lossless Bitstream", Google; RFC 9649 (2024); RFC 6386 for VP8's header.
"""

import struct
from dataclasses import replace

from model.containers import MAX_METADATA_BLOCKS, CheckedContent, PictureLimits, check_size
from model.errors import PictureDamagedError, PictureFormatError
from model.exif import read_orientation

ANIMATION_FLAG = 0x02
PIXELS_SHARE = 3
"""libwebp's decoder holds two canvases, and Pillow copies them twice: 12 bytes a pixel and 12 ms a megapixel, whether the
picture turns out damaged or not. So one in three of the pixels allowed elsewhere."""
KEPT = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH")


def is_webp(content: bytes) -> bool:
    """Say whether the content starts as a WebP file does."""
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def check_webp(content: bytes, limits: PictureLimits) -> CheckedContent:
    """Check a WebP without decoding it.

    Parameters
    ----------
    content
        The file; `is_webp` holds. Bytes after the RIFF chunk are dropped.
    limits
        The largest picture allowed.

    Returns
    -------
    CheckedContent
        The same picture without metadata.

    Raises
    ------
    PictureFormatError
        If it is animated.
    PictureDamagedError
        If it is cut, contradicts itself or has too many chunks.
    PictureTooLargeError
        If it has more than a third of the pixels that the limits allow.
    """
    webp_limits = replace(limits, max_pixels=max(1, limits.max_pixels // PIXELS_SHARE))
    sizes: list[tuple[int, int]] = []
    kept: list[bytes] = []
    orientation = 1
    for kind, body, whole in _chunks(content):
        if kind in (b"ANIM", b"ANMF") or (kind == b"VP8X" and body[:1] and body[0] & ANIMATION_FLAG):
            raise PictureFormatError("the picture is an animated WebP; PNG, JPEG and still WebP are allowed")
        if kind != b"ALPH" and kind in KEPT:
            sizes.append(_size(kind, body))
            check_size(*sizes[-1], webp_limits)
        if kind in KEPT:
            kept.append(whole)
        if kind == b"EXIF":
            orientation = read_orientation(body)
    if not kept or kept[-1][:4] not in (b"VP8 ", b"VP8L") or len(set(sizes)) != 1:
        raise PictureDamagedError(f"the WebP must hold one picture; it claims the sizes {sizes}")
    return CheckedContent(_riff(kept), *sizes[-1], orientation)


def _chunks(content: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """List each chunk's kind, body and whole bytes, padding included."""
    end_of_file = struct.unpack_from("<I", content, 4)[0] + 8
    if end_of_file > len(content):
        raise PictureDamagedError(f"the WebP is cut: {len(content)} of {end_of_file} bytes are there; send all of it")
    chunks: list[tuple[bytes, bytes, bytes]] = []
    position = 12
    while position + 8 <= end_of_file:
        kind, length = struct.unpack_from("<4sI", content, position)
        end = position + 8 + length
        if end > end_of_file:
            raise PictureDamagedError(f"the WebP's chunk {kind!r} ends at byte {end} of {end_of_file}")
        if len(chunks) == MAX_METADATA_BLOCKS:
            raise PictureDamagedError(f"the WebP has more than {MAX_METADATA_BLOCKS} chunks")
        chunks.append((kind, content[position + 8 : end], content[position : end + length % 2]))
        position = end + length % 2
    return chunks


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Read width and height from the canvas, the lossy or the lossless header."""
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    raise PictureDamagedError(f"the WebP's chunk {kind!r} has a broken header")


def _riff(chunks: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
