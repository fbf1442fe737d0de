import numpy as np
import pytest
from PIL import Image

from model.tints import make_grey


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((20, 30, 120), (250, 250, 245)),
        ((200, 60, 60), (60, 130, 60)),
        ((70, 70, 255), (200, 90, 0)),
        ((0, 160, 0), (200, 60, 200)),
    ],
)
def test_ink_differs_from_ground_in_one_channel(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    sheet = Image.new("RGB", (100, 80), ground)
    sheet.paste(ink, (40, 20, 50, 60))
    grey = np.asarray(make_grey(sheet), float)
    assert abs(grey[40, 45] - grey[5, 5]) > 60
    assert grey.min() >= 0
    assert grey.max() <= 255


def test_brightness_is_used_where_it_differs() -> None:
    sheet = Image.new("RGB", (100, 80), "white")
    sheet.paste((0, 0, 120), (40, 20, 50, 60))
    assert make_grey(sheet).tobytes() == sheet.convert("L").tobytes()


@pytest.mark.parametrize("mode", ["L", "F"])
def test_one_channel_stays_as_it_is(mode: str) -> None:
    sheet = Image.linear_gradient("L").convert(mode)
    assert make_grey(sheet) is sheet


def test_one_colour_is_no_trouble() -> None:
    assert make_grey(Image.new("RGB", (1, 1), "red")).mode == "L"
