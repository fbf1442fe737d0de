from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app.sheet import CELL_PIXELS, draw_sheet
from model.shapes import Image28


def solid(value: float) -> Image28:
    return np.full((28, 28), value, np.float32)


def sheet(images: list[Image28], *, label: int = 1, predicted: int = 7) -> np.ndarray:
    content = draw_sheet(images, labels=[label] * len(images), predicted=[predicted] * len(images))
    return np.asarray(Image.open(BytesIO(content)))


@pytest.mark.parametrize(("count", "rows", "columns"), [(0, 1, 1), (1, 1, 1), (8, 1, 8), (9, 2, 8), (33, 5, 8)])
def test_grid_is_eight_wide(count: int, rows: int, columns: int) -> None:
    assert sheet([solid(0)] * count).shape == (rows * CELL_PIXELS, columns * CELL_PIXELS)


def test_ink_is_black_on_white() -> None:
    drawn = sheet([solid(1)])
    assert drawn[0, 0] == 255
    assert drawn[CELL_PIXELS // 2, CELL_PIXELS // 2] == 0


def test_label_is_top_right_and_answer_bottom_right() -> None:
    for changed, half in (
        ({"label": 8}, slice(0, CELL_PIXELS // 2)),
        ({"predicted": 8}, slice(CELL_PIXELS // 2, None)),
    ):
        difference = sheet([solid(0)]) != sheet([solid(0)], **changed)
        assert difference.sum() == difference[half, CELL_PIXELS // 2 :].sum() > 0
