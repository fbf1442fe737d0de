"""Where things lie in the `--out` of a training: the run, and the checkpoint beside it."""

from pathlib import Path

from model.checkpoint import MANIFEST

RUN_FOLDER = "run"
"""Where, inside --out, members are trained."""

CHECKPOINT_FOLDER = "checkpoint"
"""What they became."""

_RUN_FILE = "run.json"


def find_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint that a folder is or holds, or None."""
    return _first_with(MANIFEST, folder, folder / CHECKPOINT_FOLDER)


def find_run(folder: Path) -> Path | None:
    """Return the run's folder that a folder is or holds, or None."""
    return _first_with(_RUN_FILE, folder, folder / RUN_FOLDER)


def _first_with(name: str, *folders: Path) -> Path | None:
    return next((folder for folder in folders if (folder / name).is_file()), None)
