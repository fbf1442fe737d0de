"""The model card's figures are those of the checkpoint that is shipped."""

from model.checkpoint import load_checkpoint
from model.manifest import SHIPPED_CHECKPOINT
from scripts.model_card import DOCUMENT, renew


def test_model_card_tells_the_shipped_checkpoints_figures() -> None:
    document = DOCUMENT.read_text()
    assert document == renew(document, load_checkpoint(SHIPPED_CHECKPOINT)), "run `make model-card`"
