"""What all plots share: one style for print, one palette, and the way from a drawing to a PNG.

The palette is M. Okabe's and K. Ito's (*Color Universal Design*, 2008, https://jfly.uni-koeln.de/color/): its colours stay
apart for colour-blind eyes, and differ in lightness for grey print. Matplotlib's global settings are left as they are.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
INK, SOFT, FAINT, PAPER = "#1a1a1a", "#666666", "#dddddd", "#ffffff"

DPI = 200
"""Sharp in print at the plots' own width, light enough for a page that carries a dozen of them."""

_STYLE: "dict[RcKeyType, object]" = {
    "figure.facecolor": PAPER,
    "font.family": "DejaVu Sans",  # comes with Matplotlib, so that a plot looks the same everywhere
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 9,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
}


def render(draw: Callable[[Figure], None], *, width_inches: float, height_inches: float) -> bytes:
    """Draw a figure in the house's style.

    Parameters
    ----------
    draw
        Fills the figure.
    width_inches, height_inches
        As printed.

    Returns
    -------
    bytes
        A PNG; the same figure gives the same bytes.
    """
    with rc_context(_STYLE):
        figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
        draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.05, metadata={"Software": None})
    return buffer.getvalue()


def member_colour(member: int) -> str:
    """Return the colour of one member, counted from 0; they repeat after six."""
    return PALETTE[member % len(PALETTE)]


def show_bare(axes: Axes) -> None:
    """Take frame and ticks from axes that hold a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
