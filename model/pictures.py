"""From any picture of a digit to the 28 x 28 pixels that a network reads: the one way for all callers.

The service, the command line and the evaluation all come through `read_picture`. Decoding is `decoding.py`'s; the last
steps, box and centre, are `framing.py`'s.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from PIL import Image

from model.containers import DEFAULT_LIMITS, PictureLimits, check_size
from model.decoding import decode_apart
from model.digits import find_digit
from model.errors import PictureError
from model.framing import as_mnist, frame_ink, may_be_mnist
from model.shapes import SIDE, Image28, Pixels
from model.sheets import make_sheet
from model.tiny_png import decode_tiny_rows, pack_tiny_rows, unpack_tiny_png
from model.weight import balance_weight

PREPROCESSING_VERSION = 8
"""Raised whenever a picture may come out different; a checkpoint names the version it was made for."""

DECODED_LONG_SIDE_PIXELS = 1000

TinyRows: TypeAlias = bytes
"""The rows of a picture of MNIST's size and mode, which may need no preparation: see `tiny_png.py`."""
Refusal = TypeVar("Refusal", bound=PictureError)


class PreparedPicture(NamedTuple):
    """What the networks see of a picture."""

    image: Image28
    blank: bool
    """True where no ink was found; the image is empty then."""


def read_picture(content: bytes, *, limits: PictureLimits = DEFAULT_LIMITS) -> PreparedPicture:
    """Decode a picture and prepare it for the networks.

    Parameters
    ----------
    content
        A PNG, JPEG, MPO or still WebP.
    limits
        The largest picture allowed.

    Returns
    -------
    PreparedPicture
        The digit as MNIST would hold it, or blank.

    Raises
    ------
    PictureError
        If the content is refused; see `decode_picture`.
    """
    (prepared,) = finish_reading([begin_reading(content, limits=limits)])
    return prepared


def begin_reading(content: bytes, *, limits: PictureLimits = DEFAULT_LIMITS) -> PreparedPicture | TinyRows:
    """Decode a picture, and prepare it unless it is of MNIST's size.

    Most pictures of that size need no preparation, and whether they do is told of many at the price of one.

    Parameters
    ----------
    content, limits
        As for `read_picture`.

    Returns
    -------
    PreparedPicture or TinyRows
        For `finish_reading`.

    Raises
    ------
    PictureError
        If the content is refused; see `decode_picture`.
    """
    rows = unpack_tiny_png(content)
    if rows is not None:
        check_size(SIDE, SIDE, limits)
        return rows
    return _begin(make_sheet(*decode_apart(content, limits=limits, long_side_pixels=DECODED_LONG_SIDE_PIXELS)))


def finish_reading(begun: Sequence[PreparedPicture | TinyRows | Refusal]) -> list[PreparedPicture | Refusal]:
    """Prepare what `begin_reading` left.

    Parameters
    ----------
    begun
        What it gave for each picture, or the error that it raised.

    Returns
    -------
    list of PreparedPicture
        In the same order; errors stay in their places.
    """
    tiny = [one for one in begun if isinstance(one, bytes)]
    finished = _finish_tiny(decode_tiny_rows(tiny)) if tiny else iter(())
    return [next(finished) if isinstance(one, bytes) else one for one in begun]


def _finish_tiny(pixels: Pixels) -> Iterator[PreparedPicture]:
    for i, image in enumerate(as_mnist(pixels)):
        yield _find_and_frame(Image.fromarray(pixels[i])) if image is None else PreparedPicture(image, blank=False)


def prepare_picture(picture: Image.Image) -> PreparedPicture:
    """Find the digit in a picture and bring it into MNIST's form.

    Parameters
    ----------
    picture
        Any size and mode; not changed.

    Returns
    -------
    PreparedPicture
        The digit as MNIST would hold it, or blank.
    """
    (prepared,) = finish_reading([_begin(make_sheet(picture))])
    return prepared


def _begin(sheet: Image.Image) -> PreparedPicture | TinyRows:
    return pack_tiny_rows(sheet) if may_be_mnist(sheet) else _find_and_frame(sheet)


def _find_and_frame(sheet: Image.Image) -> PreparedPicture:
    digit = find_digit(sheet)
    if digit is None:
        return PreparedPicture(np.zeros((SIDE, SIDE), np.float32), blank=True)
    return PreparedPicture(frame_ink(balance_weight(digit)), blank=False)


def image_to_png(image: Image28, *, scale: int = 1, ink_on_paper: bool = False) -> bytes:
    """Write what a network sees as a PNG.

    Parameters
    ----------
    image
        Values in [0, 1], ink is 1.
    scale
        Every pixel becomes a square of this many pixels a side.
    ink_on_paper
        Black on white, as on paper, rather than MNIST's white on black.

    Returns
    -------
    bytes
        A grey 8-bit PNG.
    """
    pixels = np.rint(image * 255).astype(np.uint8)
    picture = Image.fromarray(255 - pixels if ink_on_paper else pixels)
    if scale > 1:
        picture = picture.resize((SIDE * scale, SIDE * scale), Image.Resampling.NEAREST)
    stream = BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue()
