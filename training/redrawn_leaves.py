"""Digits on a leaf that lies among other things: paper on a table, a canvas on a screen. Two kinds of `redrawing.py`.

Leaves are seen askew and in perspective, in light and shadow that fall on the table as well.
"""

import cv2
import numpy as np

from training import backdrops
from training.redrawn_photos import choose_pen, paper_under, photograph
from training.redrawn_placing import BLACK, MAX_CANVAS_PIXELS, WHITE, Placed, encode, over, place

LEAF_ROOM = 2.0
"""The most that a leaf's side may be, in sides of the digit's frame."""
SURROUNDINGS = (1.25, 2.2)
"""Sides of the picture by the leaf's."""
TURN_DEGREES, PERSPECTIVE = 8.0, 0.05
"""How far a leaf is turned, and its corners are moved by its sides."""


def _on_a_table(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    """Photograph paper, plain or ruled, on a table of wood or of one colour, which is mostly darker."""
    placed = place(digit, generator, scales=(3, 10), room=LEAF_ROOM)
    leaf = paper_under(placed, generator)
    if generator.random() < 0.4:
        leaf = backdrops.lines(
            leaf,
            generator,
            squared=bool(generator.random() < 0.5),
            spacing_pixels=placed.digit_pixels * generator.uniform(0.4, 1.0),
            strength=generator.uniform(0.2, 0.6),
        )
    leaf = over(leaf, placed, choose_pen(generator))
    colour = generator.uniform(0.1, 0.5) * np.array([1, *np.sort(generator.uniform(0.55, 1, 2))[::-1]], np.float32)
    size = _larger(placed, generator)
    table = backdrops.paper(size, generator, colour=colour, roughness=generator.uniform(0.004, 0.03))
    if generator.random() < 0.4:
        table = backdrops.wood(table, generator, strength=generator.uniform(0.05, 0.2))
    return photograph(_laid_on(table, leaf, generator), placed, generator)


def _on_a_screen(digit: np.ndarray, generator: np.random.Generator) -> bytes:
    """Draw on a program's canvas, black or white, in its window; half of them as a screenshot, half as a photo."""
    placed = place(digit, generator, scales=(2, 10), room=LEAF_ROOM)
    is_dark = generator.random() < 0.5
    ground, ink = (BLACK, WHITE) if is_dark else (WHITE, BLACK)
    canvas = over(backdrops.flat(placed.size, ground), placed, ink)
    page = generator.uniform(0.35, 1, 3) if is_dark else generator.uniform(0, 0.8, 3)
    window = backdrops.flat(_larger(placed, generator), page.astype(np.float32))
    left, top = ((window.shape[1 - side] - canvas.shape[1 - side]) // 2 for side in (0, 1))
    window[top : top + canvas.shape[0], left : left + canvas.shape[1]] = canvas
    if top > 12:
        backdrops.title(window, generator, height=top)
    return encode(window) if generator.random() < 0.5 else photograph(window, placed, generator)


def _larger(placed: Placed, generator: np.random.Generator) -> tuple[int, int]:
    """Choose the size of a picture around a leaf."""
    most = max(SURROUNDINGS[0], min(SURROUNDINGS[1], MAX_CANVAS_PIXELS / max(placed.size)))
    width, height = (int(side * generator.uniform(SURROUNDINGS[0], most)) for side in placed.size)
    return width, height


def _laid_on(table: np.ndarray, leaf: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Lay a leaf on the middle of a table, turned and in perspective."""
    height, width = leaf.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    angle = np.radians(generator.uniform(-TURN_DEGREES, TURN_DEGREES))
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    moved = corners + generator.uniform(-PERSPECTIVE, PERSPECTIVE, (4, 2)) * (width, height)
    middle = np.array([table.shape[1], table.shape[0]]) / 2
    placed = ((moved - moved.mean(axis=0)) @ turn + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, placed)
    size = (table.shape[1], table.shape[0])
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, size)[..., None]
    seen = cv2.warpPerspective(leaf, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(table * (1 - cover) + seen * cover, np.float32)


LEAF_KINDS = {"on a table": _on_a_table, "on a screen": _on_a_screen}
"""As `redrawing.KINDS`."""
