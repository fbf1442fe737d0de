"""What the checks of the three picture formats share: the limits, and what a check hands on.

A check walks the container (PNG chunks, JPEG segments, WebP chunks) in pure Python before any decoder sees a byte. It
refuses what is cut, corrupt, animated or too large, and hands on a copy stripped of everything that pixels do not need:
texts, profiles, thumbnails and maker notes never reach Pillow. What they mean for the pixels is decided here once:
EXIF orientation is obeyed; colour profiles and gamma are ignored, samples count as sRGB, because no profile moves a stroke.

The checks themselves are in `png_container.py`, `jpeg_container.py` and `webp_container.py`.
"""

from dataclasses import dataclass

from model.errors import ConfigurationError, PictureDamagedError, PictureTooLargeError

MAX_METADATA_BLOCKS = 256
"""Chunks or segments besides the pixels. Cameras write up to about 30; an ICC profile in JPEG at most 255 by its standard
but 10 in practice. Thousands are an attack on parsers that keep them all."""


@dataclass(frozen=True)
class PictureLimits:
    """The size from which a picture is refused before it is decoded."""

    max_pixels: int = 16_000_000
    max_side_pixels: int = 16_384

    def __post_init__(self) -> None:
        if self.max_pixels < 1 or self.max_side_pixels < 1:
            raise ConfigurationError(
                f"picture limits are {self.max_pixels} pixels and {self.max_side_pixels} a side; both must be at least 1"
            )


DEFAULT_LIMITS = PictureLimits()


@dataclass(frozen=True)
class CheckedContent:
    """A container that passed its check, reduced to what the pixels need."""

    content: bytes
    width_pixels: int
    height_pixels: int
    orientation: int = 1
    """The EXIF orientation, 1 to 8; 1 means upright."""


def check_size(width_pixels: int, height_pixels: int, limits: PictureLimits) -> None:
    """Refuse a picture with no pixels, too many pixels or too long a side.

    Raises
    ------
    PictureDamagedError
        If a side is zero.
    PictureTooLargeError
        If a limit is passed.
    """
    size = f"the picture is {width_pixels} x {height_pixels} pixels"
    if width_pixels < 1 or height_pixels < 1:
        raise PictureDamagedError(f"{size}; each side must be at least 1")
    if width_pixels * height_pixels > limits.max_pixels:
        raise PictureTooLargeError(f"{size}; at most {limits.max_pixels} in all are allowed; send a smaller copy")
    if max(width_pixels, height_pixels) > limits.max_side_pixels:
        raise PictureTooLargeError(f"{size}; a side may have at most {limits.max_side_pixels}; send a smaller copy")
