"""How orders are carried out: from a model and the outcomes of a job's pictures to bytes that are ready to be sent."""

from collections.abc import Callable, Sequence
from typing import Any

from app.answers import write_batch, write_explanation, write_prediction, write_words
from app.jobs import Outcome
from app.loading import LoadedModel
from app.orders import (
    BatchOrder,
    ErrorPictureOrder,
    ErrorSheetOrder,
    ExplanationOrder,
    Order,
    PredictionOrder,
    WordsOrder,
)
from app.sheet import draw_sheet
from model.pictures import image_to_png

# A table of types, because a `match` of six cases costs a sure digit a microsecond.
_MAKERS: dict[type[Order], Callable[[Any, LoadedModel, Sequence[Outcome]], bytes]]


def carry_out(order: Order, model: LoadedModel, outcomes: Sequence[Outcome]) -> bytes:
    """Make what was ordered.

    Parameters
    ----------
    order
        What.
    model
        That answered.
    outcomes
        Of the job's pictures, in order.

    Returns
    -------
    bytes
        See the order's class.

    Raises
    ------
    TenfoldError
        If the order is about one picture and that could not be read, or about one that is not there.
    """
    return _MAKERS[type(order)](order, model, outcomes)


def _draw_error(order: ErrorPictureOrder, model: LoadedModel, _: Sequence[Outcome]) -> bytes:
    model.gallery.item(order.index)  # the order may be older than this model
    return image_to_png(model.pictures.picture(order.index), scale=order.scale)


def _draw_sheet(_: ErrorSheetOrder, model: LoadedModel, _outcomes: Sequence[Outcome]) -> bytes:
    errors = [item.error for item in model.gallery.select()]
    return draw_sheet(
        [model.pictures.picture(error.index) for error in errors],
        labels=[error.label for error in errors],
        predicted=[error.predicted for error in errors],
    )


_MAKERS = {
    PredictionOrder: write_prediction,
    BatchOrder: write_batch,
    ExplanationOrder: write_explanation,
    WordsOrder: write_words,
    ErrorPictureOrder: _draw_error,
    ErrorSheetOrder: _draw_sheet,
}
