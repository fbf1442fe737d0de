"""One service for all hostile tests, with deadlines short enough to wait for."""

from collections.abc import Iterator

import pytest

from tests.serving import Service

HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS, WRITE_SECONDS = 0.6, 1.0, 1.0, 0.6


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real service; every hostile test asks this one process."""
    with Service(
        tmp_path_factory.mktemp("hostile") / "log",
        head_timeout_seconds=HEAD_SECONDS,
        body_timeout_seconds=BODY_SECONDS,
        idle_timeout_seconds=IDLE_SECONDS,
        write_timeout_seconds=WRITE_SECONDS,
        max_connections=2000,
    ) as service:
        yield service
        assert service.process.poll() is None
