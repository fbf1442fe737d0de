"""The container's health check: exit status 0 if the service in it is ready, 1 with the reason if it is not.

Standard library only, and the same variables as the service, so that the two cannot disagree about the address.
"""

import http.client
import os
import sys
from collections.abc import Mapping

TIMEOUT_SECONDS = 4  # the HEALTHCHECK instruction gives up after 5
EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # a wildcard cannot be asked


def main() -> int:
    """Ask the service of this container."""
    reason = find_fault(os.environ)
    if reason:
        print(f"not ready: {reason}", file=sys.stderr)
    return 1 if reason else 0


def find_fault(environment: Mapping[str, str]) -> str:
    """Ask `/readyz`.

    Parameters
    ----------
    environment
        Names address and port, as for the service.

    Returns
    -------
    str
        Why the service is not ready; empty if it is.
    """
    host = environment.get("TENFOLD_HOST", "")
    port = environment.get("TENFOLD_PORT", "8000")
    connection = http.client.HTTPConnection(EVERY_ADDRESS.get(host, host), int(port), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return "" if answer.status == http.HTTPStatus.OK else answer.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
