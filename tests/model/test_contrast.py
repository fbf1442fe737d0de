import numpy as np
from PIL import Image

from model.contrast import view_of
from model.pictures import prepare_picture
from tests.drawn_digits import alike, draw_digit


def test_shadow_edge_far_from_the_corner_leaves_no_line() -> None:
    """Light and sheet were put on grids of slightly different steps, so that a sharp edge was divided beside its place."""
    rows, columns = np.mgrid[0:540, 0:895].astype(np.float32)
    ring = np.abs(np.hypot((rows - 270) * 0.8, columns - 300) - 60) < 12
    lit = 0.5 + 0.5 * np.tanh((780 - columns - 0.2 * rows) / 8)
    noise = np.random.default_rng(0).normal(0, 3, rows.shape)
    sheet = np.clip((190 - 40 * ring) * (0.55 + 0.45 * lit) + noise, 0, 255)
    view, box, _ = view_of(Image.fromarray(sheet.astype(np.uint8)))
    contrast = view(box, None).contrast
    beyond_the_ring = contrast[:, contrast.shape[1] // 2 :]
    assert float(beyond_the_ring.max()) < 0.4 * float(contrast.max())


def test_canvas_cut_at_the_ink_is_a_canvas() -> None:
    """With a tenth of its border inked it was taken for a photo whose light had to be guessed."""
    drawn = np.asarray(draw_digit(7, generator=np.random.default_rng(3), side=280))
    rows, columns = (np.flatnonzero((drawn > 128).any(axis=axis)) for axis in (1, 0))
    sheet = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    view, box, size = view_of(Image.fromarray(sheet))
    assert view(box, None).noise == 0
    assert box != (0, 0, *size)  # a canvas is seen where there is ink, a photo as a whole


def test_dark_half_of_a_canvas_is_not_its_ink() -> None:
    drawn = 255 - np.asarray(draw_digit(8, generator=np.random.default_rng(3), side=200))
    halves = np.concatenate([drawn, np.full((200, 170), 60, np.uint8)], axis=1)
    alone = prepare_picture(Image.fromarray(drawn)).image
    assert alike(prepare_picture(Image.fromarray(halves)).image, alone) > 0.95
