"""Progress of long work: bars in a terminal, one line a minute elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from training.member import StepReport

_LINE_SECONDS = 60.0


@dataclass
class TrainingProgress:
    """Shows where every member is.

    Parameters
    ----------
    bars
        Rich's display; drawn in a terminal only.
    console
        Where lines go when there is no terminal.
    """

    bars: Progress
    console: Console
    _tasks: dict[tuple[int, str], TaskID] = field(default_factory=dict)
    _said_at: float = 0.0

    def __call__(self, member: int, phase: str, where: StepReport) -> None:
        """Take note of one report; the signature is that of `training.workers.Report`."""
        done = (where.epoch - 1) * where.steps + where.step
        key = (member, phase)
        if key not in self._tasks:
            name = f"member {member} {phase}"
            self._tasks[key] = self.bars.add_task(name, total=where.epochs * where.steps, detail="")
        self.bars.update(self._tasks[key], completed=done, detail=describe_step(where))
        if not self.console.is_terminal and time.monotonic() - self._said_at > _LINE_SECONDS:
            self._said_at = time.monotonic()
            for line in self._lines():
                self.console.print(line, highlight=False, soft_wrap=True)

    def _lines(self) -> Iterator[str]:
        for task in self.bars.tasks:
            if task.total and task.completed < task.total - task.total / 1000 and not task.finished:
                left = "?" if task.time_remaining is None else f"{task.time_remaining / 60:.0f} min"
                yield f"{task.description}: {task.percentage:.0f} %, {task.fields['detail']}, {left} left"


@contextmanager
def training_progress() -> Iterator[TrainingProgress]:
    """Show progress on standard error while the block runs."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield TrainingProgress(bars, console)


def describe_step(where: StepReport) -> str:
    """Say in a few words where a member is."""
    accuracy = "" if where.validation_accuracy is None else f", validation {100 * where.validation_accuracy:.2f} %"
    return f"epoch {where.epoch}/{where.epochs}, loss {where.training_loss:.4f}{accuracy}"
