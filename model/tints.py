"""One number per pixel out of three: the direction in colour space along which ink and ground differ.

Mostly that is brightness, which JPEG keeps twice as sharp as colour. Red on green of the same brightness is not: there the
direction is taken in which the pixels that stand out differ most from the ground, by how much the ground itself varies.

Intuition: a sensor's noise is grey, so a slight difference of colour says more than a great one of brightness. Formally the
leading direction of what stands out, in the metric of the ground's covariance: the linear discriminant (R. A. Fisher, "The
use of multiple measurements in taxonomic problems", 1936) with the ground found by trimming.
"""

import numpy as np

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601, as Pillow's own conversion to grey."""
CLEAR = 5.0
"""Brightness is taken where ink stands out from the ground by so many deviations,"""
SURELY_CLEAR = 60.0
"""or by so many levels."""
LEAST_DEVIATIONS = (1.5, 3.0)
"""Of brightness and of colour, in levels: what rounding and JPEG leave in a flat ground."""
COLOUR_RINGS = 0.15
"""JPEG blurs and rings colour over sixteen pixels; by the ink's own distance from the ground."""
MARGIN = 0.06
"""Not looked at: frames and margin lines run there, in colours of their own."""
GROUND_SHARE = 0.8
TRIMMINGS = 4
INK_SHARE, LEAST_INK_PIXELS = 0.01, 12
_TO_YCC = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])


def choose_direction(colours: np.ndarray) -> np.ndarray:
    """Choose the direction in which ink differs from ground.

    Parameters
    ----------
    colours
        Float32 (height, width, 3): red, green, blue of an evenly lit sheet, 0 to 255.

    Returns
    -------
    numpy.ndarray
        Three weights whose magnitudes sum to 1.
    """
    rows, columns = (round(MARGIN * side) for side in colours.shape[:2])
    inner = colours[rows : colours.shape[0] - rows, columns : colours.shape[1] - columns]
    apart = inner.reshape(-1, 3) @ _TO_YCC.T
    apart = apart - np.median(apart, axis=0)
    far, metric = _distances(apart, np.diag(np.square(LEAST_DEVIATIONS)[[0, 1, 1]]))
    ink = apart[far >= np.partition(far, -_ink_pixels(far))[-_ink_pixels(far)]]
    if float(np.sqrt(np.mean(np.square(ink[:, 0])))) >= min(CLEAR * float(np.sqrt(metric[0, 0])), SURELY_CLEAR):
        return LUMINANCE
    rings = COLOUR_RINGS**2 * float(np.square(ink[:, 1:]).sum(axis=1).mean()) / 2
    whiten = np.linalg.inv(np.linalg.cholesky(metric + np.diag([0.0, rings, rings])))
    strongest = np.linalg.eigh(whiten @ (ink.T @ ink) @ whiten.T)[1][:, -1]
    weights = strongest @ whiten @ _TO_YCC
    weights = weights * np.sign(weights.sum() or 1.0)
    return np.asarray(weights / np.abs(weights).sum())


def along(colours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weigh the channels (height, width, 3), shifted so that nothing can fall below 0."""
    offset = -255 * float(np.minimum(weights, 0).sum())
    return np.asarray(colours @ weights.astype(np.float32) + np.float32(offset))


def _ink_pixels(values: np.ndarray) -> int:
    return min(len(values), max(LEAST_INK_PIXELS, int(INK_SHARE * len(values))))


def _distances(apart: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel's squared distance from the ground in the metric of the ground's own covariance, and that."""
    metric = floor
    for _ in range(TRIMMINGS):
        far = np.einsum("ij,ij->i", apart @ np.linalg.inv(metric), apart)
        ground = apart[far <= np.partition(far, int(GROUND_SHARE * (len(far) - 1)))[int(GROUND_SHARE * (len(far) - 1))]]
        metric = 1.3 * ground.T @ ground / len(ground) + floor
    return far, metric
