"""What a process and all below it use, read from the kernel: a service is more than one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessTree:
    """A process and all below it, as they are when they are looked at."""

    pid: int

    def rss_bytes(self) -> int:
        """Add up resident memory; what processes share counts in each."""
        return sum(_kibibytes(path / "status", "VmRSS") for path in self._paths()) * 1024

    def pss_bytes(self) -> int:
        """Add up proportional memory: what processes share counts once."""
        return sum(_kibibytes(path / "smaps_rollup", "Pss") for path in self._paths()) * 1024

    def forget_peak(self) -> None:
        """Let `peak_bytes` begin anew."""
        for path in self._paths():
            (path / "clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Add up how much memory was resident at most in each."""
        return sum(_kibibytes(path / "status", "VmHWM") for path in self._paths()) * 1024

    def processor_seconds(self) -> float:
        """Add up the processor time spent, to 10 ms each; other work on the machine does not count in it."""
        ticks = 0
        for path in self._paths():
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _paths(self) -> Iterator[Path]:
        waiting = [self.pid]
        while waiting:
            path = Path(f"/proc/{waiting.pop()}")
            yield path
            for thread in (path / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())


def _kibibytes(path: Path, name: str) -> int:
    return int(path.read_text().partition(f"{name}:")[2].split()[0])
