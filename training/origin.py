"""Where a number comes from: what a result file says of the command, code and machine that made it."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from pydantic import ConfigDict

from training.devices import describe_device
from training.export import current_commit

_CPU_DESCRIPTION = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Origin:
    """The provenance of a result.

    Parameters
    ----------
    command
        Gives the number again; without the folders of the machine.
    commit
        Of the code, `-dirty` where files differed from it.
    machine, device
        Processor and cores; what the networks ran on.
    versions
        Of Python, torch and Tenfold.
    date
        In UTC, as 2026-01-31.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    command: str
    commit: str
    machine: str
    device: str
    versions: dict[str, str]
    date: str


def describe_origin(command: str, *, device: torch.device) -> Origin:
    """Describe what is running now.

    Parameters
    ----------
    command
        That was given.
    device
        Where the networks run.

    Returns
    -------
    Origin
        For a result file.
    """
    return Origin(
        command=command,
        commit=current_commit(),
        machine=f"{_processor()}, {os.cpu_count()} cores",
        device=describe_device(device),
        versions={"python": platform.python_version(), "torch": str(torch.__version__), "tenfold": version("tenfold")},
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
    )


def _processor() -> str:
    """Name the processor: Linux keeps the name in a file, other systems in the platform module."""
    if _CPU_DESCRIPTION.exists():
        for line in _CPU_DESCRIPTION.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
