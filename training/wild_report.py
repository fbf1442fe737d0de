"""What comes of judging wild pictures: a JSON file, the page `docs/wild.md` made of it, and a sheet of the errors.

The page is made from the JSON alone, so that a test can tell whether the two agree.
"""

import json
import platform
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError

from model.classifier import Classifier
from model.pictures import PREPROCESSING_VERSION
from training.export import current_commit
from training.statistics import wilson_interval
from training.wild import WildAnswer, WildResult

CELL_PIXELS = 112
SHEET_COLUMNS = 10
MOST_ERRORS = 200

_HEAD = """\
# Pictures that are not MNIST

Made by `{command}` from `docs/results/wild.json`; do not edit. Each picture went through the whole pipeline as a file.
Checkpoint `{checkpoint}`, version {version}; pictures prepared by preprocessing version {preprocessing_version} at commit
`{commit}`; {machine}. Wild sets are for judging, never for training. Intervals are Wilson's, 95 %.
"""

_SEEN_KINDS = """\
The redrawn pictures show digits that were never trained on, but their kinds are known: training digits were redrawn in the
same ways for training. What the networks make of kinds that they do not know, the sets of real pictures say{and_later}.
"""

_LATER_KINDS = dict.fromkeys(
    ("redrawn boxed", "redrawn cut close", "redrawn on a table", "redrawn on a screen"), "2026.11.28"
)
"""Redrawn kinds that were added after field pictures, and since when: checkpoints of earlier versions never saw them."""


def write_results(
    results: Sequence[WildResult], classifier: Classifier, folder: Path, *, command: str
) -> dict[str, object]:
    """Write `results/wild.json`, `wild.md` and `results/wild-errors.png` into a folder.

    Parameters
    ----------
    results
        One for each set.
    classifier
        What was judged.
    folder
        `docs`, or another; made where it is missing.
    command
        The command that gives these numbers.

    Returns
    -------
    dict
        What the JSON holds.
    """
    manifest = classifier.checkpoint.manifest
    record: dict[str, object] = {
        "command": command,
        "checkpoint": manifest.name,
        "version": manifest.version,
        "preprocessing_version": PREPROCESSING_VERSION,
        "commit": current_commit(),
        "trained_on_redrawn": bool(manifest.recipe.get("field_share")),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
        "sets": [result.summary() for result in results],
    }
    (folder / "results").mkdir(parents=True, exist_ok=True)
    (folder / "results" / "wild.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / "wild.md").write_text(render_page(record), encoding="utf-8")
    errors = [answer for result in results for answer in result.answers if answer.is_error]
    if errors:
        draw_error_sheet(errors[:MOST_ERRORS]).save(folder / "results" / "wild-errors.png")
    return record


def render_page(record: dict[str, Any]) -> str:  # the values of JSON are of many types
    """Render the page from what the JSON holds."""
    parts = [_HEAD.format(**record)]
    digits = [entry for entry in record["sets"] if "accuracy" in entry]
    others = [entry for entry in record["sets"] if "taken_for_digits" in entry]
    redrawn = [entry for entry in digits if entry["name"].startswith("redrawn")]
    later = [entry for entry in redrawn if record["version"] < _LATER_KINDS.get(entry["name"], "")]
    if redrawn and record["trained_on_redrawn"]:
        parts.append(_SEEN_KINDS.format(and_later=f", and {_names(later)}" if later else ""))
    if digits:
        parts.append("## Digits\n\n| set | pictures | right | accuracy | interval | unsure | not a digit | blank |")
        parts[-1] += "\n|---|---|---|---|---|---|---|---|\n" + "\n".join(_digit_row(entry) for entry in digits) + "\n"
        if len(redrawn) > 1:
            parts.append(_sum_up(redrawn, later=later))
        parts.append(_confidence_table(digits))
    if others:
        parts.append(
            "## No digits\n\n| set | pictures | taken for a digit | share | interval |\n|---|---|---|---|---|\n"
        )
        parts[-1] += "\n".join(_other_row(entry) for entry in others) + "\n"
    return "\n".join(parts)


def _digit_row(entry: dict[str, Any]) -> str:
    right, verdicts = entry["accuracy"], entry["verdicts"]
    return (
        f"| {entry['name']} | {right['of']} | {right['count']} | {_percent(right['share'])} | {_interval(right)} "
        f"| {verdicts['unsure']} | {verdicts['not_a_digit']} | {verdicts['blank']} |"
    )


def _sum_up(redrawn: list[dict[str, Any]], *, later: list[dict[str, Any]]) -> str:
    """Count all redrawn digits together, and without kinds that training did not know."""
    text = f"Of all redrawn digits {_count_right(redrawn)}\n"
    if later:
        known = [entry for entry in redrawn if entry not in later]
        text += f"Without {_names(later)}, which training did not know, {_count_right(known)}\n"
    return text


def _names(entries: list[dict[str, Any]]) -> str:
    *others, last = (f"`{entry['name']}`" for entry in entries)
    return f"{', '.join(others)} and {last}" if others else last


def _count_right(entries: list[dict[str, Any]]) -> str:
    right, total = (sum(entry["accuracy"][key] for entry in entries) for key in ("count", "of"))
    low, high = wilson_interval(right, total)
    return f"{right:,} of {total:,} are right: {_percent(right / total)}, interval {100 * low:.2f} to {100 * high:.2f}."


def _other_row(entry: dict[str, Any]) -> str:
    taken = entry["taken_for_digits"]
    return f"| {entry['name']} | {taken['of']} | {taken['count']} | {_percent(taken['share'])} | {_interval(taken)} |"


def _confidence_table(entries: list[dict[str, Any]]) -> str:
    """Add the sets' bands up: how many of the answers given with such a probability are right."""
    bands: dict[tuple[float, float], list[int]] = {}
    for entry in entries:
        for band in entry["by_confidence"]:
            total = bands.setdefault((band["from"], band["to"]), [0, 0])
            total[0] += band["count"]
            total[1] += band["of"]
    rows = [
        f"| {low:g} to {high:g} | {of} | {count} | {_percent(count / of)} |"
        for (low, high), (count, of) in sorted(bands.items())
    ]
    head = "## Accuracy by confidence, all digits\n\n| probability | pictures | right | accuracy |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _interval(share: dict[str, Any]) -> str:
    low, high = share["interval"]
    return f"{100 * low:.2f} to {100 * high:.2f}"


def draw_error_sheet(answers: Sequence[WildAnswer]) -> Image.Image:
    """Draw each picture above what the networks saw of it, with label and answer."""
    rows = -(-len(answers) // SHEET_COLUMNS)
    sheet = Image.new("RGB", (SHEET_COLUMNS * CELL_PIXELS, rows * (2 * CELL_PIXELS + 14)), "dimgray")
    pen = ImageDraw.Draw(sheet)
    for number, answer in enumerate(answers):
        left, top = number % SHEET_COLUMNS * CELL_PIXELS, number // SHEET_COLUMNS * (2 * CELL_PIXELS + 14)
        sheet.paste(_thumbnail(answer.picture.content), (left, top))
        if answer.prepared is not None:
            seen = Image.fromarray(np.rint(answer.prepared.image * 255).astype(np.uint8))
            sheet.paste(seen.resize((CELL_PIXELS - 4,) * 2, Image.Resampling.NEAREST), (left, top + CELL_PIXELS))
        said = "-" if answer.prediction.digit is None else answer.prediction.digit
        text = f"{answer.picture.label} read {said}, {answer.prediction.probability:.2f}"
        pen.text((left, top + 2 * CELL_PIXELS), text, fill="white")
    return sheet


def _thumbnail(content: bytes) -> Image.Image:
    """Show a picture in one cell, on green where it is transparent; grey where it cannot be read."""
    try:
        picture = Image.open(BytesIO(content)).convert("RGBA")
    except (UnidentifiedImageError, OSError):
        return Image.new("RGB", (CELL_PIXELS - 4, CELL_PIXELS - 4), "gray")
    scale = (CELL_PIXELS - 4) / max(picture.size)
    picture = picture.resize((max(1, int(picture.width * scale)), max(1, int(picture.height * scale))))
    return Image.alpha_composite(Image.new("RGBA", picture.size, "#80a080"), picture).convert("RGB")
