import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.checkpoint import Checkpoint
from model.classifier import Classifier, open_classifier
from model.errors import DatasetError
from model.pictures import PREPROCESSING_VERSION
from tests.conftest import Digits
from tests.drawn_digits import draw_digit
from training.wild import evaluate_wild
from training.wild_command import run_wild
from training.wild_report import render_page, write_results

DOCUMENTS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def classifier(tiny_checkpoint: Checkpoint) -> Classifier:
    return open_classifier(tiny_checkpoint.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten digits, a blank that claims to be no digit, and a file that is no picture at all."""
    pictures = tmp_path / "drawn"
    pictures.mkdir()
    for digit in range(10):
        draw_digit(digit, generator=np.random.default_rng(digit), side=140).save(pictures / f"{digit}_drawn.png")
    Image.new("L", (30, 30), 255).save(pictures / "-1_nothing.png")
    (pictures / "3_broken.jpg").write_bytes(b"no picture")
    (pictures / "readme.txt").write_text("not looked at")
    return pictures


def test_folder_is_classified_through_the_pipeline(classifier: Classifier, folder: Path) -> None:
    (result,) = evaluate_wild(classifier, [folder])
    by_name = {answer.picture.name: answer for answer in result.answers}
    assert len(by_name) == 12
    assert not by_name["-1_nothing.png"].is_error
    assert by_name["3_broken.jpg"].is_error
    assert by_name["3_broken.jpg"].prepared is None
    summary = result.summary()
    assert summary["name"] == "drawn"
    accuracy = summary["accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy["of"] == 11
    assert accuracy["interval"][0] < accuracy["share"] < accuracy["interval"][1]


def test_confidence_bands_hold_every_digit_once(classifier: Classifier, folder: Path) -> None:
    (result,) = evaluate_wild(classifier, [folder])
    bands = result.summary()["by_confidence"]
    assert isinstance(bands, list)
    assert sum(band["of"] for band in bands) == 11


def test_arrays_are_sent_as_pictures(classifier: Classifier, digits: Digits, tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    np.savez(path, images=digits.validation.pixels[:50], labels=digits.validation.labels[:50])
    (result,) = evaluate_wild(classifier, [path])
    direct = classifier.classify(digits.validation.pixels[:50, None].astype(np.float32) / np.float32(255))
    assert [answer.prediction.digit for answer in result.answers] == [each.digit for each in direct]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("nowhere", "is no wild set"),
        ("redrawn:training:5", "redrawn:validation:500"),
        ("redrawn:test:all", "redrawn:validation:500"),
    ],
)
def test_source_that_is_no_set_is_refused(classifier: Classifier, source: str, what: str) -> None:
    with pytest.raises(DatasetError, match=what):
        evaluate_wild(classifier, [source])


def test_unlabelled_and_empty_folders_are_refused(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no pictures"):
        evaluate_wild(classifier, [tmp_path])
    (tmp_path / "seven.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="does not start with a label"):
        evaluate_wild(classifier, [tmp_path])


def test_arrays_of_another_kind_are_refused(classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "floats.npz"
    np.savez(path, images=np.zeros((2, 28, 28)), labels=np.zeros(2))
    with pytest.raises(DatasetError, match=r"uint8 \(N, height, width\)"):
        evaluate_wild(classifier, [path])
    np.savez(path, pictures=np.zeros(2))
    with pytest.raises(DatasetError, match="images and labels"):
        evaluate_wild(classifier, [path])


def test_command_writes_page_json_and_error_sheet(
    tiny_checkpoint: Checkpoint, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "docs"
    assert run_wild([folder], checkpoint=tiny_checkpoint.folder, output=out) == 0
    assert capsys.readouterr().out.startswith("drawn: ")
    record = json.loads((out / "results" / "wild.json").read_text())
    assert render_page(record) == (out / "wild.md").read_text()
    assert record["command"] == "tenfold-train wild drawn"
    assert record["preprocessing_version"] == PREPROCESSING_VERSION
    assert str(tmp_path) not in (out / "wild.md").read_text()
    with Image.open(out / "results" / "wild-errors.png") as sheet:
        assert sheet.width == 1120


def test_page_shows_digits_and_others(classifier: Classifier, folder: Path, tmp_path: Path) -> None:
    write_results(evaluate_wild(classifier, [folder]), classifier, tmp_path, command="made by a test")
    page = (tmp_path / "wild.md").read_text()
    assert "## Digits" in page
    assert "## No digits" in page
    assert "| drawn | 1 | 0 | 0.00 % |" in page


@pytest.mark.parametrize(("version", "is_unknown"), [("2026.11.24", True), ("2026.11.28", False)])
def test_kinds_that_came_after_the_checkpoint_are_told_and_counted_apart(version: str, *, is_unknown: bool) -> None:
    record = json.loads((DOCUMENTS / "results" / "wild.json").read_text(encoding="utf-8"))
    page = render_page({**record, "version": version})
    right = sum(entry["accuracy"]["count"] for entry in record["sets"] if entry["name"].startswith("redrawn "))
    later = ("redrawn boxed", "redrawn cut close", "redrawn on a table", "redrawn on a screen")
    unknown = sum(entry["accuracy"]["count"] for entry in record["sets"] if entry["name"] in later)
    names = "`redrawn boxed`, `redrawn cut close`, `redrawn on a table` and `redrawn on a screen`"
    assert f"Of all redrawn digits {right:,} of 12,000 are right" in page
    assert (f"Without {names}, which training did not know, {right - unknown:,} of 10,000" in page) is is_unknown
    assert (f"the sets of real pictures say, and {names}" in page) is is_unknown


def test_page_in_the_documents_is_made_of_its_results() -> None:
    record = json.loads((DOCUMENTS / "results" / "wild.json").read_text(encoding="utf-8"))
    assert render_page(record) == (DOCUMENTS / "wild.md").read_text(encoding="utf-8")
