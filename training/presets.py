"""The usual recipes: what is shipped, a first look, what a GPU can do, and the chapter's."""

from dataclasses import replace

from model.network_configs import ChapterConfig, CompactConfig, ScoutConfig
from training.expansion import ExpansionConfig
from training.recipes import Recipe

_POOLED_AND_STRIDED = (CompactConfig(), CompactConfig(halving="stride"))

STANDARD = Recipe(
    "standard",
    _POOLED_AND_STRIDED,
    scout=ScoutConfig(),
    epochs=32,
    field_epochs=10,
    field_share=0.25,
    scout_epochs=14,
    final_epochs=5,
)
"""What is shipped: five networks of 7.4 million multiply-adds, pooled and strided in turn, and their scout."""

VIEWS = replace(
    STANDARD,
    name="views",
    networks=(
        CompactConfig(),
        CompactConfig(halving="stride", view="moments"),
        CompactConfig(view="moments"),
        CompactConfig(halving="stride"),
    ),
    epochs=28,
    field_epochs=8,
    scout_epochs=16,
    final_epochs=4,
)
"""Every other network sees the digit upright at a fixed size. Not shipped: `docs/experiments.md` says why."""

QUICK = replace(
    STANDARD,
    name="quick",
    networks=tuple(replace(network, channels=(8, 16, 32), dropout=0.1) for network in _POOLED_AND_STRIDED),
    scout=None,
    epochs=2,
    field_epochs=0,
    field_share=0.0,
    scout_epochs=0,
    final_epochs=0,
    average_decay=0.99,
    outlier_share=0.1,
    expansion=ExpansionConfig(stroke=0.1, coarse=0.0, tone=0.05, cut=0.0, smudge=0.0),
)
"""A first look: under three minutes on two cores."""

LARGE = replace(
    STANDARD,
    name="large",
    networks=tuple(replace(network, channels=(128, 256, 512)) for network in _POOLED_AND_STRIDED),
    members=7,
    epochs=60,
    batch_size=256,
)
"""For a GPU: seven networks of about 4.8 million parameters."""

DISTILLED = replace(STANDARD, name="distilled", teachers=replace(LARGE, scout=None, scout_epochs=0), field_epochs=0)
"""For a GPU: `large`, and then networks of the shipped size, which learn what `large` says."""

SEED = Recipe(
    "seed",
    (ChapterConfig(),),
    epochs=40,
    batch_size=10,
    optimiser="sgd",
    schedule="constant",
    learning_rate=0.03,
    weight_decay=0.0,
    average_decay=0.0,
    expansion=None,
    one_pixel_shifts=True,
    outlier_share=0.0,
    precision="float32",
)
"""The seed of the project: the chapter's five nets (rung 7 of the ladder) and their vote."""

RECIPES = {recipe.name: recipe for recipe in (QUICK, STANDARD, VIEWS, LARGE, DISTILLED, SEED)}
