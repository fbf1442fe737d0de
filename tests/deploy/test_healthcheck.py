"""The container's health check, run as the container runs it."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HEALTHY, SICK = 200, 503


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Answer /readyz on a free port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 400)
            self.end_headers()
            self.wfile.write(b"No model is loaded.")

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield str(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def check(**environment: str) -> tuple[int, str]:
    command = [sys.executable, "-I", "deploy/healthcheck.py"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    return done.returncode, done.stderr


def test_ready_service_is_healthy() -> None:
    with answering(HEALTHY) as port:
        assert check(TENFOLD_HOST="0.0.0.0", TENFOLD_PORT=port) == (0, "")  # noqa: S104  # nothing listens there


def test_service_without_a_model_is_not_and_the_reason_is_shown() -> None:
    with answering(SICK) as port:
        assert check(TENFOLD_PORT=port) == (1, "not ready: No model is loaded.\n")


def test_nobody_there_is_not_healthy() -> None:
    status, reason = check(TENFOLD_PORT="1")
    assert status == 1
    assert "refused" in reason
