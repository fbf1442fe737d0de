"""The rungs of the chapter's ladder: every network that it trains, with its schedule and the book's number.

Source: M. Nielsen, *Neural Networks and Deep Learning*, chapter 6 (2015, http://neuralnetworksanddeeplearning.com/chap6.html):
facts and numbers only. The book's number is the test accuracy at the epoch that was best on validation, of the best of
three runs. Training is the chapter's (batches of 10, plain SGD at a constant rate); what is corrected is in `CORRECTIONS`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model.errors import ConfigurationError
from model.network_configs import ChapterConfig
from training.presets import SEED
from training.recipes import Recipe

Schedule = Literal["chapter", "quick"]

VOTE = 8
"""The rung that trains nothing: the vote of the nets of rung 7."""

VOTERS = 5
BOOK_VOTE = 0.9967
VOTE_PARAMETERS = 8_362_850

CORRECTIONS = (
    "Weights start with a standard deviation of 1/sqrt(n_in). The original has 1/sqrt(n_out), which its author calls a "
    "mistake.",
    "L2 regularisation is lambda / (2n) times the squared weights, n being the training pictures, and leaves biases alone. "
    "The original divides by the number of batches, which made it ten times as strong as stated.",
    "The training pictures are shuffled before every epoch. The original keeps one order.",
    "Every net draws its own dropout masks. In the original all nets share one stream.",
    "Every number is of the weights after the last epoch. The original reports the epoch that was best on validation, but "
    "votes with last-epoch weights.",
    "Where votes are tied, the mean probability decides. The original leaves ties to chance.",
    "Of several runs the one that is best on validation is named, beside mean and standard deviation of all of them.",
)
"""What is done otherwise than in the original, and what the original did."""

_QUICK_EPOCHS = {50_000: 5, 250_000: 1}  # 25,000 batches of 10 for every network
_EXPANDED = 250_000
_PLAIN = 50_000


@dataclass(frozen=True)
class Rung:
    """One network of the ladder.

    Parameters
    ----------
    key
        The number, followed by the width where there are several: `4`, `5.300`.
    title
        What the rung adds, and its network, in words.
    recipe
        How it is trained; `members` is the number of seeds.
    book_accuracy
        A fraction, on the test split.
    parameters
        Trainable numbers of one net, as counted in the chapter's description.
    """

    key: str
    title: str
    recipe: Recipe
    book_accuracy: float
    parameters: int

    @property
    def number(self) -> int:
        """The rung's place on the ladder, from 1."""
        return int(self.key.partition(".")[0])

    @property
    def network(self) -> ChapterConfig:
        """The network."""
        network = self.recipe.networks[0]
        assert isinstance(network, ChapterConfig)
        return network

    @property
    def pictures_per_epoch(self) -> int:
        """Training pictures: 50,000, or 250,000 with the one-pixel shifts."""
        return _EXPANDED if self.recipe.one_pixel_shifts else _PLAIN

    def with_seeds(self, seeds: int) -> "Rung":
        """Return the rung with another number of seeds."""
        return replace(self, recipe=replace(self.recipe, members=seeds))


def _recipe(key: str, network: ChapterConfig, *, rate: float, regularisation: float, expanded: bool) -> Recipe:
    pictures = _EXPANDED if expanded else _PLAIN
    return replace(
        SEED,
        name=f"rung-{key}",
        networks=(network,),
        members=1,
        epochs=60,
        learning_rate=rate,
        weight_decay=regularisation / pictures,
        one_pixel_shifts=expanded,
    )


def _sigmoid(key: str, title: str, *, convolutions: tuple[int, ...], book: float, parameters: int) -> Rung:
    network = ChapterConfig(convolutions, (100,), "sigmoid", dropout=0.0)
    return Rung(key, title, _recipe(key, network, rate=0.1, regularisation=0.0, expanded=False), book, parameters)


def _relu(key: str, title: str, *, dense: tuple[int, ...], book: float, parameters: int) -> Rung:
    network = ChapterConfig((20, 40), dense, "relu", dropout=0.0)
    recipe = _recipe(key, network, rate=0.03, regularisation=0.1, expanded=not key.startswith("4"))
    return Rung(key, title, recipe, book, parameters)


RUNGS = (
    _sigmoid("1", "One hidden layer", convolutions=(), book=0.9780, parameters=79_510),
    _sigmoid("2", "One convolution", convolutions=(20,), book=0.9878, parameters=289_630),
    _sigmoid("3", "Two convolutions", convolutions=(20, 40), book=0.9906, parameters=85_670),
    _relu("4", "Rectified linear units", dense=(100,), book=0.9923, parameters=85_670),
    _relu("5.100", "Expanded data, 100 units", dense=(100,), book=0.9937, parameters=85_670),
    _relu("5.300", "Expanded data, 300 units", dense=(300,), book=0.9946, parameters=215_870),
    _relu("5.1000", "Expanded data, 1,000 units", dense=(1000,), book=0.9943, parameters=671_570),
    _relu("6.100", "Second dense layer, 100 units", dense=(100, 100), book=0.9943, parameters=95_770),
    _relu("6.300", "Second dense layer, 300 units", dense=(300, 300), book=0.9948, parameters=306_170),
    _relu("6.1000", "Second dense layer, 1,000 units", dense=(1000, 1000), book=0.9947, parameters=1_672_570),
    Rung("7", "Dropout", replace(SEED, name="rung-7", members=VOTERS), 0.9960, 1_672_570),
)
"""In the chapter's order; the vote (rung 8) needs no training."""


def shorten(rung: Rung) -> Rung:
    """Return a rung for a first look: 25,000 batches for every network, everything else as in the chapter."""
    return replace(rung, recipe=replace(rung.recipe, epochs=_QUICK_EPOCHS[rung.pictures_per_epoch]))


def schedule_rungs(schedule: Schedule) -> tuple[Rung, ...]:
    """Return every rung under a schedule.

    Parameters
    ----------
    schedule
        `chapter`: as in the book. `quick`: for a first look (`shorten`).

    Returns
    -------
    tuple of Rung
        In the ladder's order.
    """
    return tuple(shorten(rung) for rung in RUNGS) if schedule == "quick" else RUNGS


def choose_rungs(text: str, *, seeds: int, rungs: Sequence[Rung] = RUNGS) -> list[Rung]:
    """Read which rungs are asked for.

    Parameters
    ----------
    text
        Comma-separated numbers, ranges and single widths: `1-8`, `1-4,5.100,7`. Rung 8 asks for five nets of rung 7.
    seeds
        For every rung; rung 7 has at least five where rung 8 is asked for.
    rungs
        To choose from.

    Returns
    -------
    list of Rung
        In the ladder's order, each with its number of seeds.

    Raises
    ------
    ConfigurationError
        If a rung is unknown, or `seeds` is no positive number.
    """
    if seeds < 1:
        raise ConfigurationError(f"{seeds} seeds found; at least 1 is needed")
    wanted = {key for part in text.split(",") for key in _keys(part.strip(), rungs)}
    chosen = [rung.with_seeds(seeds) for rung in rungs if rung.key in wanted]
    if str(VOTE) not in wanted:
        return chosen
    voters = [rung.with_seeds(max(seeds, VOTERS)) for rung in rungs if rung.number == VOTE - 1]
    return [rung for rung in chosen if rung.number < VOTE - 1] + voters


def _keys(part: str, rungs: Iterable[Rung]) -> set[str]:
    """Read one part of the list: a key, a number, or a range of numbers."""
    keys = {rung.key for rung in rungs}
    if part in keys:
        return {part}
    bounds = re.fullmatch(r"(\d)(?:-(\d))?", part)
    first, last = (int(bounds[1]), int(bounds[2] or bounds[1])) if bounds else (0, 0)
    if not 1 <= first <= last <= VOTE:
        raise ConfigurationError(
            f"rung {part!r} found; known are 1 to 8, ranges of them, and {', '.join(sorted(keys))}"
        )
    return {rung.key for rung in rungs if first <= rung.number <= last} | ({str(VOTE)} if last == VOTE else set())
