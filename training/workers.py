"""Members in parallel: on the CPU one process each with one thread, on a GPU one after the other.

A convolution of this size does not gain from a second thread, so two members on two cores beat one member on two; and with
one thread each, however many train at a time, the same seed gives the same bits.
A process that loses its parent ends by itself at the next report: nothing goes on in secret after a `kill -9`.
"""

import multiprocessing
import multiprocessing.connection
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from model.errors import TenfoldError, TrainingError
from model.networks import DigitNetwork
from model.shapes import Pixels
from training.devices import is_out_of_memory
from training.member import StepReport, train_member
from training.mnist import Split
from training.phases import Phase, phases_of
from training.recipes import Recipe
from training.states import curve_to_metadata, write_tensors
from training.supply import OUTLIER_LABEL, Pool, Supply, build_supply
from training.teaching import choose_teachers
from training.trained import load_trained, weights_path

Report = Callable[[int, str, StepReport], None]


@dataclass(frozen=True)
class MemberTask:
    """One member's training, complete enough to be sent to another process."""

    member: int
    recipe: Recipe
    training: Split
    validation: Split
    folder: Path
    device: str
    outliers: Pixels | None = None
    field: Split | None = None


def train_members(tasks: Sequence[MemberTask], *, processes: int, report: Report) -> None:
    """Train every member, as many at a time as there are processes.

    Parameters
    ----------
    tasks
        What to train; members that are finished are passed over.
    processes
        1 trains in this process, on the CPU with one thread as well.
    report
        Called with the task's position in `tasks` (in a run: the member's number), the phase and where it is.

    Raises
    ------
    TrainingError
        If a member fails; the others are stopped, and go on from their last epoch when the run is started again.
    """
    if processes == 1:
        for position, task in enumerate(tasks):
            with _one_thread():
                train_task(task, report=partial(_renumber, report, position))
    else:
        _train_in_processes(list(tasks), processes=processes, report=report)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch's operations on one core, as in a process of their own."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _renumber(report: Report, position: int, _member: int, phase: str, where: StepReport) -> None:
    """Pass a report on under the task's position: two tasks of one ladder may share a member's number."""
    report(position, phase, where)


def train_task(task: MemberTask, *, report: Report) -> None:
    """Take one member through its phases, from wherever it was left.

    Raises
    ------
    TrainingError
        As `train_member`, and if memory runs out.
    """
    try:
        network = None
        for phase in phases_of(task.recipe, task.member):
            network = _train_phase(task, phase, start=network, report=report)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            f"{task.device} ran out of memory at batch size {task.recipe.batch_size} "
            f"({str(error).partition(chr(10))[0]}); finished epochs are kept: free memory, or lower --processes, and "
            "run again"
        ) from error


def _train_phase(task: MemberTask, phase: Phase, *, start: DigitNetwork | None, report: Report) -> DigitNetwork:
    path = weights_path(task.folder, task.member, phase.name)
    if not path.exists():
        network, curve = train_member(
            task.member,
            task.recipe,
            phase=phase,
            supply=_supply(task, phase),
            start=start,
            teachers=choose_teachers(
                task.recipe, task.member, phase, run_folder=task.folder, device=torch.device(task.device)
            ),
            state_path=path.with_suffix(".state"),
            report=lambda where: report(task.member, phase.name, where),
        )
        weights = {name: tensor.cpu() for name, tensor in network.state_dict().items()}
        write_tensors(path, weights, metadata=curve_to_metadata(curve))
    return load_trained(task.folder, task.recipe, member=task.member, phase=phase.name).network


def _supply(task: MemberTask, phase: Phase) -> Supply:
    pools = []
    if task.outliers is not None:
        pools.append(Pool(Split.of_one_label(task.outliers, OUTLIER_LABEL), task.recipe.outlier_share))
    if task.field is not None and phase.sees_field:
        pools.append(Pool(task.field, task.recipe.field_share))
    return build_supply(
        task.training.joined(task.validation) if phase.sees_validation else task.training,
        validation=None if phase.sees_validation else task.validation,
        pools=pools,
        one_pixel_shifts=task.recipe.one_pixel_shifts,
        device=torch.device(task.device),
    )


def _train_in_processes(waiting: list[MemberTask], *, processes: int, report: Report) -> None:
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    started = 0
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                ours, theirs = context.Pipe(duplex=False)
                process: BaseProcess = context.Process(
                    target=_work, args=(waiting.pop(0), theirs, os.getpid()), daemon=True
                )
                process.start()
                theirs.close()
                running[ours] = (started, process)
                started += 1
            for ready in multiprocessing.connection.wait(list(running)):
                assert isinstance(ready, Connection)
                position, process = running[ready]
                if not _hear(ready, partial(_renumber, report, position)):
                    del running[ready]
                    _check_ended(process)
    finally:
        for _, process in running.values():
            process.terminate()


def _hear(connection: Connection, report: Report) -> bool:
    """Pass one message on; return whether more may come."""
    try:
        message = connection.recv()
    except EOFError:
        return False
    if isinstance(message, str):
        raise TrainingError(message)
    report(*message)
    return True


def _check_ended(process: BaseProcess) -> None:
    process.join()
    if process.exitcode:
        raise TrainingError(
            f"a training process ended with status {process.exitcode} (killed, or out of memory?); "
            "finished epochs are kept: run the same command again"
        )


def _work(task: MemberTask, connection: Connection, parent: int) -> None:
    """Train one member in a process of its own."""
    torch.set_num_threads(1)

    def report(member: int, phase: str, where: StepReport) -> None:
        if os.getppid() != parent:
            os._exit(1)  # nobody is left to be told; the last epoch is on disk
        connection.send((member, phase, where))

    try:
        train_task(task, report=report)
    except TenfoldError as error:
        connection.send(str(error))
    except Exception:  # the parent has no other way to learn what went wrong here
        connection.send(traceback.format_exc())
    finally:
        connection.close()
