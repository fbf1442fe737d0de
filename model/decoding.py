"""From bytes to a picture: which formats are let in, and how much they may cost.

The format is told by its first bytes, never by a name or a declared type. The three formats' own checks
(`png_container.py`, `jpeg_container.py`, `webp_container.py`) come before any decoder; then the one decoder of that format
is called directly, so that no other of Pillow's forty is ever loaded and none of Pillow's global settings matters.
What the pixels mean is left to `pictures.py`.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from model import jpeg_container, png_container
from model.containers import DEFAULT_LIMITS, CheckedContent, PictureLimits
from model.errors import PictureDamagedError, PictureFormatError
from model.jpeg_container import check_jpeg
from model.png_channels import decode_rows
from model.png_container import CheckedPng, check_png
from model.png_rows import check_rows
from model.webp_container import check_webp, is_webp

__all__ = ["PictureLimits", "decode_apart", "decode_picture"]

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes each EXIF orientation upright."""

DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
)
"""What Pillow is known to raise on damaged content."""

FREELY_HELD_BYTES = 1 << 22
"""Up to this size (a canvas of 1,000 x 1,000 with alpha) a PNG's rows are unpacked at once."""


def decode_picture(
    content: bytes, *, limits: PictureLimits = DEFAULT_LIMITS, long_side_pixels: int | None = None
) -> Image.Image:
    """Decode a picture that a stranger sent, and turn it upright.

    Parameters
    ----------
    content
        A PNG, a JPEG (or MPO: its first picture), or a still WebP.
    limits
        The largest picture allowed; checked before decoding.
    long_side_pixels
        Where given, a JPEG may come out smaller, by 2, 4 or 8, as long as its longer side keeps this length: a photo
        of 12 megapixels is decoded several times faster.

    Returns
    -------
    PIL.Image.Image
        The picture in its own mode, loaded, turned as its EXIF says; a small PNG without colour may be grey all the same.

    Raises
    ------
    PictureFormatError
        If it is another format, or animated.
    PictureDamagedError
        If it is cut or corrupt.
    PictureTooLargeError
        If it has more pixels than allowed.
    """
    picture, alpha = decode_apart(content, limits=limits, long_side_pixels=long_side_pixels)
    return picture if alpha is None else Image.merge("LA", (picture, alpha))


def decode_apart(
    content: bytes, *, limits: PictureLimits = DEFAULT_LIMITS, long_side_pixels: int | None = None
) -> tuple[Image.Image, Image.Image | None]:
    """Decode as `decode_picture` does, and give the alpha channel apart where it was decoded so.

    Returns
    -------
    tuple
        The picture; the alpha channel of one of mode L, mode L too, or None.
    """
    checked: CheckedContent
    alpha: Image.Image | None = None
    if content.startswith(png_container.SIGNATURE):
        checked = check_png(content, limits)
        picture, alpha = _decode_png(checked)
    elif content.startswith(jpeg_container.SIGNATURE):
        checked = check_jpeg(content, limits)
        picture = _decode_jpeg(checked, long_side_pixels)
    elif is_webp(content):
        checked = check_webp(content, limits)
        picture = _decode_webp(checked)
    else:
        raise PictureFormatError(
            f"the content starts with {content[:8]!r}, as no allowed format does; PNG, JPEG and still WebP are allowed"
        )
    turn = TURNS.get(checked.orientation)
    if turn is None:
        return picture, alpha
    return picture.transpose(turn), alpha.transpose(turn) if alpha is not None else None


@contextmanager
def _decoder_errors_as_ours() -> Iterator[None]:
    try:
        yield
    except DECODER_ERRORS as error:
        raise PictureDamagedError(f"the picture cannot be decoded: {error}") from error


def _decode_png(png: CheckedPng) -> tuple[Image.Image, Image.Image | None]:
    """Decode a PNG and be certain that all its rows are there, which Pillow does not look at."""
    if png.plain and png.header.unpacked_bytes <= FREELY_HELD_BYTES:
        return decode_rows(png)
    check_rows(png)
    with _decoder_errors_as_ours():
        picture = PngImagePlugin.PngImageFile(BytesIO(png.content))
    return _load(picture, png), None


def _decode_jpeg(jpeg: CheckedContent, long_side_pixels: int | None) -> Image.Image:
    with _decoder_errors_as_ours():
        picture = JpegImagePlugin.JpegImageFile(BytesIO(jpeg.content))
        reduction = 1 if long_side_pixels is None else max(picture.size) // long_side_pixels
        if reduction > 1:
            picture.draft(picture.mode, (picture.width // reduction, picture.height // reduction))
        picture.load()
    return picture


def _decode_webp(webp: CheckedContent) -> Image.Image:
    with _decoder_errors_as_ours():
        picture = WebPImagePlugin.WebPImageFile(BytesIO(webp.content))
    return _load(picture, webp)


def _load(picture: ImageFile.ImageFile, checked: CheckedContent) -> Image.Image:
    """Run the decoder; the size that it allocates must be the one that was checked."""
    if picture.size != (checked.width_pixels, checked.height_pixels):
        raise PictureDamagedError(f"the decoder finds {picture.size} pixels where the header claimed another size")
    with _decoder_errors_as_ours():
        picture.load()
    return picture
