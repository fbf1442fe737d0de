"""A picture of any mode made one plain sheet: grey or RGB, nothing transparent, not larger than needed.

The conversion is the same for all callers and defined here. Transparent ground is paper: white under dark ink, black under
light ink. CMYK becomes RGB by Pillow's plain formula; 16 bits keep their precision; profiles are ignored.
"""

import numpy as np
from PIL import Image, ImageChops, ImageStat

SHEET_LONG_SIDE_PIXELS = 1024
"""Larger pictures are averaged down by a whole factor; a digit that is then below 10 pixels was no one's subject."""
TRANSPARENT_GROUND_SHARE = 0.3
"""From this share of see-through pixels on, what is see-through is the ground; below, it is a rounded corner."""
LIGHT_INK = 140
"""Mean grey of what is opaque, from which it counts as light ink on a transparent ground."""


def make_sheet(picture: Image.Image, alpha: Image.Image | None = None) -> Image.Image:
    """Make a picture one plain sheet.

    Parameters
    ----------
    picture
        Any size and mode; not changed.
    alpha
        The alpha channel of a picture of mode L, mode L too, where there is one.

    Returns
    -------
    PIL.Image.Image
        Mode L where the picture is grey, RGB where it has colour, F (0 to 255) where it has more than 8 bits; its
        longer side at most twice `SHEET_LONG_SIDE_PIXELS` less one.
    """
    factor = max(picture.size) // SHEET_LONG_SIDE_PIXELS
    if alpha is not None and factor > 1:
        picture, alpha = Image.merge("LA", (picture, alpha)), None  # whose channels are not averaged each for itself
    colours = picture
    if alpha is None:
        plain = _plain_mode(picture)
        plain = plain.reduce(factor) if factor > 1 else plain
        if plain.mode in ("L", "F"):
            return plain
        colours, alpha = _apart(plain)
    if alpha is None or alpha.getextrema()[0] == 255:
        return colours
    sheet = _over_paper(colours, alpha)
    return _apart(sheet)[0] if sheet.mode == "RGB" else sheet  # what gave it colour may have been transparent


def _plain_mode(picture: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB, RGBA or F."""
    if picture.mode in ("L", "RGB", "RGBA", "LA") and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith(("I", "F")):
        return _from_deep_grey(picture)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _from_deep_grey(picture: Image.Image) -> Image.Image:
    """Scale grey of 16 bits or more to 0 to 255, the steps between kept."""
    values = np.nan_to_num(np.asarray(picture).astype(np.float32), posinf=0.0, neginf=0.0)
    highest = float(np.abs(values).max(initial=0.0))
    if highest > 255:
        values *= 255 / max(highest, 65535.0 if highest > 4095 else highest)
    return Image.fromarray(np.clip(values, 0, 255))


def _apart(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Part the colours, one channel where they are all grey, from the alpha channel.

    Browsers' canvases are RGBA, though most are black and white: what follows costs a third on one channel.
    """
    bands = picture.split()
    alpha = bands[-1] if picture.mode in ("LA", "RGBA") else None
    if picture.mode == "LA" or not any(_differ(bands[0], other) for other in bands[1:3]):
        return bands[0], alpha
    return picture.convert("RGB"), alpha


def _differ(band: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(band, other).getbbox() is not None


def _over_paper(colours: Image.Image, alpha: Image.Image) -> Image.Image:
    """Lay what is more or less opaque over paper that suits it."""
    is_ground = _is_ground(alpha)
    is_black = colours.getbbox() is None
    if is_ground and is_black:
        return ImageChops.invert(alpha)  # as below comes to, like the next; the commonest inks, in a sixth of the time
    if is_ground and colours.mode == "L" and _is_light_where_drawn(colours, alpha):
        return alpha
    grey = 0 if is_black else _ink_grey(colours.convert("L"), alpha)
    paper = (0 if grey >= LIGHT_INK else 255) if is_ground else grey
    ground = Image.new(colours.mode, colours.size, paper if colours.mode == "L" else (paper, paper, paper))
    ground.paste(colours, (0, 0), alpha)
    return ground


def _is_ground(alpha: Image.Image) -> bool:
    """Say whether what is see-through is the ground; where there is enough of it around the ink, none is counted."""
    enough = TRANSPARENT_GROUND_SHARE * alpha.width * alpha.height
    left, top, right, bottom = alpha.getbbox() or (0, 0, 0, 0)
    around = alpha.width * alpha.height - (right - left) * (bottom - top)
    return around >= enough or bool(np.count_nonzero(np.asarray(alpha) < 128) >= enough)


def _is_light_where_drawn(colours: Image.Image, alpha: Image.Image) -> bool:
    return np.array_equal(np.asarray(colours), (np.asarray(alpha) > 0) * np.uint8(255))


def _ink_grey(grey: Image.Image, alpha: Image.Image) -> int:
    """Give the median grey of what is opaque, as far as anything is; most canvases have one ink, all over."""
    darkest, lightest = grey.getextrema()
    if darkest == lightest:
        assert isinstance(darkest, int)  # of mode L
        return darkest
    return int(ImageStat.Stat(grey, alpha.point(_SURELY_OPAQUE)).median[0]) if alpha.getbbox() else 0


_SURELY_OPAQUE = [0] * 128 + [255] * 128
