"""The checkpoint on disk: whole, or refused by name."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import HASHED_FILES, MANIFEST, Checkpoint, load_checkpoint, save_checkpoint
from model.errors import (
    CheckpointDamagedError,
    CheckpointError,
    CheckpointMissingError,
    CheckpointVersionError,
)


@pytest.fixture
def copy(tiny_checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """A checkpoint that a test may spoil."""
    return Path(shutil.copytree(tiny_checkpoint.folder, tmp_path / "copy"))


def _rewrite_manifest(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text()) | changes
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_round_trip_keeps_every_bit(tiny_checkpoint: Checkpoint, tmp_path: Path) -> None:
    files = {name: (tiny_checkpoint.folder / name).read_bytes() for name in HASHED_FILES}
    again = save_checkpoint(
        tmp_path / "again", tiny_checkpoint.manifest, evaluation=tiny_checkpoint.evaluation, files=files
    )
    assert again.manifest == tiny_checkpoint.manifest
    assert again.evaluation == tiny_checkpoint.evaluation
    first, second = tiny_checkpoint.read_weights(), again.read_weights()
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("name", [*HASHED_FILES, MANIFEST])
def test_missing_file_is_refused_by_name(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(CheckpointMissingError, match=f"{name} is not there"):
        load_checkpoint(copy)


@pytest.mark.parametrize("name", HASHED_FILES)
def test_altered_file_is_refused_by_name(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(CheckpointDamagedError, match=f"{name} has SHA-256"):
        load_checkpoint(copy)


@pytest.mark.parametrize("name", HASHED_FILES)
def test_truncated_file_is_refused_by_name(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:-100])
    with pytest.raises(CheckpointDamagedError, match=f"{name} has SHA-256"):
        load_checkpoint(copy)


def test_truncated_manifest_is_refused(copy: Path) -> None:
    (copy / MANIFEST).write_text((copy / MANIFEST).read_text()[:-50])
    with pytest.raises(CheckpointDamagedError, match=r"manifest\.json is not a manifest"):
        load_checkpoint(copy)


def test_later_format_is_refused(copy: Path) -> None:
    _rewrite_manifest(copy, format_version=2, something_new=True)
    with pytest.raises(CheckpointVersionError, match="format version 2; this program reads version 1"):
        load_checkpoint(copy)


def test_unknown_field_is_named(copy: Path) -> None:
    _rewrite_manifest(copy, surprise=1)
    with pytest.raises(CheckpointDamagedError, match="surprise"):
        load_checkpoint(copy)


def test_wrong_type_is_named(copy: Path) -> None:
    _rewrite_manifest(copy, temperature="warm")
    with pytest.raises(CheckpointDamagedError, match="temperature"):
        load_checkpoint(copy)


def test_file_that_the_manifest_does_not_know_is_refused(copy: Path) -> None:
    _rewrite_manifest(copy, files={})
    with pytest.raises(CheckpointDamagedError, match="the manifest says None"):
        load_checkpoint(copy)


def test_saving_replaces_what_was_there(copy: Path, tiny_checkpoint: Checkpoint) -> None:
    (copy / "ensemble.onnx").write_bytes(b"spoilt")
    files = {name: (tiny_checkpoint.folder / name).read_bytes() for name in HASHED_FILES}
    save_checkpoint(copy, tiny_checkpoint.manifest, evaluation=tiny_checkpoint.evaluation, files=files)
    assert load_checkpoint(copy).manifest == tiny_checkpoint.manifest
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_folder_that_cannot_be_written_is_named(tiny_checkpoint: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    files = {name: (tiny_checkpoint.folder / name).read_bytes() for name in HASHED_FILES}
    with pytest.raises(CheckpointError, match="cannot write the checkpoint"):
        save_checkpoint(
            tmp_path / "file" / "there", tiny_checkpoint.manifest, evaluation=tiny_checkpoint.evaluation, files=files
        )
