"""The usual recipes: what is shipped, a first look, what a GPU can do, and the chapter's."""

from dataclasses import replace

from model.network_configs import ChapterConfig, CompactConfig, ScoutConfig
from training.expansion import ExpansionConfig
from training.recipes import Recipe

_POOLED_AND_STRIDED = (CompactConfig(), CompactConfig(halving="stride"))

TEACHERS = Recipe(
    "teachers",
    tuple(replace(network, channels=(32, 64, 128)) for network in _POOLED_AND_STRIDED),
    members=2,
    epochs=14,
    field_epochs=4,
    field_share=0.25,
    final_epochs=3,
)
"""Two networks of 29 million multiply-adds: too slow to serve, but what they know can be learned by smaller ones."""

STANDARD = Recipe(
    "standard",
    _POOLED_AND_STRIDED,
    scout=ScoutConfig(),
    teachers=TEACHERS,
    epochs=16,
    field_share=0.25,
    scout_epochs=14,
    final_epochs=4,
)
"""What is shipped: five networks of 7.4 million multiply-adds, pooled and strided in turn, and their scout."""

QUICK = replace(
    STANDARD,
    name="quick",
    networks=tuple(replace(network, channels=(8, 16, 32), dropout=0.1) for network in _POOLED_AND_STRIDED),
    scout=None,
    teachers=None,
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
    teachers=None,
    members=7,
    epochs=60,
    field_epochs=10,
    batch_size=256,
)
"""For a GPU: seven networks of about 4.8 million parameters."""

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

RECIPES = {recipe.name: recipe for recipe in (QUICK, STANDARD, LARGE, SEED)}
