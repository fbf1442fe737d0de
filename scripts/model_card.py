"""Write the figures of `docs/model-card.md` from the shipped checkpoint: `python -m scripts.model_card`.

Only what stands between the two marks is written; a test fails when it differs from the checkpoint.
"""

import sys
from pathlib import Path

from model.checkpoint import Checkpoint, load_checkpoint
from model.manifest import SHIPPED_CHECKPOINT, Score

DOCUMENT = Path("docs/model-card.md")
BEGIN = "<!-- figures: written by `make model-card` -->"
END = "<!-- end of figures -->"


def main() -> int:
    """Renew the document."""
    DOCUMENT.write_text(renew(DOCUMENT.read_text(), load_checkpoint(SHIPPED_CHECKPOINT)))
    return 0


def renew(document: str, checkpoint: Checkpoint) -> str:
    """Put a checkpoint's figures into the document."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{describe(checkpoint)}\n\n{END}{after}"


def describe(checkpoint: Checkpoint) -> str:
    """Tell the figures as Markdown."""
    manifest, evaluation = checkpoint.manifest, checkpoint.evaluation
    wrong = evaluation.size - evaluation.ensemble.correct
    members = ", ".join(f"{evaluation.size - member.correct}" for member in evaluation.members)
    verdicts, cascade, calibration = evaluation.verdicts, evaluation.cascade, evaluation.calibration
    rows = [
        ("name and version", f"{manifest.name} {manifest.version}, commit {manifest.commit}"),
        ("trained on", manifest.trained_on),
        ("errors of the ensemble", f"**{wrong} of {evaluation.size:,}**: {_accuracy(evaluation.ensemble)}"),
        ("errors of its members", members),
        (
            "the first member alone where it is sure",
            f"{percent(cascade.answered_by_one)} of the pictures; {evaluation.size - cascade.correct} errors, "
            f"{cascade.differing} answers differ from the full vote's",
        ),
        (
            "verdicts",
            f"digit {percent(verdicts.digit)} ({percent(verdicts.accuracy_of_digit, 2)} of them right), "
            f"unsure {percent(verdicts.unsure)}, not a digit {percent(verdicts.not_a_digit)}",
        ),
        (
            "calibration",
            f"expected calibration error {percent(calibration.expected_calibration_error, 2)} (15 bins), "
            f"negative log-likelihood {calibration.negative_log_likelihood:.4f}, Brier score {calibration.brier_score:.4f}",
        ),
        ("size", f"{manifest.parameters:,} parameters, {manifest.multiply_adds:,} multiply-adds when all are asked"),
        (
            "training",
            f"{manifest.wall_seconds / 60:.0f} minutes on {manifest.device}, torch {manifest.versions['torch']}",
        ),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    head = [f"| figure | value on the {evaluation.split} split |", "|---|---|"]
    return "\n".join(
        [*head, *lines, "", "`tenfold-train evaluate` measures the same again, from the checkpoint as it serves."]
    )


def _accuracy(score: Score) -> str:
    low, high = score.interval
    return f"{percent(score.accuracy, 2)} right, 95 % interval {percent(low, 2)} to {percent(high, 2)}"


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.{digits}f} %"


if __name__ == "__main__":
    sys.exit(main())
