"""Orders: what a request wants made of its pictures, in values small enough to be sent to the inference process.

`app/orders.py` says what, `app/fulfilment.py` how; this module loads nothing, so that the event loop's process stays small.
The two usual orders are tuples, as `frames.py` wants them.
"""

from dataclasses import dataclass
from typing import NamedTuple


class PredictionOrder(NamedTuple):
    """The answer to one picture, as JSON.

    Parameters
    ----------
    include_image
        Add what the networks saw.
    """

    include_image: bool = False


class BatchOrder(NamedTuple):
    """The answer to a batch: JSON with one result or problem for each picture.

    Parameters
    ----------
    include_image
        As for `PredictionOrder`.
    instance, request_id
        Of the request, for the problems.
    """

    include_image: bool
    instance: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ExplanationOrder:
    """The answer that shows a picture's way through the first member, as JSON."""


@dataclass(frozen=True, slots=True)
class WordsOrder:
    """The answer to one picture in words for the page: a JSON object of texts."""


@dataclass(frozen=True, slots=True)
class ErrorPictureOrder:
    """The picture of one test error, as a PNG; no picture is read for it.

    Parameters
    ----------
    index
        In the test split.
    scale
        Every pixel becomes a square of this many pixels a side.
    """

    index: int
    scale: int


@dataclass(frozen=True, slots=True)
class ErrorSheetOrder:
    """The sheet of all test errors, as a PNG; no picture is read for it."""


Order = PredictionOrder | BatchOrder | ExplanationOrder | WordsOrder | ErrorPictureOrder | ErrorSheetOrder
