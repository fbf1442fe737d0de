"""The members side by side, and the folding of their normalisation."""

import copy

import pytest
import torch

from model.ensemble import CERTAIN_DIGIT, Ensemble, fold_normalisation, split_outlier
from model.errors import ConfigurationError
from model.network_configs import ChapterConfig, CompactConfig
from model.networks import build_network


def test_every_member_answers_for_itself() -> None:
    torch.manual_seed(0)
    members = [build_network(CompactConfig((4, 4, 4))).eval() for _ in range(3)]
    images = torch.rand(2, 1, 28, 28)
    logits, outlier = Ensemble(members)(images)
    assert logits.shape == (3, 2, 10) and outlier.shape == (3, 2)
    torch.testing.assert_close(logits[1], members[1](images)[:, :10])


def test_outlier_log_odds_are_those_of_an_eleven_way_softmax() -> None:
    scores = torch.randn(5, 11)
    probability = scores.softmax(dim=1)[:, 10]
    _, outlier = split_outlier(scores)
    torch.testing.assert_close(outlier.sigmoid(), probability)


def test_network_without_outlier_unit_holds_everything_to_be_a_digit() -> None:
    _, outlier = split_outlier(torch.randn(5, 10))
    assert outlier.tolist() == [CERTAIN_DIGIT] * 5


def test_mixed_kinds_can_vote_together() -> None:
    members = [build_network(CompactConfig((4, 4, 4))), build_network(ChapterConfig((4,), (8,)))]
    logits, outlier = Ensemble(members).eval()(torch.rand(2, 1, 28, 28))
    assert logits.shape == (2, 2, 10) and outlier[1].tolist() == [CERTAIN_DIGIT] * 2


@pytest.mark.parametrize("halving", ["pool", "stride"])
def test_folding_changes_no_answer(halving: str) -> None:
    torch.manual_seed(0)
    network = build_network(CompactConfig((4, 8, 8), halving=halving))  # type: ignore[arg-type]
    network(torch.rand(32, 1, 28, 28))  # gives the normalisation statistics that are not 0 and 1
    network.eval()
    folded = fold_normalisation(copy.deepcopy(network))
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())
    images = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(folded(images), network(images), atol=1e-5, rtol=1e-4)


def test_empty_ensemble_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="an ensemble of 0 members found"):
        Ensemble([])
