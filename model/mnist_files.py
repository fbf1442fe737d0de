"""MNIST's four IDX files: where they may lie, what they must contain, and how they are read.

The gallery needs the test pictures and training needs all of them, so finding and checking live here; downloading is
`training/download.py`'s. A file counts only if its decompressed content has the known SHA-256: a wrong or cut
file is refused with its name, both hashes and the remedy.

Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, CC BY-SA 3.0; the IDX format is theirs.
"""

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import DatasetError
from model.shapes import SIDE, Labels, Pixels

REMEDY = "run `tenfold-train data` to download it"


@dataclass(frozen=True)
class MnistFile:
    """One of the four files: its name without `.gz`, the SHA-256 of its decompressed content, its length in bytes."""

    name: str
    sha256: str
    length_bytes: int


TRAINING_IMAGES = MnistFile(
    "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016
)
TRAINING_LABELS = MnistFile(
    "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008
)
TEST_IMAGES = MnistFile(
    "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016
)
TEST_LABELS = MnistFile(
    "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008
)
MNIST_FILES = (TRAINING_IMAGES, TRAINING_LABELS, TEST_IMAGES, TEST_LABELS)
TEST_FILES = (TEST_IMAGES, TEST_LABELS)

_IMAGES_HEADER_BYTES = 16
_LABELS_HEADER_BYTES = 8


def cache_folder() -> Path:
    """Return the user's cache folder for MNIST (XDG_CACHE_HOME, else ~/.cache)."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "tenfold" / "mnist"


def candidate_folders() -> list[Path]:
    """Return where MNIST is looked for, in order: TENFOLD_DATA, data/mnist, ../shared/data/mnist, the cache."""
    named = os.environ.get("TENFOLD_DATA")
    usual = [Path("data/mnist"), Path("../shared/data/mnist"), cache_folder()]
    return [Path(named), *usual] if named else usual


def find_mnist(files: tuple[MnistFile, ...] = MNIST_FILES) -> Path | None:
    """Find the first folder that holds all of the files, gzipped or not.

    Parameters
    ----------
    files
        Which of the four are needed.

    Returns
    -------
    Path or None
        The folder; its files' content is checked when it is read.
    """
    folders = (folder for folder in candidate_folders() if all(_path(folder, file) for file in files))
    return next(folders, None)


def read_training_set(folder: Path) -> tuple[Pixels, Labels]:
    """Read the 60,000 training pictures and their labels.

    Parameters
    ----------
    folder
        Where the files lie.

    Returns
    -------
    images
        Uint8 (60000, 28, 28), 0 is paper, 255 is ink.
    labels
        Int64 (60000,).

    Raises
    ------
    DatasetError
        If a file is missing, cut or wrong.
    """
    return _read_images(folder, TRAINING_IMAGES), _read_labels(folder, TRAINING_LABELS)


def read_test_set(folder: Path) -> tuple[Pixels, Labels]:
    """Read the 10,000 test pictures and their labels: as `read_training_set`."""
    return _read_images(folder, TEST_IMAGES), _read_labels(folder, TEST_LABELS)


def read_test_pictures(folder: Path) -> Pixels:
    """Read the 10,000 test pictures alone: as `read_training_set`."""
    return _read_images(folder, TEST_IMAGES)


def check_content(content: bytes, file: MnistFile, *, origin: str) -> None:
    """Hold decompressed content to the known hash.

    Parameters
    ----------
    content
        What was read.
    file
        What it should be.
    origin
        Where it came from, for the message.

    Raises
    ------
    DatasetError
        If it is anything else.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise DatasetError(
            f"{origin} is not MNIST's {file.name}: {len(content):,} bytes with SHA-256 {found} found; "
            f"{file.length_bytes:,} bytes with {file.sha256} expected; delete it and {REMEDY}"
        )


def _path(folder: Path, file: MnistFile) -> Path | None:
    paths = (folder / file.name, folder / f"{file.name}.gz")
    return next((path for path in paths if path.is_file()), None)


def _read_verified(folder: Path, file: MnistFile) -> bytes:
    path = _path(folder, file)
    if path is None:
        raise DatasetError(f"{folder / file.name}[.gz] is not there; {REMEDY}, or set TENFOLD_DATA to its folder")
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} cannot be read ({error}); delete it and {REMEDY}") from error
    check_content(content, file, origin=str(path))
    return content


def _read_images(folder: Path, file: MnistFile) -> Pixels:
    flat = np.frombuffer(_read_verified(folder, file), dtype=np.uint8, offset=_IMAGES_HEADER_BYTES)
    return flat.reshape(-1, SIDE, SIDE)


def _read_labels(folder: Path, file: MnistFile) -> Labels:
    return np.frombuffer(_read_verified(folder, file), dtype=np.uint8, offset=_LABELS_HEADER_BYTES).astype(np.int64)
