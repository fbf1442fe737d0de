"""Workers for the supervisor's tests, in a module of their own: each is imported by a fresh interpreter."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

from app.supervisor import take_signals


def note(folder: Path, word: str) -> None:
    """Leave a word with this process's number."""
    (folder / f"{word}-{os.getpid()}").touch()


def work_until_told(folder: Path, listener: socket.socket) -> None:
    """Note SIGHUP, end at SIGTERM."""
    take_signals()
    signal.signal(signal.SIGHUP, lambda *_: note(folder, "hangup"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    note(folder, "started")
    while True:
        time.sleep(0.01)


def ignore_everything(folder: Path, listener: socket.socket) -> None:
    """Outlive every request to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(folder, "started")
    while True:
        time.sleep(0.01)


def fail_to_start(folder: Path, listener: socket.socket) -> None:
    """Leave as uvicorn does where the app cannot start."""
    note(folder, "started")
    sys.exit(3)


def crash(folder: Path, listener: socket.socket) -> None:
    """Die at once, every time."""
    note(folder, "started")
    os.kill(os.getpid(), signal.SIGKILL)
