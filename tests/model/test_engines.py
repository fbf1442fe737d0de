"""Both engines give the same answers, one picture at a time or many."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.checkpoint import Checkpoint
from model.engines import Engine, OnnxEngine, open_engine
from model.errors import CheckpointDamagedError, EngineError
from model.torch_engine import TorchEngine, load_members
from model.voting import soft_vote
from tests.conftest import Digits


@pytest.fixture(scope="module", params=["onnx", "torch"])
def engine(request: pytest.FixtureRequest, tiny_checkpoint: Checkpoint) -> Engine:
    return open_engine(tiny_checkpoint, name=request.param)


@pytest.fixture(scope="module")
def images(digits: Digits) -> np.ndarray:
    return digits.test.pixels[:64, np.newaxis].astype(np.float32) / 255


def test_engines_agree(tiny_checkpoint: Checkpoint, images: np.ndarray) -> None:
    by_onnx, by_torch = OnnxEngine(tiny_checkpoint).ask_all(images), TorchEngine(tiny_checkpoint).ask_all(images)
    np.testing.assert_allclose(soft_vote(by_onnx.logits), soft_vote(by_torch.logits), atol=1e-5)
    np.testing.assert_allclose(by_onnx.outlier, by_torch.outlier, atol=1e-3)


def test_engine_names_its_device(engine: Engine) -> None:
    assert engine.device == ("cuda" if engine.name == "torch" and torch.cuda.is_available() else "cpu")


def test_first_member_alone_is_the_first_of_all(engine: Engine, images: np.ndarray) -> None:
    alone, together = engine.ask_first(images), engine.ask_all(images)
    assert alone.logits.shape == (1, 64, 10)
    np.testing.assert_allclose(alone.logits[0], together.logits[0], atol=1e-4)
    np.testing.assert_allclose(alone.outlier[0], together.outlier[0], atol=1e-4)


def test_single_and_batch_answers_are_equal(engine: Engine, images: np.ndarray) -> None:
    together = soft_vote(engine.ask_all(images).logits)
    for position in (0, 17, 63):
        alone = soft_vote(engine.ask_all(images[position : position + 1]).logits)
        np.testing.assert_allclose(alone[0], together[position], atol=1e-6)


def test_maps_end_in_the_logits(engine: Engine, images: np.ndarray) -> None:
    maps = engine.first_maps(images[0, 0])
    assert next(iter(maps)) == "convolution_1" and maps["convolution_1"].shape == (4, 14, 14)
    np.testing.assert_allclose(maps["dense"][:10], engine.ask_first(images[:1]).logits[0, 0], atol=1e-4)


def test_auto_takes_onnx_where_there_is_no_cuda(tiny_checkpoint: Checkpoint) -> None:
    assert open_engine(tiny_checkpoint).name == "onnx"


def test_torch_engine_without_torch_says_how_to_get_it(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "model.torch_engine", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineError, match=r"the torch engine needs torch .* or use onnx"):
        open_engine(tiny_checkpoint, name="torch")


def test_weights_of_another_network_are_refused(tiny_checkpoint: Checkpoint) -> None:
    first, *others = tiny_checkpoint.manifest.members
    wider = replace(first, network={**first.network, "channels": [8, 8]})
    manifest = replace(tiny_checkpoint.manifest, members=(wider, *others))
    with pytest.raises(CheckpointDamagedError, match="the weights of member 0 do not fit"):
        load_members(replace(tiny_checkpoint, manifest=manifest))
