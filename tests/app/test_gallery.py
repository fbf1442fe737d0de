from dataclasses import replace

import pytest

from app.errors import NotFoundError
from app.gallery import Gallery
from model.checkpoint import Checkpoint
from model.manifest import Evaluation, EvaluationError


def wrong(index: int, label: int, predicted: int, *, probability: float, votes: tuple[int, ...]) -> EvaluationError:
    rest = (1 - probability) / 9
    return EvaluationError(
        index, label, predicted, tuple(probability if d == predicted else rest for d in range(10)), votes, 0.01
    )


ERRORS = (
    wrong(30, 4, 9, probability=0.9, votes=(9, 9, 9)),
    wrong(8, 5, 6, probability=0.6, votes=(6, 5, 6)),
    wrong(11, 4, 6, probability=0.4, votes=(6, 5, 4)),
)


@pytest.fixture
def evaluation(tiny_checkpoint: Checkpoint) -> Evaluation:
    return replace(tiny_checkpoint.evaluation, size=10_000, errors=ERRORS)


@pytest.fixture
def gallery(evaluation: Evaluation) -> Gallery:
    return Gallery(evaluation, pictures_remedy=None)


def indices(gallery: Gallery, **choice: object) -> list[int]:
    return [item.error.index for item in gallery.select(**choice)]  # type: ignore[arg-type]  # the tests' own choices


def test_errors_are_listed_by_index(gallery: Gallery) -> None:
    assert len(gallery) == 3
    assert indices(gallery) == [8, 11, 30]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"label": 4}, [11, 30]),
        ({"predicted": 6}, [8, 11]),
        ({"label": 4, "predicted": 6}, [11]),
        ({"label": 0}, []),
    ],
)
def test_filters_keep_what_passes_both(gallery: Gallery, choice: dict[str, object], expected: list[int]) -> None:
    assert indices(gallery, **choice) == expected


@pytest.mark.parametrize(
    ("sort", "expected"), [("index", [8, 11, 30]), ("confidence", [11, 8, 30]), ("agreement", [11, 8, 30])]
)
def test_each_order_works_both_ways(gallery: Gallery, sort: str, expected: list[int]) -> None:
    assert indices(gallery, sort=sort) == expected
    assert indices(gallery, sort=sort, order="descending") == expected[::-1]


def test_right_digit_is_not_in_the_gallery(gallery: Gallery) -> None:
    assert gallery.item(8).agreement == pytest.approx(2 / 3)
    with pytest.raises(NotFoundError, match="Test digit 9 is not among the 3 errors"):
        gallery.item(9)
