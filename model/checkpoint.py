"""The checkpoint on disk: a folder of files, each held to its SHA-256 in the manifest. Nothing is unpickled.

    ensemble.safetensors   all members' weights, names start with `member_<i>.`
    ensemble.onnx          all members: logits (members x N x 10) and outlier log-odds (members x N)
    first.onnx             the first member alone, with what its layers see, for sure digits and for explanations
    evaluation.json        what was measured on the test split
    manifest.json          where it comes from, how it is to be used, and the other files' hashes

It is written to a temporary folder beside its place and renamed, so that a reader sees a whole checkpoint or none.
Source of the format of the weights: safetensors (https://github.com/huggingface/safetensors).
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from model.errors import CheckpointDamagedError, CheckpointError, CheckpointMissingError, CheckpointVersionError
from model.manifest import FORMAT_VERSION, Evaluation, Manifest

MANIFEST = "manifest.json"
EVALUATION = "evaluation.json"
WEIGHTS = "ensemble.safetensors"
ENSEMBLE_ONNX = "ensemble.onnx"
FIRST_ONNX = "first.onnx"
HASHED_FILES = (WEIGHTS, ENSEMBLE_ONNX, FIRST_ONNX, EVALUATION)

_REMEDY = "copy the checkpoint again, or make one with tenfold-train"
_Record = TypeVar("_Record", Manifest, Evaluation)


@dataclass(frozen=True)
class Checkpoint:
    """A folder whose files were found whole."""

    folder: Path
    manifest: Manifest
    evaluation: Evaluation

    @property
    def ensemble_onnx(self) -> Path:
        """The graph of all members."""
        return self.folder / ENSEMBLE_ONNX

    @property
    def first_onnx(self) -> Path:
        """The graph of the first member."""
        return self.folder / FIRST_ONNX

    def read_weights(self) -> dict[str, np.ndarray]:
        """Read every member's weights by name.

        Raises
        ------
        CheckpointDamagedError
            If the file is no safetensors file.
        """
        try:
            return load_file(self.folder / WEIGHTS)
        except (SafetensorError, OSError) as error:
            raise CheckpointDamagedError(f"{self.folder / WEIGHTS}: {error}; {_REMEDY}") from error


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint and check every file against the manifest.

    Parameters
    ----------
    folder
        Where `manifest.json` lies.

    Returns
    -------
    Checkpoint
        Manifest and evaluation are in memory; weights and graphs are checked, and read when asked for.

    Raises
    ------
    CheckpointMissingError
        If the folder or one of its files is not there.
    CheckpointDamagedError
        If a file is truncated, altered or not what the manifest describes.
    CheckpointVersionError
        If a later program wrote it.
    """
    described = _read(folder / MANIFEST)
    _check_version(described, path=folder / MANIFEST)
    manifest = _parse(described, Manifest, path=folder / MANIFEST)
    for name in HASHED_FILES:
        _check_hash(folder / name, manifest.files.get(name))
    evaluation = _parse(_read(folder / EVALUATION), Evaluation, path=folder / EVALUATION)
    return Checkpoint(folder, manifest, evaluation)


def save_checkpoint(
    folder: Path, manifest: Manifest, *, evaluation: Evaluation, files: Mapping[str, bytes]
) -> Checkpoint:
    """Write a checkpoint, whole or not at all; one that is already there is replaced.

    Parameters
    ----------
    folder
        Where it shall lie.
    manifest
        Its `files` are filled in here.
    evaluation
        Becomes `evaluation.json`.
    files
        Content of the weights and of both graphs, by file name.

    Returns
    -------
    Checkpoint
        As read back from disk.

    Raises
    ------
    CheckpointError
        If the folder cannot be written; what was there before is untouched.
    """
    contents = {**files, EVALUATION: _to_json(asdict(evaluation))}
    hashes = {name: hashlib.sha256(contents[name]).hexdigest() for name in HASHED_FILES}
    contents[MANIFEST] = _to_json(asdict(replace(manifest, files=hashes)))
    try:
        _replace_folder(folder, contents)
    except OSError as error:
        raise CheckpointError(f"cannot write the checkpoint {folder}: {error}; choose another folder") from error
    return load_checkpoint(folder)


def _replace_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        temporary.chmod(0o755)
        for name, content in contents.items():
            with (temporary / name).open("wb") as file:
                file.write(content)
                os.fsync(file.fileno())
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; what else lay there stays in the retired folder until the new one is in place."""
    if not folder.exists():
        new.rename(folder)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(retired / folder.name)
    new.rename(folder)
    shutil.rmtree(retired)


def _to_json(record: object) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointMissingError(f"{path} is not there; {_REMEDY}") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error


def _check_version(described: bytes, *, path: Path) -> None:
    """Look at the version before anything else: a later format may have other fields."""
    try:
        version = json.loads(described)["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointDamagedError(f"{path} is not a manifest ({error}); {_REMEDY}") from error
    if version != FORMAT_VERSION:
        raise CheckpointVersionError(
            f"{path} has format version {version!r}; this program reads version {FORMAT_VERSION}: update Tenfold"
        )


def _parse(content: bytes, record: type[_Record], *, path: Path) -> _Record:
    try:
        return TypeAdapter(record).validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CheckpointDamagedError(f"{path}: {place}: {first['msg']}; {_REMEDY}") from error


def _check_hash(path: Path, expected: str | None) -> None:
    found = hashlib.sha256(_read(path)).hexdigest()
    if found != expected:
        raise CheckpointDamagedError(f"{path} has SHA-256 {found}; the manifest says {expected}; {_REMEDY}")
