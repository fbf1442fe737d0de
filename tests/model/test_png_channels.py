"""What is grey comes as one channel, whatever the rows' filters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.containers import DEFAULT_LIMITS
from model.png_channels import decode_rows
from model.png_container import PngHeader, check_png
from tests.png_files import COLOURS, file_of, filtered

FILTERS = st.lists(st.integers(0, 4), min_size=1, max_size=9)
UP_BUT_FOR_ONE = st.integers(0, 4).flatmap(lambda other: st.lists(st.sampled_from([2, other]), min_size=1, max_size=9))
"""Browsers write nothing but Up."""


@given(
    channels=st.sampled_from([3, 4]),
    alpha=st.sampled_from(["opaque", "nearly opaque", "any"]),
    colour=st.sampled_from(["grey", "nearly grey", "any"]),
    filters=st.one_of(FILTERS, UP_BUT_FOR_ONE),
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
        pixels[place] ^= np.uint8(colour == "nearly grey")
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
