"""The two clients: they carry out conversations over httpx, one waiting with the thread, one with the event loop."""

import asyncio
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from tenfold_client.answers import Prediction, Problem
from tenfold_client.conversation import (
    Answer,
    Ask,
    Conversation,
    Outcome,
    Patience,
    Pause,
    Picture,
    ask,
    read_all,
    read_one,
)

Members = Literal["auto", "all"]

TIMEOUT_SECONDS = 30.0  # the service itself answers within TENFOLD_REQUEST_TIMEOUT_SECONDS, 10 by default


class Client:
    """Ask a running Tenfold; safe to share between threads, to be closed or used with `with`.

    Parameters
    ----------
    url
        The service's address, such as `http://127.0.0.1:8000`.
    api_key
        Where the service asks for one.
    timeout_seconds
        Longest wait for a connection, for sending, and for each part of an answer.
    patience
        How long to go on where the service is overloaded, starting or away.
    transport
        What carries the requests, instead of the network.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._http = httpx.Client(base_url=url, headers=_headers(api_key), timeout=timeout_seconds, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def read(self, picture: Picture, *, members: Members = "auto", include_image: bool = False) -> Prediction:
        """Read the digit in one picture.

        Parameters
        ----------
        picture
            A PNG, JPEG or WebP file's content, or its path.
        members
            `all` asks every network, however sure the first is.
        include_image
            Whether the answer holds the 28 x 28 picture that the networks saw.

        Returns
        -------
        Prediction
            What was read.

        Raises
        ------
        ProblemError
            If the service refuses the picture, or is overloaded for longer than patience lasts.
        UnreachableError
            If nobody answers.
        AnswerError
            If something answers that is not Tenfold.
        """
        query = _query(members, include_image=include_image)
        return self._carry_out(read_one(picture, query=query, patience=self._patience))

    def read_all(
        self, pictures: Iterable[Picture], *, members: Members = "auto", include_image: bool = False
    ) -> list[Prediction | Problem]:
        """Read any number of pictures: as `read`, in batches that the service allows.

        Returns
        -------
        list of Prediction or Problem
            One for each picture, in order; a picture that cannot be read fails alone.
        """
        query = _query(members, include_image=include_image)
        return self._carry_out(read_all(pictures, query=query, patience=self._patience))

    def model(self) -> dict[str, Any]:
        """Get the model card, as `GET /v1/model` describes it; errors as for `read`."""
        card: dict[str, Any] = self._carry_out(ask(Ask("GET", "/v1/model"), patience=self._patience))
        return card

    def _carry_out(self, conversation: Conversation[Answer]) -> Answer:
        outcome: Outcome = None
        try:
            while True:
                step = conversation.send(outcome)
                outcome = self._send(step) if isinstance(step, Ask) else _sleep(step)
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    def _send(self, request: Ask) -> Outcome:
        try:
            return self._http.request(**_arguments(request))
        except httpx.TransportError as error:
            return error


class AsyncClient:
    """The same for asyncio: see `Client`.

    Parameters
    ----------
    url, api_key, timeout_seconds, patience, transport
        As for `Client`.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._http = httpx.AsyncClient(
            base_url=url, headers=_headers(api_key), timeout=timeout_seconds, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def read(self, picture: Picture, *, members: Members = "auto", include_image: bool = False) -> Prediction:
        """Read the digit in one picture: as `Client.read`."""
        query = _query(members, include_image=include_image)
        return await self._carry_out(read_one(picture, query=query, patience=self._patience))

    async def read_all(
        self, pictures: Iterable[Picture], *, members: Members = "auto", include_image: bool = False
    ) -> list[Prediction | Problem]:
        """Read any number of pictures: as `Client.read_all`."""
        query = _query(members, include_image=include_image)
        return await self._carry_out(read_all(pictures, query=query, patience=self._patience))

    async def model(self) -> dict[str, Any]:
        """Get the model card: as `Client.model`."""
        card: dict[str, Any] = await self._carry_out(ask(Ask("GET", "/v1/model"), patience=self._patience))
        return card

    async def _carry_out(self, conversation: Conversation[Answer]) -> Answer:
        outcome: Outcome = None
        try:
            while True:
                step = conversation.send(outcome)
                outcome = await (self._send(step) if isinstance(step, Ask) else _sleep_async(step))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    async def _send(self, request: Ask) -> Outcome:
        try:
            return await self._http.request(**_arguments(request))
        except httpx.TransportError as error:
            return error


def _sleep(pause: Pause) -> Outcome:
    time.sleep(pause.seconds)
    return None


async def _sleep_async(pause: Pause) -> Outcome:
    await asyncio.sleep(pause.seconds)
    return None


def _headers(api_key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}


def _query(members: Members, *, include_image: bool) -> dict[str, str]:
    query: dict[str, str] = {"members": members} if members != "auto" else {}
    return {**query, "include": "image"} if include_image else query


def _arguments(request: Ask) -> dict[str, Any]:
    """Say a request in httpx's words; the service looks at the picture itself, not at what it is called."""
    headers = {"Content-Type": "application/octet-stream"} if request.content is not None else {}
    return {
        "method": request.method,
        "url": request.path,
        "params": request.query,
        "content": request.content,
        "files": request.parts,
        "headers": headers,
    }
