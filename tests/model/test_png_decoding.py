"""Whatever PNG comes, it is read as Pillow reads it, or refused in our own words."""

import warnings
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.decoding import decode_picture
from model.errors import PictureError
from model.pictures import read_picture
from model.png_container import PngHeader
from tests.png_files import COLOURS, file_of, interlaced, with_byte_changed

SIDES = st.integers(1, 40)
SEEDS = st.integers(0, 10_000)
MODES = ("1", "L", "LA", "P", "I;16", "RGB", "RGB", "RGBA", "RGBA", "RGBA")
"""The last ones twice and more, as they come in more ways."""
LEVELS = (0, 85, 170, 255)
"""Few levels make pictures that are flat or of the transparent colour by chance."""


def draw_pixels(size: tuple[int, int], channels: int, generator: np.random.Generator, *, are_grey: bool) -> np.ndarray:
    """Draw blocks of few colours, or noise: uint8 (height, width, channels)."""
    width, height = size
    block = int(generator.integers(1, 9))
    coarse = generator.choice(np.array(LEVELS, np.uint8), (-(-height // block), -(-width // block), channels))
    if are_grey:
        coarse[..., :3] = coarse[..., :1]
    if generator.random() < 0.5:
        coarse[..., -1] = 255
    return coarse.repeat(block, 0).repeat(block, 1)[:height, :width]


def draw_picture(mode: str, size: tuple[int, int], generator: np.random.Generator) -> Image.Image:
    are_grey = bool(generator.integers(2))
    if mode == "I;16":
        return Image.fromarray(generator.integers(0, 1 << 16, size[::-1], np.uint16))
    if mode in ("L", "1"):
        return Image.fromarray(draw_pixels(size, 1, generator, are_grey=False)[..., 0]).convert(mode)
    return Image.fromarray(draw_pixels(size, 4, generator, are_grey=are_grey)).convert(mode)


def written(picture: Image.Image, **options: object) -> bytes:
    stream = BytesIO()
    picture.save(stream, "PNG", **options)
    return stream.getvalue()


def transparency(mode: str, number: int | None) -> dict[str, object]:
    """Give the option that makes a colour transparent where a mode has one."""
    colour = {"L": number, "P": number, "RGB": (number, number, number)}.get(mode)
    return {} if number is None or colour is None else {"transparency": colour}


PICTURES = st.builds(
    lambda mode, width, height, seed: draw_picture(mode, (width, height), np.random.default_rng(seed)),
    st.sampled_from(MODES),
    SIDES,
    SIDES,
    SEEDS,
)
FILES = st.builds(
    lambda picture, level, number: written(picture, compress_level=level, **transparency(picture.mode, number)),
    PICTURES,
    st.integers(0, 9),
    st.sampled_from((None, *LEVELS)),
)


def assert_same(decoded: Image.Image, plain: Image.Image) -> None:
    """Compare what both see, as colour where one of them has found that all is grey."""
    assert decoded.size == plain.size
    if decoded.mode == plain.mode:
        assert np.array_equal(np.asarray(decoded), np.asarray(plain))
        assert decoded.getpalette() == plain.getpalette()
        assert decoded.info.get("transparency") == plain.info.get("transparency")
    else:
        assert decoded.mode in ("L", "LA")
        assert plain.mode in ("RGB", "RGBA")
        assert np.array_equal(np.asarray(decoded.convert("RGBA")), np.asarray(plain.convert("RGBA")))


@given(FILES)
def test_png_that_pillow_writes_has_the_pixels_that_pillow_reads(content: bytes) -> None:
    assert_same(decode_picture(content), Image.open(BytesIO(content)))


@given(channels=st.sampled_from(sorted(COLOURS)), width=SIDES, height=SIDES, seed=SEEDS, are_grey=st.booleans())
def test_interlaced_png_has_its_pixels(channels: int, width: int, height: int, seed: int, *, are_grey: bool) -> None:
    generator = np.random.default_rng(seed)
    pixels = draw_pixels((width, height), channels, generator, are_grey=are_grey)
    header = PngHeader(width, height, COLOURS[channels], 8, interlaced=True)
    decoded = decode_picture(file_of(header, interlaced(pixels, generator)))
    assert np.array_equal(np.asarray(decoded).reshape(pixels.shape), pixels)


def change(content: bytes, place: int, value: int) -> bytes:
    changed = bytearray(content)
    changed[place] = value
    return bytes(changed)


@pytest.mark.parametrize("changed", [change, with_byte_changed], ids=["checksums as they were", "checksums mended"])
@given(content=FILES, share=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_png_with_a_byte_changed_is_read_or_refused(
    changed: Callable[[bytes, int, int], bytes], content: bytes, share: float, value: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            assert read_picture(changed(content, int(share * len(content)), value)).image.shape == (28, 28)
        except PictureError as error:
            assert str(error)


@given(FILES, st.floats(0, 1, exclude_max=True))
def test_png_cut_anywhere_is_refused(content: bytes, share: float) -> None:
    with pytest.raises(PictureError):
        read_picture(content[: int(share * len(content))])
