"""The open connections of one process: how many there may be, and which have been silent or slow for too long.

Each connection only notes the time at which its patience ends (an attribute, no timer), and one sweep over all of them a
few times a second ends those whose time has come. A timer per connection costs a heap operation or two per request;
this costs nothing per request, and 0.1 ms a sweep at a thousand connections. What ending means is the connection's own
business (`protocol.py`).
"""

import asyncio
from collections import Counter
from typing import Protocol

from app.errors import TooManyConnectionsError
from app.settings import Settings

NEVER = float("inf")
SWEEPS_PER_DEADLINE = 10  # a deadline is at most a tenth late
SHORTEST_SWEEP_SECONDS, LONGEST_SWEEP_SECONDS = 0.02, 0.5


class Connection(Protocol):
    """What a sweep needs of a connection."""

    loop: asyncio.AbstractEventLoop
    address: str
    expires_at: float
    """When patience with what it sends ends, by the event loop's clock; `NEVER` while it is ours to act."""
    write_expires_at: float
    """When patience ends with a client that does not take its answer."""

    def expire(self, now: float) -> None:
        """Act on a deadline that has passed; called again at each sweep until the deadline moves."""


class Connections:
    """The connections of one process, counted by client address.

    Parameters
    ----------
    settings
        Its caps, and the deadlines that decide how often to sweep.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_connections
        self._most_per_address = settings.max_connections_per_address
        shortest = min(
            settings.head_timeout_seconds,
            settings.body_timeout_seconds,
            settings.idle_timeout_seconds,
            settings.write_timeout_seconds,
        )
        self.sweep_seconds = min(max(shortest / SWEEPS_PER_DEADLINE, SHORTEST_SWEEP_SECONDS), LONGEST_SWEEP_SECONDS)
        self._open: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._sweeping = False

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection) -> None:
        """Count a connection in, from now on swept.

        Parameters
        ----------
        connection
            One just made.

        Raises
        ------
        TooManyConnectionsError
            If the process, or the client's address, has as many as it may.
        """
        if len(self._open) >= self._most:
            raise TooManyConnectionsError(f"{self._most} connections are open, the most that may; try again shortly.")
        if self._by_address[connection.address] >= self._most_per_address:
            raise TooManyConnectionsError(
                f"{self._most_per_address} connections are open from this address, the most that may; reuse one."
            )
        self._open.add(connection)
        self._by_address[connection.address] += 1
        if not self._sweeping:
            self._sweeping = True
            connection.loop.call_later(self.sweep_seconds, self._sweep, connection.loop)

    def release(self, connection: Connection) -> None:
        """Count a connection out; one that was never admitted changes nothing.

        Parameters
        ----------
        connection
            One that is gone.
        """
        if connection not in self._open:
            return
        self._open.remove(connection)
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]  # else every address ever seen would stay in memory

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is overdue, and come back while there is anything to watch."""
        now = loop.time()
        overdue = [one for one in self._open if one.expires_at <= now or one.write_expires_at <= now]
        for connection in overdue:
            connection.expire(now)
        self._sweeping = bool(self._open)
        if self._sweeping:
            loop.call_later(self.sweep_seconds, self._sweep, loop)
