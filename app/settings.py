"""The service's settings: one class, filled from `TENFOLD_*` environment variables.

Each setting exists once, here, with its type, bound, default and one sentence; `docs/settings.md` lists the same and a
test compares the two. Reading the environment is the caller's act (`load_settings`), never an import's.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from model.errors import ConfigurationError
from model.manifest import SHIPPED_CHECKPOINT

PREFIX = "TENFOLD_"
MEBIBYTE = 1024 * 1024


def _split_at_commas(value: object) -> object:
    """Read `a, b` as ("a", "b"); anything that is no string goes on to pydantic."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _none_if_empty(value: object) -> object:
    """Read an empty variable as one that is not set: compose files cannot unset a variable."""
    return None if value == "" else value


def _origin(value: str) -> str:
    """Refuse what a browser never sends as an origin, so that a slip does not silently allow nothing."""
    scheme, separator, rest = value.partition("://")
    if value != "*" and (scheme not in {"http", "https"} or not separator or not rest or "/" in rest):
        raise ValueError(f"{value!r} is no origin; write scheme and host only, such as https://example.org")
    return value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split_at_commas)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_at_commas)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(BaseSettings):
    """Everything an operator can choose; frozen once read."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    checkpoint: Path = Field(default=SHIPPED_CHECKPOINT, description="Folder of the checkpoint to serve.")
    engine: Literal["auto", "onnx", "torch"] = Field(
        default="auto",
        description="What runs the networks: `onnx` on the CPU, `torch`, or `auto` for the best one at hand.",
    )
    data: Annotated[Path | None, BeforeValidator(_none_if_empty)] = Field(
        default=None,
        description="Folder of MNIST's IDX files, for the gallery's pictures; other known places are tried after it.",
    )

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; `0.0.0.0` is every network of this machine."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that answer; each holds its own copy of the networks."
    )

    max_body_bytes: int = Field(default=5 * MEBIBYTE, ge=1024, description="Largest body of one picture's request.")
    max_batch_body_bytes: int = Field(default=32 * MEBIBYTE, ge=1024, description="Largest body of a batch request.")
    max_batch: int = Field(default=256, ge=1, le=4096, description="Most pictures in one batch request.")
    max_pixels: int = Field(default=16_000_000, ge=784, description="Most pixels, width times height, of one picture.")
    max_held_body_bytes: int = Field(
        default=64 * MEBIBYTE,
        ge=1024,
        description="Most bytes of bodies that one worker holds at once; more gets 503.",
    )
    queue_size: int = Field(
        default=512, ge=1, description="Most pictures waiting for the networks; more are answered with 503."
    )

    request_timeout_seconds: Seconds = Field(
        default=10.0, description="Longest wait for an answer once a body has arrived."
    )
    head_timeout_seconds: Seconds = Field(
        default=10.0, description="Longest time for a request's line and headers to arrive."
    )
    body_timeout_seconds: Seconds = Field(default=30.0, description="Longest time for a request's body to arrive.")
    idle_timeout_seconds: Seconds = Field(
        default=30.0, description="Longest silence between two requests of one connection."
    )
    write_timeout_seconds: Seconds = Field(
        default=30.0, description="Longest time a client may take to accept an answer."
    )
    grace_seconds: Seconds = Field(default=20.0, description="Longest time to finish accepted requests after SIGTERM.")

    max_header_bytes: int = Field(
        default=32 * 1024, ge=1024, description="Largest request head, all its headers together."
    )
    max_headers: int = Field(default=100, ge=8, description="Most headers in one request.")
    max_url_bytes: int = Field(default=8 * 1024, ge=256, description="Longest path with query in a request line.")
    max_connections: int = Field(default=1024, ge=1, description="Most open connections of one worker.")
    max_connections_per_address: int = Field(
        default=256, ge=1, description="Most open connections of one worker from one client address."
    )

    trusted_hosts: Words = Field(
        default=(),
        description="Names allowed in the Host header, comma-separated; `*.example.org` allows what is below it. "
        "Empty allows every well-formed name. `/livez`, `/readyz` and `/metrics` answer to all.",
    )
    cors_origins: Origins = Field(
        default=(), description="Origins whose pages may call the API, comma-separated; none if empty."
    )
    api_keys: Secrets = Field(
        default=(),
        description="Keys that open `/v1`, comma-separated, sent as `Authorization: Bearer KEY`; open to all if empty.",
    )
    rate_limit: Annotated[str | None, BeforeValidator(_none_if_empty)] = Field(
        default=None,
        description="Most requests to `/v1` per key or address and worker, such as `600/minute`; none if empty.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe line written to the log; `info` has one line per request."
    )

    @model_validator(mode="after")
    def _queue_holds_a_batch(self) -> Self:
        """Refuse a queue that could never accept the largest batch."""
        if self.queue_size < self.max_batch:
            raise ValueError(
                f"TENFOLD_QUEUE_SIZE is {self.queue_size}; at least TENFOLD_MAX_BATCH, {self.max_batch}, is needed"
            )
        return self


def load_settings(**chosen: object) -> Settings:
    """Read the settings from the environment.

    Parameters
    ----------
    **chosen
        Values that win over the environment, by setting name; None counts as not chosen.

    Returns
    -------
    Settings
        The resolved settings.

    Raises
    ------
    ConfigurationError
        If a value is impossible; the message names every such variable, the value found and what is allowed.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value; mypy cannot know the names
    except ValidationError as error:
        raise ConfigurationError("; ".join(_explain(problem) for problem in error.errors())) from error


def _explain(problem: object) -> str:
    """Say which variable is wrong, what it holds and what is allowed."""
    assert isinstance(problem, dict)
    if not problem["loc"]:  # about several settings at once: the message names them
        return str(problem["msg"]).removeprefix("Value error, ")
    name = str(problem["loc"][0])
    found = "a secret" if name == "api_keys" else repr(problem["input"])
    return f"{PREFIX}{name.upper()} is {found}: {problem['msg']}"
