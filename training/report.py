"""`tenfold-train report`: the pictures of a training, as PNG files and as one page that needs nothing else."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import TrainingError
from model.voting import member_votes, soft_vote
from training.curve_plots import draw_curves
from training.disagreement_plots import draw_disagreement
from training.error_sheet import SheetItem, draw_sheet
from training.evaluation_plots import draw_confusion, draw_reliability
from training.network_plots import draw_feature_maps, draw_first_filters, draw_second_filters
from training.report_material import Material, gather
from training.report_page import write_page

PAGE = "report.html"

_MOST_ERRORS_SHOWN = 160


@dataclass(frozen=True)
class Plot:
    """One picture of a report: its file's name without ending, a title, a caption, and the PNG."""

    name: str
    title: str
    caption: str
    png: bytes


def write_report(folder: Path, to: Path) -> list[Path]:
    """Draw everything that a folder's training gives, and write it.

    Parameters
    ----------
    folder
        A checkpoint, a run's folder, or the `--out` of a training.
    to
        Where the pictures and the page go; made if it is not there.

    Returns
    -------
    list of Path
        The page, then the pictures.

    Raises
    ------
    TenfoldError
        If the folder cannot be read, or `to` not be written.
    """
    material = gather(folder)
    with _refusing(to):
        to.mkdir(parents=True, exist_ok=True)  # before the drawing, which takes its time
    plots = list(draw_plots(material))
    contents = {PAGE: write_page(material, plots).encode()} | {f"{plot.name}.png": plot.png for plot in plots}
    with _refusing(to):
        for name, content in contents.items():
            (to / name).write_bytes(content)
    return [to / name for name in contents]


@contextmanager
def _refusing(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TrainingError(f"cannot write the report to {to}: {error}; choose another --to") from error


def draw_plots(material: Material) -> Iterator[Plot]:
    """Draw every plot that the material suffices for, in the page's order."""
    drawings: tuple[Callable[[Material], Plot | None], ...] = (
        _curves,
        _first_filters,
        _second_filters,
        _feature_maps,
        _confusion,
        _reliability,
        _disagreement,
        _errors,
    )
    for draw in drawings:
        plot = draw(material)
        if plot:
            yield plot


def _curves(material: Material) -> Plot | None:
    if not any(material.curves):
        return None
    caption = "Every member's training, epoch by epoch. Validation digits were never trained on here."
    return Plot("curves", "Learning curves", caption, draw_curves(material.curves))


def _first_filters(material: Material) -> Plot:
    caption = "Member 0. A filter answers to ink where it is orange and to paper where it is purple."
    return Plot("filters_1", "Filters of the first layer", caption, draw_first_filters(material.networks[0]))


def _second_filters(material: Material) -> Plot | None:
    drawn = draw_second_filters(material.networks[0])
    caption = "Member 0. Each column makes one feature map out of all the maps of the layer before."
    return Plot("filters_2", "Filters of the second layer", caption, drawn) if drawn else None


def _feature_maps(material: Material) -> Plot | None:
    if not material.split:
        return None
    image = material.split.pixels[0].astype(np.float32) / 255
    caption = (
        f"The first {material.split_name} digit, a {material.split.labels[0]}, on its way through member 0: dark is where "
        "a map answers. Each layer has its own scale."
    )
    return Plot("feature_maps", "What the layers see", caption, draw_feature_maps(material.networks[0], image))


def _confusion(material: Material) -> Plot | None:
    if not material.evaluation:
        return None
    caption = f"On the {material.split_name} split. Colour counts errors alone; what is right stands on the diagonal."
    return Plot("confusion", "What is taken for what", caption, draw_confusion(material.evaluation.confusion))


def _reliability(material: Material) -> Plot | None:
    if not material.evaluation:
        return None
    caption = (
        f"On the {material.split_name} split, with 95 % Wilson intervals. On the dashed line, answers given with 80 % "
        "probability are right in 80 % of the cases."
    )
    drawn = draw_reliability(material.evaluation.calibration)
    return Plot("reliability", "How far the probabilities can be trusted", caption, drawn)


def _disagreement(material: Material) -> Plot | None:
    if not (material.answers and material.split) or len(material.networks) < 2:
        return None
    votes, labels = member_votes(material.answers.logits), material.split.labels
    right = soft_vote(material.answers.logits, temperature=material.temperature).argmax(axis=1) == labels
    caption = f"On the {material.split_name} split. An ensemble gains where its members err on different digits."
    return Plot("disagreement", "Where members differ", caption, draw_disagreement(votes, labels, right=right))


def _errors(material: Material) -> Plot | None:
    if not (material.evaluation and material.split and material.evaluation.errors):
        return None
    errors = material.evaluation.errors
    items = [SheetItem(error.index, error.label, str(error.predicted)) for error in errors[:_MOST_ERRORS_SHOWN]]
    count = f"All {len(errors)}" if len(items) == len(errors) else f"The first {len(items)} of {len(errors)}"
    caption = (
        f"{count} errors on the {material.split_name} split: true digit top right, answer bottom right, index left."
    )
    return Plot("errors", "The errors", caption, draw_sheet(items, material.split.pixels))


def add_report_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its options."""
    report = commands.add_parser(
        "report", help="draw a training: curves, filters, maps, errors; PNG files and one page"
    )
    report.add_argument("folder", type=Path, metavar="DIR", help="a checkpoint, a run, or the --out of a training")
    report.add_argument("--to", type=Path, default=None, metavar="DIR", help="where it goes (default: DIR/report)")
    report.set_defaults(run=_run_report)


def _run_report(parsed: argparse.Namespace) -> int:
    print("\n".join(str(path) for path in write_report(parsed.folder, parsed.to or parsed.folder / "report")))
    return 0
