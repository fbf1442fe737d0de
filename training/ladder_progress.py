"""One progress bar over the whole ladder: a bar in a terminal, one line a minute elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from model.networks import build_network, count_multiply_adds
from training.member import StepReport
from training.progress import describe_step
from training.workers import MemberTask

_LINE_SECONDS = 60.0
_REPORT_STEPS = 20  # a member reports so often; what is left after its last report counts as done


@dataclass
class LadderProgress:
    """Adds up where every net is; its signature is that of `training.workers.Report`.

    Parameters
    ----------
    tasks
        All that is to be trained.
    bar
        Rich's display with one task.
    console
        Where lines go when there is no terminal.
    """

    tasks: Sequence[MemberTask]
    bar: Progress
    console: Console
    _costs: list[float] = field(init=False)
    _done: list[float] = field(init=False)
    _task: TaskID = field(init=False)
    _said_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._costs = [expected_cost(task) for task in self.tasks]
        self._done = [0.0] * len(self.tasks)
        self._task = self.bar.add_task("ladder", total=sum(self._costs), detail="")

    def __call__(self, position: int, _phase: str, where: StepReport) -> None:
        """Take note of one report."""
        done = ((where.epoch - 1) * where.steps + where.step + _REPORT_STEPS) / (where.epochs * where.steps)
        self._done[position] = min(1.0, done)
        task = self.tasks[position]
        detail = f"{task.recipe.name} seed {task.recipe.seed_of(task.member)}, {describe_step(where)}"
        self.bar.update(self._task, completed=self._completed(), detail=detail)
        if not self.console.is_terminal and time.monotonic() - self._said_at > _LINE_SECONDS:
            self._said_at = time.monotonic()
            self.console.print(self._line(), highlight=False, soft_wrap=True)

    def _completed(self) -> float:
        return sum(cost * done for cost, done in zip(self._costs, self._done, strict=True))

    def _line(self) -> str:
        task = self.bar.tasks[0]
        left = "?" if task.time_remaining is None else f"{task.time_remaining / 60:.0f} min"
        begun = sum(0 < done < 1 for done in self._done)
        finished = sum(done == 1 for done in self._done)
        return (
            f"ladder: {task.percentage:.0f} %, {left} left; {finished} nets of {len(self.tasks)} finished, {begun} begun; "
            f"{task.fields['detail']}"
        )


def expected_cost(task: MemberTask) -> float:
    """Estimate the work of one net, in about microseconds of one core; it only has to weigh nets against each other.

    A step's fixed cost, its arithmetic on ten pictures, and the pass over every weight, fitted by eye to steps measured on
    one core: 0.4 ms for rung 1, 1.9, 2.8 and 6.3 ms for rungs 2, 3 and 7.
    """
    network = build_network(task.recipe.network_of(task.member))
    pictures = len(task.training) * (5 if task.recipe.one_pixel_shifts else 1)
    step = 250 + count_multiply_adds(network) / 800 + network.parameter_count / 450
    return step * task.recipe.epochs * max(1, pictures // task.recipe.batch_size)


@contextmanager
def ladder_progress(tasks: Sequence[MemberTask]) -> Iterator[LadderProgress]:
    """Show progress on standard error while the block runs."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    # The ladder takes hours and its nets differ in pace: an estimate from the last minutes beats one from the last 30 s.
    with Progress(*columns, console=console, disable=not console.is_terminal, speed_estimate_period=600) as bar:
        yield LadderProgress(tasks, bar, console)
