"""Both clients against the real service in a process of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tenfold_client import AsyncClient, Client, Patience, Prediction, Problem, ProblemError, UnreachableError
from tests.drawn_digits import draw_digit
from tests.serving import Service

BROKEN = b"\x89PNG\r\n\x1a\nbroken"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that allows few pictures at once, so that the client must split further than it thought."""
    log = tmp_path_factory.mktemp("client") / "log"
    with Service(log, max_batch=7, api_keys="open-sesame") as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(address(service), api_key="open-sesame") as opened:
        yield opened


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The digits 0 to 9, twice, as files."""
    folder, generator = tmp_path_factory.mktemp("digits"), np.random.default_rng(0)
    paths = [folder / f"{index}.png" for index in range(20)]
    for index, path in enumerate(paths):
        draw_digit(index % 10, generator=generator, side=56).save(path)
    return paths


def address(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}"


def test_one_picture_is_read_from_its_path_or_its_content(client: Client, pictures: list[Path]) -> None:
    by_path, by_content = client.read(pictures[3]), client.read(pictures[3].read_bytes())
    assert by_path == by_content
    assert by_path.model.name.startswith("tenfold")
    assert by_path.image is None


def test_options_reach_the_service(client: Client, pictures: list[Path]) -> None:
    prediction = client.read(pictures[3], members="all", include_image=True)
    assert prediction.members_consulted == len(client.model()["members"])
    assert str(prediction.image).startswith("data:image/png;base64,")


def test_a_batch_beyond_the_services_limit_comes_back_in_order(client: Client, pictures: list[Path]) -> None:
    together = client.read_all(iter(pictures))
    apart = [client.read(picture) for picture in pictures]
    assert [result.probabilities for result in together if isinstance(result, Prediction)] == [
        pytest.approx(result.probabilities, abs=1e-6) for result in apart
    ]


def test_a_bad_picture_in_a_batch_fails_alone(client: Client, pictures: list[Path]) -> None:
    first, second, third = client.read_all([pictures[1], BROKEN, pictures[2]])
    assert isinstance(second, Problem)
    assert second.status == 422
    assert isinstance(first, Prediction)
    assert isinstance(third, Prediction)


def test_no_pictures_need_no_request() -> None:
    with Client("http://127.0.0.1:1") as nowhere:
        assert nowhere.read_all([]) == []


def test_a_refused_picture_raises_its_problem(client: Client) -> None:
    with pytest.raises(ProblemError, match="422 Picture damaged") as caught:
        client.read(BROKEN)
    assert caught.value.problem.request_id


def test_a_missing_key_raises_its_problem(service: Service, pictures: list[Path]) -> None:
    with Client(address(service)) as stranger, pytest.raises(ProblemError, match="401"):
        stranger.read(pictures[0])


def test_the_model_card_is_read(client: Client) -> None:
    assert client.model()["evaluation"]["split"] == "test"


def test_nobody_there_is_said_after_the_last_attempt(pictures: list[Path]) -> None:
    with (
        Client("http://127.0.0.1:1", patience=Patience(attempts=2)) as client,
        pytest.raises(UnreachableError, match="after 2 attempts"),
    ):
        client.read(pictures[0])


def test_the_asynchronous_client_answers_the_same(service: Service, client: Client, pictures: list[Path]) -> None:
    async def read() -> tuple[Prediction, list[Prediction | Problem], str]:
        async with AsyncClient(address(service), api_key="open-sesame") as asynchronous:
            one, many = await asyncio.gather(asynchronous.read(pictures[5]), asynchronous.read_all(pictures[:9]))
            return one, many, (await asynchronous.model())["name"]

    one, many, name = asyncio.run(read())
    assert one == client.read(pictures[5])
    assert len(many) == 9
    assert name == one.model.name
