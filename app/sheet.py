"""The sheet of all errors on one picture, as in the book: black ink on white, true digit top right, answer bottom right.

Source: M. Nielsen, *Neural Networks and Deep Learning*, chapter 6 (2015), the figure of the 33 misclassified digits,
http://neuralnetworksanddeeplearning.com/chap6.html. Changed: drawn for any number of errors, on a grid eight wide.
"""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.shapes import SIDE, Image28

COLUMNS = 8
SCALE = 3
MARGIN_PIXELS = 8
DIGIT_PIXELS = 20
CELL_PIXELS = SIDE * SCALE + DIGIT_PIXELS + 2 * MARGIN_PIXELS


def draw_sheet(images: Sequence[Image28], *, labels: Sequence[int], predicted: Sequence[int]) -> bytes:
    """Draw wrongly read digits with their labels and the answers they got.

    Parameters
    ----------
    images
        Float32 (28, 28), ink is 1.
    labels, predicted
        True digits and answers, in the same order.

    Returns
    -------
    bytes
        A PNG, grey; one empty cell where there are no errors.
    """
    rows = max(1, -(-len(images) // COLUMNS))
    columns = COLUMNS if len(images) > COLUMNS else max(1, len(images))
    sheet = Image.new("L", (columns * CELL_PIXELS, rows * CELL_PIXELS), 255)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(DIGIT_PIXELS)
    for position, (image, label, answer) in enumerate(zip(images, labels, predicted, strict=True)):
        left = position % COLUMNS * CELL_PIXELS + MARGIN_PIXELS
        top = position // COLUMNS * CELL_PIXELS + MARGIN_PIXELS
        sheet.paste(_ink_on_paper(image), (left, top + DIGIT_PIXELS // 2))
        right, bottom = left + SIDE * SCALE + DIGIT_PIXELS // 2, top + SIDE * SCALE + DIGIT_PIXELS // 2
        draw.text((right, top), str(label), fill=0, font=font, anchor="mt")
        draw.text((right, bottom), str(answer), fill=0, font=font, anchor="mb")
    encoded = BytesIO()
    sheet.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def _ink_on_paper(image: Image28) -> Image.Image:
    """Show an image as black on white, each pixel a square."""
    grey = np.rint(255 * (1 - image)).astype(np.uint8)
    return Image.fromarray(grey).resize((SIDE * SCALE, SIDE * SCALE), Image.Resampling.NEAREST)
