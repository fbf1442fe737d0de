import numpy as np
from PIL import Image

from model.contrast import view_of


def test_shadow_edge_far_from_the_corner_leaves_no_line() -> None:
    """Light and sheet were put on grids of slightly different steps, so that a sharp edge was divided beside its place."""
    rows, columns = np.mgrid[0:540, 0:895].astype(np.float32)
    ring = np.abs(np.hypot((rows - 270) * 0.8, columns - 300) - 60) < 12
    lit = 0.5 + 0.5 * np.tanh((780 - columns - 0.2 * rows) / 8)
    noise = np.random.default_rng(0).normal(0, 3, rows.shape)
    sheet = np.clip((190 - 40 * ring) * (0.55 + 0.45 * lit) + noise, 0, 255)
    view, box = view_of(Image.fromarray(sheet.astype(np.uint8)))
    contrast = view(box, None).contrast
    beyond_the_ring = contrast[:, contrast.shape[1] // 2 :]
    assert float(beyond_the_ring.max()) < 0.4 * float(contrast.max())
