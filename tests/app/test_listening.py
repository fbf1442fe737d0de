import asyncio
import socket
from contextlib import ExitStack

import pytest

from app.listening import BACKLOG, listen, multiply
from model.errors import ConfigurationError

uvloop = pytest.importorskip("uvloop", reason="asyncio's own loop accepts all that wait")


def test_taken_port_is_named_with_its_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port}: Address already in use.* TENFOLD_PORT"):
            listen("127.0.0.1", port)


def test_unknown_host_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Cannot listen on 'no-such-host"):
        listen("no-such-host.invalid", 0)


def test_ipv6_is_listened_on() -> None:
    with listen("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"


def test_connections_that_wait_are_let_in_many_a_turn() -> None:
    """One a turn kept the last of 900 clients waiting for a minute under load, and some gave up."""
    clients = 64
    turns = 0

    async def work() -> None:
        loop, accepted, all_in = asyncio.get_running_loop(), [], asyncio.Event()

        class Door(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                accepted.append(transport)
                if len(accepted) == clients:
                    all_in.set()

        def count_turn() -> None:
            nonlocal turns
            turns += 1
            if not all_in.is_set():
                loop.call_soon(count_turn)

        listener = listen("127.0.0.1", 0)
        listener.listen(BACKLOG)
        with ExitStack() as waiting:
            for _ in range(clients):
                waiting.enter_context(socket.create_connection(listener.getsockname()))
            servers = [await loop.create_server(Door, sock=handle) for handle in multiply(listener)]
            count_turn()
            await asyncio.wait_for(all_in.wait(), 10)
            for transport in accepted:
                transport.close()
            for server in servers:
                server.close()

    uvloop.run(work())
    assert turns <= clients / 4, turns
