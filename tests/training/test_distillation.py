"""Teachers: their mean answer is the target, and a student learns it, wrong labels notwithstanding."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.network_configs import ScoutConfig
from model.networks import build_network
from tests.conftest import Digits, tiny_recipe
from training.distillation import Teachers
from training.member import train_member
from training.mnist import Split
from training.phases import Phase
from training.supply import build_supply, score_images

CPU = torch.device("cpu")


@pytest.fixture
def teachers() -> Teachers:
    torch.manual_seed(0)
    networks = [build_network(config).eval() for config in tiny_recipe().networks]
    return Teachers(networks, recipe=replace(tiny_recipe(), precision="float32"), device=CPU)


def test_answer_is_the_mean_of_the_networks_probabilities() -> None:
    torch.manual_seed(0)
    networks = [build_network(config).eval() for config in tiny_recipe().networks]
    images = torch.rand(5, 1, 28, 28)
    expected = torch.stack([network(images).softmax(dim=1) for network in networks]).mean(dim=0)
    answer = Teachers(networks, recipe=replace(tiny_recipe(), precision="float32"), device=CPU).answer(images)
    assert torch.allclose(answer, expected, atol=1e-5) and not answer.requires_grad


def test_teachers_are_copies(teachers: Teachers) -> None:
    networks = [build_network(config) for config in tiny_recipe().networks]
    Teachers(networks, recipe=tiny_recipe(), device=CPU)
    assert all(network.training for network in networks)


def test_student_learns_its_teachers_answer_and_not_the_label(
    teachers: Teachers, digits: Digits, tmp_path: Path
) -> None:
    """The labels say 3 throughout, the teachers (untrained) something else."""
    pixels = digits.training.pixels[:200]
    supply = build_supply(Split.of_one_label(pixels, 3), device=CPU)
    recipe = replace(tiny_recipe(), networks=(ScoutConfig((4, 8), dropout=0.0),), batch_size=20, expansion=None)
    student, _ = train_member(
        0,
        recipe,
        phase=Phase(6, 3e-3),
        supply=supply,
        teachers=teachers,
        state_path=tmp_path / "state",
        report=lambda _: None,
    )
    images = supply.images.float() / 255
    distance = (score_images(student, images).softmax(dim=1) - teachers.answer(images)).abs().max()
    assert distance < 0.05
