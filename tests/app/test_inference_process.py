"""The inference process as a process, with a parent that is one too."""

import subprocess
import sys
from pathlib import Path

from app.inference_process import InferenceOptions
from tests.serving import ROOT, HangingCheckpoint, wait_until

IMPORTS = "import os, time; from app.inference_process import InferenceOptions, main, start_process; "
PARENT = IMPORTS + "child = start_process({options!r}); print(child.pid, flush=True); time.sleep(600)"
ORPHAN = IMPORTS + "main(0, {options!r}, parent=os.getpid())"


def options(checkpoint: Path) -> InferenceOptions:
    return InferenceOptions(
        checkpoint=str(checkpoint), engine="onnx", data=None, max_pixels=1_000_000, log_level="error"
    )


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_process_that_hangs_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    """It hears neither a signal nor that its link is closed."""
    checkpoint = HangingCheckpoint(tmp_path)
    code = PARENT.format(options=options(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        try:
            with checkpoint.being_read():
                assert _runs(pid)
                parent.kill()
                wait_until(lambda: not _runs(pid))
        finally:
            parent.kill()


def test_process_whose_parent_died_before_it_could_be_bound_to_it_ends_at_once(tmp_path: Path) -> None:
    code = ORPHAN.format(options=options(tmp_path))
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, b"")
