"""`tenfold-train ladder`: train the chapter's networks, measure them, and set them beside the book's numbers."""

import argparse
import sys
from pathlib import Path

from model.errors import ConfigurationError
from training.devices import choose_device
from training.ladder import plan_ladder, train_ladder
from training.ladder_document import render_ladder
from training.ladder_measurement import Measurement, measure_ladder
from training.ladder_progress import ladder_progress
from training.ladder_results import LadderResult, load_known, save_result
from training.mnist import load_split
from training.origin import describe_origin
from training.rungs import Schedule, choose_rungs, schedule_rungs

_CHAPTER_SEEDS = 3
_QUICK_SEEDS = 1


def add_ladder_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its options."""
    ladder = commands.add_parser(
        "ladder", help="train the chapter's networks, and compare them with the book's numbers"
    )
    ladder.add_argument(
        "--rungs", default="1-8", help="numbers, ranges and single widths: 1-8 (default), 1-4,5.100,7; 8 is the vote"
    )
    ladder.add_argument(
        "--seeds",
        type=int,
        default=None,
        help=f"nets of every rung (default: {_CHAPTER_SEEDS}, with --quick {_QUICK_SEEDS}); five of rung 7 for the vote",
    )
    ladder.add_argument(
        "--quick", action="store_true", help="a first look in under 20 minutes: 25,000 steps a net, not the chapter's"
    )
    ladder.add_argument("--out", type=Path, metavar="DIR", help="folder of the nets, the result and its page")
    ladder.add_argument(
        "--device", choices=["auto", "cpu", "cuda", "mps"], default="auto", help="where (default: auto)"
    )
    ladder.add_argument("--processes", type=int, default=None, help="nets at a time (default: one for each core)")
    ladder.add_argument(
        "--render", type=Path, metavar="DIR", help="train nothing; write page and plot of DIR/results/ladder.json"
    )
    ladder.set_defaults(run=run_ladder_command)


def run_ladder_command(parsed: argparse.Namespace) -> int:
    """Train, measure and write, or only write.

    Parameters
    ----------
    parsed
        The command's options.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    TenfoldError
        If something cannot be done; what is trained stays.
    """
    if parsed.render:
        print("\n".join(str(path) for path in render_ladder(parsed.render)))
        return 0
    if not parsed.out:
        raise ConfigurationError("no --out found; ladder needs a folder for its nets (or --render with a result)")
    result = _climb(parsed)
    save_result(parsed.out, result)
    document, plot = render_ladder(parsed.out)
    print(document.read_text())
    print(f"{document}, {plot}", file=sys.stderr)
    return 0


def _climb(parsed: argparse.Namespace) -> LadderResult:
    """Train what is asked for; measure everything that the folder holds."""
    schedule: Schedule = "quick" if parsed.quick else "chapter"
    seeds = parsed.seeds if parsed.seeds is not None else _QUICK_SEEDS if parsed.quick else _CHAPTER_SEEDS
    rungs = choose_rungs(parsed.rungs, seeds=seeds, rungs=schedule_rungs(schedule))
    device, known = choose_device(parsed.device), load_known(parsed.out, schedule=schedule)
    tasks = plan_ladder(
        rungs,
        parsed.out,
        known=known,
        training=load_split("training"),
        validation=load_split("validation"),
        device=device,
    )
    print(f"{len(tasks)} nets to train on {device} in {parsed.out}", file=sys.stderr)
    with ladder_progress(tasks) as report:
        train_ladder(rungs, parsed.out, tasks=tasks, processes=parsed.processes, report=report)
    command = f"tenfold-train ladder --rungs {parsed.rungs} --seeds {seeds}" + (" --quick" if parsed.quick else "")
    origin = describe_origin(command, device=device)
    return measure_ladder(parsed.out, known=known, how=Measurement(load_split("test"), device, origin))
