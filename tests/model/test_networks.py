"""The networks: shapes, exact parameter counts, dropout, gradients, descriptions."""

import pytest
import torch

from model.errors import ConfigurationError
from model.network_configs import ChapterConfig, CompactConfig, NetworkConfig, config_from_json, config_to_json
from model.networks import build_network, count_multiply_adds

EVERY_KIND: list[NetworkConfig] = [
    ChapterConfig((), (100,), "sigmoid", dropout=0.0),
    ChapterConfig(),
    CompactConfig(),
    CompactConfig(halving="stride"),
    CompactConfig(view="moments"),
    CompactConfig(outlier_unit=False),
]


# The counts stand in the chapter's table of networks.
@pytest.mark.parametrize(
    ("convolutions", "dense", "parameters"),
    [
        ((), (100,), 79_510),
        ((20,), (100,), 289_630),
        ((20, 40), (100,), 85_670),
        ((20, 40), (300,), 215_870),
        ((20, 40), (1000,), 671_570),
        ((20, 40), (100, 100), 95_770),
        ((20, 40), (300, 300), 306_170),
        ((20, 40), (1000, 1000), 1_672_570),
    ],
)
def test_chapter_networks_have_the_chapters_parameters(
    convolutions: tuple[int, ...], dense: tuple[int, ...], parameters: int
) -> None:
    assert build_network(ChapterConfig(convolutions, dense)).parameter_count == parameters


def test_compact_network_has_the_parameters_of_its_layers() -> None:
    weights = 9 * (1 * 16 + 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64)
    normalisation = 2 * 2 * (16 + 32 + 64)
    dense = 7 * 7 * 64 * 11 + 11
    assert build_network(CompactConfig()).parameter_count == weights + normalisation + dense


def test_multiply_adds_are_those_of_the_layers() -> None:
    convolutions = 9 * (28 * 28 * (16 + 16 * 16) + 14 * 14 * (16 * 32 + 32 * 32) + 7 * 7 * (32 * 64 + 64 * 64))
    assert count_multiply_adds(build_network(CompactConfig())) == convolutions + 7 * 7 * 64 * 11


def test_five_shipped_networks_stay_within_40_million_multiply_adds() -> None:
    total = sum(
        count_multiply_adds(build_network(CompactConfig(halving=h)))
        for h in ("pool", "stride", "pool", "stride", "pool")
    )
    assert total <= 40_000_000


@pytest.mark.parametrize("config", EVERY_KIND)
def test_scores_have_one_row_a_picture(config: NetworkConfig) -> None:
    network = build_network(config)
    assert network(torch.zeros(3, 1, 28, 28)).shape == (3, 11 if network.has_outlier_unit else 10)


@pytest.mark.parametrize("config", EVERY_KIND)
def test_gradient_reaches_every_parameter(config: NetworkConfig) -> None:
    torch.manual_seed(0)
    network = build_network(config)
    network(torch.rand(8, 1, 28, 28)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("config", [ChapterConfig(), CompactConfig()])
def test_dropout_acts_in_training_only(config: NetworkConfig) -> None:
    torch.manual_seed(0)
    network, images = build_network(config), torch.rand(2, 1, 28, 28)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_the_chapters_dropout_scales_afterwards_and_not_in_training() -> None:
    torch.manual_seed(0)
    dropout = build_network(ChapterConfig()).stages.get_submodule("_dropout")
    values = torch.rand(1000) + 1
    trained = dropout(values)
    kept = trained != 0
    assert 0.4 < kept.float().mean() < 0.6
    assert torch.equal(trained[kept], values[kept])
    assert torch.equal(dropout.eval()(values), values / 2)


def test_maps_name_every_shown_stage_in_order() -> None:
    maps = build_network(CompactConfig()).eval().maps(torch.zeros(1, 1, 28, 28))
    assert list(maps) == [
        "convolution_1", "convolution_2", "pooling_1", "convolution_3", "convolution_4", "pooling_2",
        "convolution_5", "convolution_6", "dense",
    ]  # fmt: skip
    assert maps["pooling_2"].shape == (1, 32, 7, 7)


def test_last_map_is_the_answer() -> None:
    network, images = build_network(ChapterConfig()).eval(), torch.rand(2, 1, 28, 28)
    assert torch.equal(network.maps(images)["dense"], network(images))


def test_chapter_weights_start_with_the_width_of_their_inputs() -> None:
    torch.manual_seed(0)
    dense = build_network(ChapterConfig()).stages.get_submodule("dense_1.0")
    assert isinstance(dense, torch.nn.Linear)
    assert dense.weight.std().item() == pytest.approx((40 * 4 * 4) ** -0.5, rel=0.02)


@pytest.mark.parametrize("config", EVERY_KIND)
def test_description_rebuilds_the_same_config(config: NetworkConfig) -> None:
    assert config_from_json(config_to_json(config)) == config


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="network kind 'transformer' found; known are"):
        config_from_json({"kind": "transformer"})


def test_unknown_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="depth"):
        config_from_json({"kind": "compact", "depth": 3})


def test_dropout_of_one_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"dropout 1\.0 found"):
        CompactConfig(dropout=1.0)


def test_third_chapter_convolution_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="room for at most 2"):
        ChapterConfig(convolutions=(20, 40, 80))
