"""`tenfold read --url`: pictures read by a service elsewhere, through the Python client.

The client has errors of its own and needs httpx, which serving does not; both are turned into ours here.
"""

from collections.abc import Sequence
from typing import Literal

from model.errors import ConfigurationError, TenfoldError

try:
    from tenfold_client import Client, ClientError, Prediction, Problem
except ModuleNotFoundError as error:
    raise ConfigurationError("--url needs httpx; install it: pip install 'tenfold[client]'") from error


class RemoteError(TenfoldError):
    """The service did not read a picture, or did not answer."""


def read_by_service(
    contents: Sequence[bytes], url: str, *, key: str | None, members: Literal["auto", "all"]
) -> list[Prediction | RemoteError]:
    """Have a service read pictures.

    Parameters
    ----------
    contents
        Encoded pictures.
    url
        The service's address.
    key
        Its API key, where it asks for one.
    members
        As the API's parameter.

    Returns
    -------
    list of Prediction or RemoteError
        One for each picture, in order; a picture that the service cannot read fails alone.

    Raises
    ------
    RemoteError
        If the service refuses all of them, or does not answer.
    """
    try:
        with Client(url, api_key=key) as client:
            results = client.read_all(contents, members=members)
    except ClientError as error:
        raise RemoteError(f"{url}: {error}") from error
    return [RemoteError(result.detail) if isinstance(result, Problem) else result for result in results]
