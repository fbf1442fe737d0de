import socket
import threading
from collections.abc import Callable

import pytest

from app.errors import NotReadyError
from app.frames import FrameReader, pack
from app.inference import InferenceLoop
from app.loading import LoadedModel
from app.messages import Command, LoadRefusal
from model.decoding import PictureLimits


def refuse() -> LoadedModel:
    raise NotReadyError("none")


def run_loop(load: Callable[[], LoadedModel]) -> list[object]:
    """Run a loop that is told to stop at once, and give what it reports."""
    ours, theirs = socket.socketpair()
    with ours:
        for piece in pack([Command.STOP]):
            ours.sendall(piece)
        InferenceLoop(theirs, load, limits=PictureLimits()).run()
        return FrameReader().feed(ours.recv(1 << 16))


def test_checkpoint_that_cannot_be_used_is_no_fault_of_the_program(caplog: pytest.LogCaptureFixture) -> None:
    """Its reason is a line in the log of the process that is told of it, without a traceback."""
    assert run_loop(refuse) == [LoadRefusal("none")]
    assert caplog.records == []


def test_fault_of_the_program_while_it_loads_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> LoadedModel:
        raise ZeroDivisionError("by nothing")

    assert run_loop(fail) == [LoadRefusal("Loading it broke: ZeroDivisionError: by nothing")]
    [record] = caplog.records
    assert (record.levelname, record.exc_info is not None) == ("ERROR", True)


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
