"""A client of Tenfold's HTTP API, synchronous and asynchronous, on httpx alone.

    from tenfold_client import Client

    with Client("http://127.0.0.1:8000") as tenfold:
        print(tenfold.read(Path("seven.png")).digit)

It imports none of the service's packages, so that it can be installed, or copied, without them.
"""

from tenfold_client.answers import (
    AnswerError,
    ClientError,
    Model,
    Prediction,
    Problem,
    ProblemError,
    UnreachableError,
)
from tenfold_client.clients import AsyncClient, Client
from tenfold_client.conversation import Patience, Picture

__all__ = [
    "AnswerError",
    "AsyncClient",
    "Client",
    "ClientError",
    "Model",
    "Patience",
    "Picture",
    "Prediction",
    "Problem",
    "ProblemError",
    "UnreachableError",
]
