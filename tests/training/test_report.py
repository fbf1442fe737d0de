"""The report of a checkpoint, of a run, and of what is left where MNIST is not at hand."""

import re
from pathlib import Path

import pytest

from model.checkpoint import Checkpoint
from model.errors import DatasetError, TrainingError
from tests.conftest import Digits
from training import report_material
from training.cli import main
from training.mnist import Split
from training.report import PAGE, write_report
from training.report_material import gather

_ALL = ["curves", "filters_1", "filters_2", "feature_maps", "confusion", "reliability", "disagreement", "errors"]


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_material, "load_split", _refuse)


def _refuse(_name: str) -> Split:
    raise DatasetError("MNIST was not found in data; run tenfold-train data")


@pytest.fixture(scope="module")
def written(tiny_checkpoint: Checkpoint, digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The report of a checkpoint, the test pictures at hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_material, "load_split", {"test": digits.test}.__getitem__)
        return write_report(tiny_checkpoint.folder, tmp_path_factory.mktemp("report") / "deep")


@pytest.fixture(scope="module")
def written_without(tiny_checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same without MNIST, by the command."""
    folder = tmp_path_factory.mktemp("without")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_material, "load_split", _refuse)
        assert main(["report", str(tiny_checkpoint.folder), "--to", str(folder)]) == 0
    return [folder / PAGE, *sorted(folder.glob("*.png"))]


def test_checkpoint_is_reported_with_every_plot(written: list[Path], tiny_checkpoint: Checkpoint) -> None:
    assert [path.stem for path in written[1:]] == _ALL
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written[1:])
    page = written[0].read_text()
    assert re.findall(r'<section id="(\w+)">', page) == _ALL
    wrong = tiny_checkpoint.evaluation.size - tiny_checkpoint.evaluation.ensemble.correct
    assert f"{wrong:,} errors in 1,000 test digits" in page


def test_page_needs_nothing_else(written: list[Path]) -> None:
    page = written[0].read_text()
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "<script" not in page
    assert all(re.findall(r'<img [^>]*alt="([^"]*)"', page))


def test_run_is_reported_on_validation_alone(
    tiny_checkpoint: Checkpoint, digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at a report must choose nothing by the test split."""
    asked = []

    def load(name: str) -> object:
        asked.append(name)
        return digits.validation

    monkeypatch.setattr(report_material, "load_split", load)
    material = gather(tiny_checkpoint.folder.parent / "run")
    assert asked == ["validation"]
    assert material.evaluation is not None
    assert material.evaluation.split == "validation"
    assert [len(curve) for curve in material.curves] == [3, 2, 2]  # the scout first


def test_out_of_a_training_is_reported_by_its_checkpoint(tiny_checkpoint: Checkpoint, no_pictures: None) -> None:
    material = gather(tiny_checkpoint.folder.parent)
    assert material.split_name == "test"
    assert material.evaluation == tiny_checkpoint.evaluation


def test_without_mnist_the_rest_is_drawn_and_the_gap_is_told(written_without: list[Path]) -> None:
    drawn = {path.stem for path in written_without[1:]}
    assert drawn == {"curves", "filters_1", "filters_2", "confusion", "reliability"}
    assert "run tenfold-train data" in written_without[0].read_text()


def test_run_without_mnist_has_curves_and_networks_alone(tiny_checkpoint: Checkpoint, no_pictures: None) -> None:
    material = gather(tiny_checkpoint.folder.parent / "run")
    assert (material.evaluation, material.answers, len(material.networks)) == (None, None, 3)
    assert all(material.curves)


def test_folder_that_is_neither_run_nor_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds neither manifest\.json nor run\.json"):
        gather(tmp_path)


def test_place_that_cannot_be_written_is_named(tiny_checkpoint: Checkpoint, tmp_path: Path, no_pictures: None) -> None:
    tmp_path.joinpath("file").write_text("in the way")
    with pytest.raises(TrainingError, match=r"cannot write the report to .*choose another --to"):
        write_report(tiny_checkpoint.folder, tmp_path / "file")
