import socket
import threading

import pytest

from app.errors import NotReadyError
from app.inference import InferenceLoop
from app.loading import LoadedModel
from model.decoding import PictureLimits


def refuse() -> LoadedModel:
    raise NotReadyError("none")


def test_kill_of_the_other_end_is_an_end_and_not_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """Messages that it had not read make a reset of it: the log had a stack trace of every such end."""
    ours, theirs = socket.socketpair()
    loop = InferenceLoop(theirs, refuse, limits=PictureLimits())
    thread = threading.Thread(target=loop.run)
    thread.start()
    while not ours.recv(1, socket.MSG_PEEK):
        pass
    ours.close()  # with the report unread
    thread.join(20)
    assert not thread.is_alive()
    assert caplog.records == []
