"""What goes over the wire, as types: the OpenAPI document is made of them, and parameters are checked by them.

Predictions are written by `app/answers.py` without passing through these models, because that costs more than the
networks; tests hold every answer to its model.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Digit = Annotated[int, Field(ge=0, le=9)]
DataUrl = Annotated[str, Field(pattern="^data:image/png;base64,")]


class ModelReference(BaseModel):
    """Which model answered."""

    name: str = Field(examples=["tenfold-standard"])
    version: str = Field(examples=["1.0.0"])


class PredictionAnswer(BaseModel):
    """What was read in one picture."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "digit": 7,
                "verdict": "digit",
                "reason": "The first network is sure.",
                "probability": 0.9998,
                "probabilities": [0.0, 0.0, 0.0001, 0.0, 0.0, 0.0, 0.0, 0.9998, 0.0, 0.0001],
                "votes": [7],
                "agreement": 1.0,
                "members_consulted": 1,
                "model": {"name": "tenfold-standard", "version": "1.0.0"},
            }
        }
    )

    digit: Digit | None = Field(description="The likeliest digit, also where the verdict doubts it; null if blank.")
    verdict: Literal["digit", "unsure", "blank", "not_a_digit"]
    reason: str = Field(description="Why this verdict, in a sentence.")
    probability: Probability = Field(description="Of `digit`, calibrated on validation; 0 if blank.")
    probabilities: list[Probability] = Field(min_length=10, max_length=10, description="Of the digits 0 to 9.")
    votes: list[Digit] = Field(description="The own answers of the members asked; empty if blank.")
    agreement: Probability = Field(description="The share of the votes that equal `digit`.")
    members_consulted: int = Field(ge=0, description="How many members were asked: one, if the first was sure.")
    model: ModelReference
    image: DataUrl | None = Field(None, description="The 28 x 28 picture that the networks saw; with `include=image`.")


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="A path of this service that explains the problem.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What was found, what is allowed, and the remedy.")
    instance: str = Field(description="Path of the request.")
    request_id: str = Field(description="Also in the X-Request-ID header and in the service's log.")


class ProblemItem(BaseModel):
    """A picture of a batch that could not be read."""

    problem: Problem


class BatchAnswer(BaseModel):
    """One result for each picture of a batch, in order."""

    results: list[PredictionAnswer | ProblemItem]


class LayerAnswer(BaseModel):
    """What one layer of the first member makes of a picture."""

    name: str
    kind: Literal["convolution", "pooling", "dense"]
    channels: int
    height: int
    width: int
    strip: DataUrl = Field(description="All maps side by side in one row; the layer's largest value is white.")


class ExplanationAnswer(BaseModel):
    """A picture's way through the first member."""

    prediction: PredictionAnswer
    layers: list[LayerAnswer]
    filters: list[list[list[float]]] = Field(description="The first layer's filters, rows of weights.")
    image: DataUrl = Field(description="The 28 x 28 picture that the networks saw.")


class GalleryEntry(BaseModel):
    """A test digit that the ensemble gets wrong."""

    index: int = Field(ge=0, description="In MNIST's test split.")
    label: Digit = Field(description="The true digit.")
    predicted: Digit = Field(description="The ensemble's answer, all members asked.")
    probability: Probability = Field(description="Of the answer.")
    probabilities: list[Probability]
    votes: list[Digit]
    agreement: Probability = Field(description="The share of the votes that equal the answer.")
    picture: str | None = Field(description="Path of the picture; null where MNIST is not at hand.")


class GalleryAnswer(BaseModel):
    """The test digits that the ensemble gets wrong."""

    test_size: int = Field(description="Digits in the test split.")
    errors: int = Field(description="How many of them the ensemble gets wrong.")
    total: int = Field(description="How many of those pass the filters.")
    items: list[GalleryEntry]
    pictures_remedy: str | None = Field(
        description="How to get the pictures, where MNIST is not at hand; null if it is."
    )


class GalleryQuery(BaseModel):
    """Filters, order and page of the gallery."""

    model_config = ConfigDict(extra="forbid")

    label: Digit | None = Field(None, description="Only those of this true digit.")
    predicted: Digit | None = Field(None, description="Only those with this answer.")
    sort: Literal["index", "confidence", "agreement"] = Field("index", description="`confidence`: of the wrong answer.")
    order: Literal["ascending", "descending"] = "ascending"
    offset: int = Field(0, ge=0, le=10_000, description="Entries to pass over.")
    limit: int = Field(100, ge=1, le=1000, description="Most entries to return.")


class PredictionQuery(BaseModel):
    """What a prediction may be asked for besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include: Literal["image"] | None = Field(
        None, description="`image` adds the 28 x 28 picture that the networks saw."
    )
    members: Literal["auto", "all"] = Field("auto", description="`all` asks every member, however sure the first is.")


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """A model answers."""

    status: Literal["ready"] = "ready"
    model: ModelReference


class ProblemExplanation(BaseModel):
    """What a problem type means."""

    type: str
    title: str
    status: int
    meaning: str


class ScoreFigures(BaseModel):
    """Right answers on the test split."""

    correct: int
    accuracy: Probability
    interval: tuple[float, float] = Field(description="95 % Wilson interval of the accuracy.")


class EvaluationFigures(BaseModel):
    """What was measured on the test split, once. Further members are in the checkpoint's `evaluation.json`."""

    model_config = ConfigDict(extra="allow")

    split: str
    size: int
    ensemble: ScoreFigures
    members: list[ScoreFigures]
    confusion: list[list[int]] = Field(description="10 x 10 counts; row: true digit, column: answer.")
    calibration: dict[str, object]
    verdicts: dict[str, float]
    cascade: dict[str, float]
    errors: int


class ModelCard(BaseModel):
    """The model that answers: where it comes from, how good it is, what it cannot do."""

    model_config = ConfigDict(extra="allow")

    name: str
    version: str
    trained_on: str
    members: list[dict[str, object]]
    parameters: int
    multiply_adds: int
    recipe: dict[str, object]
    temperature: float
    thresholds: dict[str, float]
    engine: str
    limits: list[str]
    evaluation: EvaluationFigures
