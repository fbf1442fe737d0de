"""One number per pixel out of three: the direction in colour space along which ink and ground differ.

Mostly that is brightness. Red on green of the same brightness is not: there the direction along which the picture varies
most from pixel to neighbourhood is taken (the first principal component of what remains after a blur).
"""

import numpy as np
from PIL import Image, ImageFilter

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601, as Pillow's own conversion to grey."""
ENOUGH_VARIANCE = 0.1
"""Brightness is kept while it shows this share of the strongest direction's variance: JPEG keeps it twice as sharp."""
SAMPLE_LONG_SIDE_PIXELS = 128


def make_grey(sheet: Image.Image) -> Image.Image:
    """Reduce a sheet to one channel in which ink differs from ground.

    Parameters
    ----------
    sheet
        Mode L, F or RGB.

    Returns
    -------
    PIL.Image.Image
        Mode L or F, 0 to 255; ink may be the darker or the lighter part.
    """
    if sheet.mode != "RGB":
        return sheet
    direction = _strongest_direction(sheet)
    if direction is None:
        return sheet.convert("L")
    scaled = direction / np.abs(direction).sum()
    offset = -255 * float(np.minimum(scaled, 0).sum())
    return sheet.convert("L", (*(float(share) for share in scaled), offset))


def _strongest_direction(sheet: Image.Image) -> np.ndarray | None:
    """Find the unit vector of greatest local variance; none where brightness does."""
    sample = sheet.copy()
    sample.thumbnail((SAMPLE_LONG_SIDE_PIXELS, SAMPLE_LONG_SIDE_PIXELS), Image.Resampling.BOX)
    blurred = sample.filter(ImageFilter.BoxBlur(max(sample.size) / 10))
    rest = (np.asarray(sample, np.float32) - np.asarray(blurred, np.float32)).reshape(-1, 3)
    strength = np.einsum("ij,ij->i", rest, rest)
    strongest = rest[strength >= np.percentile(strength, 90)].astype(np.float64)
    covariance = strongest.T @ strongest
    variances, directions = np.linalg.eigh(covariance)
    along = LUMINANCE @ covariance @ LUMINANCE / (LUMINANCE @ LUMINANCE)
    return None if along >= ENOUGH_VARIANCE * variances[-1] else np.asarray(directions[:, -1])
