"""MNIST's files: found in order, refused when wrong."""

import gzip
from pathlib import Path

import pytest

from model.errors import DatasetError
from model.mnist_files import (
    MNIST_FILES,
    TEST_FILES,
    TEST_IMAGES,
    TEST_LABELS,
    candidate_folders,
    check_content,
    find_mnist,
    read_test_pictures,
    read_test_set,
)


def _pretend(folder: Path, *, suffix: str = "") -> Path:
    folder.mkdir(parents=True)
    for file in MNIST_FILES:
        (folder / f"{file.name}{suffix}").write_bytes(b"not MNIST")
    return folder


def test_named_folder_comes_first(mnist_nowhere: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_DATA", str(tmp_path / "mine"))
    names = [str(folder) for folder in candidate_folders()]
    assert names == [
        str(tmp_path / "mine"), "data/mnist", "../shared/data/mnist", str(tmp_path / "cache/tenfold/mnist"),
    ]  # fmt: skip


def test_files_are_found_gzipped_or_not(mnist_nowhere: None, tmp_path: Path) -> None:
    assert find_mnist() is None
    _pretend(tmp_path / "cache/tenfold/mnist", suffix=".gz")
    assert find_mnist() == tmp_path / "cache/tenfold/mnist"
    _pretend(tmp_path / "data/mnist")
    assert find_mnist() == Path("data/mnist")


def test_test_files_alone_are_enough_for_the_gallery(mnist_nowhere: None, tmp_path: Path) -> None:
    folder = _pretend(tmp_path / "data/mnist")
    for file in set(MNIST_FILES) - set(TEST_FILES):
        (folder / file.name).unlink()
    assert find_mnist() is None and find_mnist(TEST_FILES) == Path("data/mnist")


def test_wrong_file_is_refused_with_both_hashes_and_the_remedy(mnist_nowhere: None, tmp_path: Path) -> None:
    folder = _pretend(tmp_path / "data/mnist")
    with pytest.raises(
        DatasetError, match=f"9 bytes with SHA-256 .* {TEST_IMAGES.sha256} expected.*tenfold-train data"
    ):
        read_test_pictures(folder)


def test_cut_gzip_is_refused_by_name(mnist_nowhere: None, tmp_path: Path) -> None:
    path = _pretend(tmp_path / "data/mnist") / f"{TEST_IMAGES.name}.gz"
    path.write_bytes(gzip.compress(bytes(1000))[:-10])
    (path.parent / TEST_IMAGES.name).unlink()
    with pytest.raises(DatasetError, match=rf"{path.name} cannot be read"):
        read_test_pictures(path.parent)


def test_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not there; run `tenfold-train data`"):
        read_test_set(tmp_path)


def test_right_length_is_not_enough() -> None:
    with pytest.raises(DatasetError, match="is not MNIST's t10k-labels"):
        check_content(bytes(TEST_LABELS.length_bytes), TEST_LABELS, origin="somewhere")
