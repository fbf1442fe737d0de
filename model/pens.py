"""Coloured pens over black: what a red or blue pen wrote, told from print by its colour.

Print is black and so is its contrast; by brightness alone, words under a digit are strokes like any other. A blue pen has
colour where print has none. Where one coloured figure stands taller than all that is black around it, only it is kept.
Blue rulings under a black pen are coloured too, but fainter than the pen, not the tallest, or they run from side to side.
"""

import numpy as np

from model.components import Components, find_components, widened
from model.digit_parts import choose_parts
from model.ground import Relief, light_relief

LEAST_COLOUR = 25.0
"""Levels of 255 between the strongest and the weakest channel, more than the paper has; a blue ballpoint has 60."""
PALE = 0.25
"""The most colour that paper has, by its brightness; what is more was painted, not printed on."""
LEAST_SIGNAL = 8.0
COLOURED_SHARE = 0.35
"""Of the clearest colour; what has less is paper, or grey."""
INK_SHARE = 0.35
DARK_ENOUGH = 0.45
"""Of the darkest ink's contrast; coloured rulings are fainter than the pen that wrote over them."""
TALLER = 1.3
"""The figure by the tallest black part."""
BLACK_BY_FIGURE = 0.5
"""So much black, by the figure's area, that it can be print; the dark edges of blue rulings are less."""
FIGURE_SHARE = 0.6
"""Of all that is coloured: squared paper has more lines than one."""


def only_coloured(relief: Relief, colours: np.ndarray) -> Relief:
    """Keep only what a coloured pen wrote, if it wrote the digit over something black.

    Parameters
    ----------
    relief
        The contrast of the sheet.
    colours
        Float32 (height, width, 3) on the same grid: red, green, blue.

    Returns
    -------
    Relief
        Without the contrast of what is black; the relief itself where there was no reason.
    """
    strokes = relief.contrast > max(INK_SHARE * relief.peak, 2.5 * relief.noise)
    brightest = colours.max(axis=2)
    chroma = brightest - colours.min(axis=2)
    tint = light_relief(chroma)
    on_paper = float(np.median(chroma)) <= PALE * float(np.median(brightest))
    if not on_paper or tint.peak < LEAST_COLOUR or tint.signal < LEAST_SIGNAL:
        return relief
    coloured = tint.contrast > COLOURED_SHARE * tint.peak
    parts = find_components(coloured)
    figure = parts.mask_of(choose_parts(parts, tint.contrast))
    black = find_components(strokes & ~widened(coloured))
    enough = black.areas.sum() >= BLACK_BY_FIGURE * figure.sum() and figure.sum() >= FIGURE_SHARE * coloured.sum()
    if not enough or not _is_digit(figure, black, relief):
        return relief
    return Relief(np.where(widened(figure), relief.contrast, 0), relief.noise)


def _is_digit(figure: np.ndarray, black: Components, relief: Relief) -> bool:
    rows = np.flatnonzero(figure.any(axis=1))
    across = any(side.any() and other.any() for side, other in ((figure[0], figure[-1]), (figure[:, 0], figure[:, -1])))
    dark = float(relief.contrast[figure].mean()) >= DARK_ENOUGH * relief.peak
    return bool(dark and not across and rows[-1] + 1 - rows[0] >= TALLER * black.heights.max())
