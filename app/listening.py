"""The listening socket: bound once, shared by all workers, and looked at often enough.

libuv, the event loop's core, accepts one connection a turn of the loop and listening socket. Under load a turn answers every
client that has sent something, and takes as much longer as there are more of them: 900 clients that came together had all
been let in only after a minute. So each worker listens to the same socket many times over.
"""

import socket
from contextlib import ExitStack

from model.errors import ConfigurationError

BACKLOG = 2048  # uvicorn's own default; the kernel caps it at net.core.somaxconn

ACCEPTED_A_TURN = 16
"""Connections let in by one turn of the loop: 900 in three seconds. Each costs a look in vain, of 1 us, per connection."""


def listen(host: str, port: int) -> socket.socket:
    """Bind the address that every worker shares.

    Parameters
    ----------
    host
        A name or an IPv4 or IPv6 address of this machine.
    port
        A TCP port; 0 takes a free one.

    Returns
    -------
    socket.socket
        Bound, and not yet listening: until a worker is ready, clients are refused.

    Raises
    ------
    ConfigurationError
        If the address is unknown, taken or not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with ExitStack() as on_failure:
            listener = on_failure.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            on_failure.pop_all()
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host!r}, port {port}: {error.strerror}. "
            "Choose another address with TENFOLD_HOST or another port with TENFOLD_PORT."
        ) from error
    return listener


def multiply(listener: socket.socket) -> list[socket.socket]:
    """Make more handles of a socket, so that the event loop accepts from each.

    Parameters
    ----------
    listener
        A bound socket.

    Returns
    -------
    list of socket
        `ACCEPTED_A_TURN` handles of the one socket, the listener first; whoever serves with them closes them.
    """
    return [listener, *[listener.dup() for _ in range(ACCEPTED_A_TURN - 1)]]
