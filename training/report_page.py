"""The report as one self-contained HTML page: pictures inside, no script, no request, fit for paper."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Protocol

from model.manifest import Evaluation, Score
from training.plots import DPI
from training.report_material import Material

_STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --soft: #5c5c5c; --line: #dddddd; }
body { margin: 0 auto; max-width: 46rem; padding: 2.5rem 1.25rem 4rem; background: #ffffff; color: var(--ink);
  font: 1rem/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.25rem; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 0.25rem; }
p { margin: 0.25rem 0 1rem; }
.number { font-size: 1.25rem; }
.caption, .gap { color: var(--soft); font-size: 0.92rem; }
.gap { border-left: 3px solid var(--line); padding-left: 0.8rem; }
table { border-collapse: collapse; font-size: 0.92rem; margin-top: 1rem; }
th, td { text-align: left; font-weight: normal; padding: 0.2rem 1.5rem 0.2rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); white-space: nowrap; }
img { display: block; max-width: 100%; height: auto; margin: 0.75rem auto 0; }
section { break-inside: avoid; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } }
"""


class Picture(Protocol):
    """What the page needs of a plot."""

    @property
    def name(self) -> str:
        """Becomes the section's address on the page."""

    @property
    def title(self) -> str:
        """Becomes a heading."""

    @property
    def caption(self) -> str:
        """One or two sentences."""

    @property
    def png(self) -> bytes:
        """The picture."""


def write_page(material: Material, plots: Sequence[Picture]) -> str:
    """Write the page.

    Parameters
    ----------
    material
        Its facts and numbers.
    plots
        In order.

    Returns
    -------
    str
        HTML.
    """
    title = escape(f"Training report: {material.name}")
    body = [
        f"<h1>{title}</h1>",
        _summary(material.evaluation) if material.evaluation else "",
        *(f'<p class="gap">{escape(gap)}</p>' for gap in material.gaps),
        _table(material.facts),
        *(_section(plot) for plot in plots),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _summary(evaluation: Evaluation) -> str:
    low, high = evaluation.ensemble.interval
    wrong = evaluation.size - evaluation.ensemble.correct
    members = ", ".join(_percent(member) for member in evaluation.members)
    return (
        f'<p class="number">{wrong:,} errors in {evaluation.size:,} {escape(evaluation.split)} digits: '
        f"<strong>{_percent(evaluation.ensemble)}</strong> right "
        f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)</p>"
        f'<p class="caption">The members alone: {members}.</p>'
    )


def _percent(score: Score) -> str:
    return f"{100 * score.accuracy:.2f} %"


def _table(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in facts)
    return f"<table>{rows}</table>"


def _section(plot: Picture) -> str:
    width_inches = int.from_bytes(plot.png[16:20]) / DPI  # the PNG's own width; on the page it is as wide as in print
    address = "data:image/png;base64," + base64.b64encode(plot.png).decode()
    title, caption = escape(plot.title), escape(plot.caption)
    return (
        f'<section id="{escape(plot.name)}"><h2>{title}</h2><p class="caption">{caption}</p>'
        f'<img src="{address}" alt="{title}. {caption}" style="width: {width_inches:.2f}in"></section>'
    )
