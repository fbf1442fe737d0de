"""Downloading MNIST: from a list of mirrors, resumable, checked, and never half there.

Bytes go to `<name>.gz.partial`, which a later attempt continues; only content with the known SHA-256 gets its real
name. A mirror that refuses, cuts or sends something else is passed over for the next, and all their faults are named if
none will do.
"""

import gzip
import http
import http.client
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from model.errors import DatasetError
from model.mnist_files import MNIST_FILES, MnistFile, check_content

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""Public mirrors of the four gzipped files; the official host has refused downloads for years."""

_CHUNK_BYTES = 64 * 1024
_MAX_BYTES = 64 * 1024 * 1024  # the largest file is 10 MB; a mirror that sends without end is cut off here
_TIMEOUT_SECONDS = 20.0

Advance = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes had so far, and the bytes expected where the mirror says."""


def download_mnist(
    folder: Path, *, files: Sequence[MnistFile] = MNIST_FILES, mirrors: Sequence[str] = MIRRORS, advance: Advance
) -> list[Path]:
    """Download what is not there yet.

    Parameters
    ----------
    folder
        Where the files shall lie; made if it is not there.
    files
        Which of the four.
    mirrors
        Addresses, ending in a slash, tried in order.
    advance
        Told of the progress.

    Returns
    -------
    list of Path
        The files, all of them checked.

    Raises
    ------
    DatasetError
        If no mirror delivers a file, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_ensure(folder, file, mirrors=mirrors, advance=advance) for file in files]
    except OSError as error:
        raise DatasetError(f"{folder} cannot be written ({error}); choose another folder with TENFOLD_DATA") from error


def _ensure(folder: Path, file: MnistFile, *, mirrors: Sequence[str], advance: Advance) -> Path:
    path = folder / f"{file.name}.gz"
    if path.exists():
        check_content(_decompress(path), file, origin=str(path))
        return path
    faults = []
    for mirror in mirrors:
        try:
            return _download(f"{mirror}{path.name}", path, file=file, advance=advance)
        except (DatasetError, urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            faults.append(f"{mirror}: {error}")
    raise DatasetError(
        f"no mirror delivered {path.name}: {'; '.join(faults)}. Try again later, or put the file in {folder}"
    )


def _download(address: str, path: Path, *, file: MnistFile, advance: Advance) -> Path:
    partial = path.with_name(f"{path.name}.partial")
    _fetch(address, partial, name=path.name, advance=advance)
    try:
        check_content(_decompress(partial), file, origin=address)
    except DatasetError:
        partial.unlink()  # continuing wrong bytes could never end well
        raise
    return partial.replace(path)


def _fetch(address: str, partial: Path, *, name: str, advance: Advance) -> None:
    """Append what is missing to the partial file; begin anew where the mirror cannot continue."""
    had = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={had}-"} if had else {})  # noqa: S310 - our mirrors
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310 - our mirrors
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # nothing is missing: the check that follows decides
        raise
    with response:
        continues = response.status == http.HTTPStatus.PARTIAL_CONTENT
        had = had if continues else 0
        length = response.headers.get("Content-Length")
        expected = had + int(length) if length else None
        with partial.open("ab" if continues else "wb") as output:
            while chunk := response.read(_CHUNK_BYTES):
                output.write(chunk)
                had += len(chunk)
                advance(name, had, expected)
                if had > _MAX_BYTES:
                    raise DatasetError(f"more than {_MAX_BYTES:,} bytes sent; the largest file has 10 million")
    if expected is not None and had < expected:
        raise DatasetError(f"cut after {had:,} of {expected:,} bytes; what came is kept and continued next time")


def _decompress(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} is not a whole gzip file ({error})") from error
