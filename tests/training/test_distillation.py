"""Teachers: their answers are the target, in turn, and a student learns them, wrong labels notwithstanding."""

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


def test_teachers_are_asked_in_turn(teachers: Teachers) -> None:
    torch.manual_seed(0)
    networks = [build_network(config).eval() for config in tiny_recipe().networks]
    images, labels = torch.rand(5, 1, 28, 28), torch.arange(5)
    for step in range(4):
        target = teachers.target(images, labels, step=step)
        assert torch.allclose(target, networks[step % 2](images).softmax(dim=1), atol=1e-5)
        assert not target.requires_grad


def test_share_mixes_answer_and_label() -> None:
    torch.manual_seed(0)
    network = build_network(tiny_recipe().networks[0]).eval()
    images, labels = torch.rand(5, 1, 28, 28), torch.tensor([0, 3, 9, 10, 3])
    recipe = replace(tiny_recipe(), precision="float32")
    target = Teachers([network], share=0.25, recipe=recipe, device=CPU).target(images, labels, step=0)
    expected = 0.25 * network(images).softmax(dim=1)
    expected[torch.arange(5), labels] += 0.75
    assert torch.allclose(target, expected, atol=1e-5)


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
    mean = sum(teachers.target(images, supply.labels, step=step) for step in (0, 1)) / 2
    distance = (score_images(student, images).softmax(dim=1) - mean).abs().max()
    assert distance < 0.05
