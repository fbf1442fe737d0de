"""`tenfold-train`: the offline side, from the data to a checkpoint and what can be said about it.

One line on standard error for what goes wrong: exit status 2 for wrong usage, 1 for an error of ours.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from model.checkpoint import Checkpoint
from model.classifier import open_classifier
from model.errors import TenfoldError
from model.manifest import SHIPPED_CHECKPOINT, Evaluation
from model.mnist_files import MNIST_FILES, TEST_FILES, cache_folder
from training.comparison_command import add_compare_command
from training.devices import DeviceName, choose_device
from training.download import MIRRORS, download_mnist
from training.evaluation import evaluate_classifier
from training.folders import CHECKPOINT_FOLDER, RUN_FOLDER
from training.ladder_command import add_ladder_command
from training.mnist import load_split
from training.presets import RECIPES
from training.production import produce_checkpoint
from training.progress import training_progress
from training.report import add_report_command
from training.run import Run, run_ensemble
from training.wild_command import add_wild_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        As typed, without the program's name; None for the real ones.

    Returns
    -------
    int
        Exit status.
    """
    parsed = build_parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except TenfoldError as error:
        print(f"tenfold-train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tenfold-train: stopped; finished epochs are kept: the same command goes on", file=sys.stderr)
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    parser = argparse.ArgumentParser(prog="tenfold-train", description="Train, measure and export digit ensembles.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="find MNIST, or download and check it")
    data.add_argument("--folder", type=Path, default=None, help="where to put it (default: the user's cache)")
    data.add_argument("--test-only", action="store_true", help="only the two files of the test set (1.6 MB)")
    data.add_argument("--mirror", action="append", help="address to download from, ending in / (may be repeated)")
    data.set_defaults(run=_data)

    train = commands.add_parser("train", help="train an ensemble and make its checkpoint")
    train.add_argument(
        "--recipe", choices=sorted(RECIPES), default="standard", help="what to train (default: standard)"
    )
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run and its checkpoint")
    train.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto", help="where (default: auto)")
    train.add_argument("--members", type=int, default=None, help="how many networks (default: the recipe's)")
    train.add_argument(
        "--epochs", type=int, default=None, help="passes over the training split (default: the recipe's)"
    )
    train.add_argument("--processes", type=int, default=None, help="members at a time (default: one for each core)")
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="measure a checkpoint on the test split, as it serves")
    evaluate.add_argument(
        "checkpoint", type=Path, nargs="?", default=SHIPPED_CHECKPOINT, help="folder (default: shipped)"
    )
    evaluate.add_argument(
        "--split", choices=["test", "validation"], default="test", help="which pictures (default: test)"
    )
    evaluate.add_argument(
        "--engine", choices=["auto", "onnx", "torch"], default="onnx", help="what runs it (default: onnx)"
    )
    evaluate.add_argument("--json", action="store_true", help="print everything measured, as JSON")
    evaluate.set_defaults(run=_evaluate)

    export = commands.add_parser("export", help="make the checkpoint of a finished run again")
    export.add_argument("run_folder", type=Path, metavar="DIR", help="the --out of the run")
    export.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the checkpoint shall lie")
    export.set_defaults(run=_export)

    add_ladder_command(commands)
    add_report_command(commands)
    add_compare_command(commands)
    add_wild_command(commands)
    return parser


def _data(parsed: argparse.Namespace) -> int:
    folder = parsed.folder or cache_folder()
    with Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn()) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, had: int, expected: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=expected)
            bars.update(tasks[name], completed=had)

        files = TEST_FILES if parsed.test_only else MNIST_FILES
        paths = download_mnist(folder, files=files, mirrors=parsed.mirror or MIRRORS, advance=advance)
    print(f"{len(paths)} files are there, and right: {folder}")
    return 0


def _train(parsed: argparse.Namespace) -> int:
    changes = {name: getattr(parsed, name) for name in ("members", "epochs") if getattr(parsed, name) is not None}
    recipe = replace(RECIPES[parsed.recipe], **changes)
    training, validation, device = load_split("training"), load_split("validation"), choose_device(parsed.device)
    print(f"{recipe.members} members of recipe {recipe.name} on {device} in {parsed.out}", file=sys.stderr)
    with training_progress() as report:
        run = run_ensemble(
            recipe,
            parsed.out / RUN_FOLDER,
            training=training,
            validation=validation,
            device=device,
            processes=parsed.processes,
            report=report,
        )
    return _produce(run, parsed.out / CHECKPOINT_FOLDER, device=parsed.device)


def _export(parsed: argparse.Namespace) -> int:
    return _produce(Run.open(parsed.run_folder / RUN_FOLDER), parsed.to, device="auto")


def _produce(run: Run, folder: Path, *, device: DeviceName) -> int:
    checkpoint = produce_checkpoint(
        run, folder, validation=load_split("validation"), test=load_split("test"), device=choose_device(device)
    )
    _print_summary(checkpoint)
    return 0


def _print_summary(checkpoint: Checkpoint) -> None:
    evaluation, manifest = checkpoint.evaluation, checkpoint.manifest
    print(
        f"{checkpoint.folder}: {manifest.name} {manifest.version}, {len(manifest.members)} members, "
        f"{manifest.parameters:,} parameters, {manifest.multiply_adds:,} multiply-adds a picture"
    )
    _print_evaluation(evaluation)


def _print_evaluation(evaluation: Evaluation) -> None:
    low, high = evaluation.ensemble.interval
    print(
        f"{evaluation.split}: {evaluation.ensemble.correct:,} of {evaluation.size:,} right "
        f"({100 * evaluation.ensemble.accuracy:.2f} %, 95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
    )
    print("members: " + ", ".join(f"{member.correct:,}" for member in evaluation.members))
    print(
        f"as served, the first member alone for {100 * evaluation.cascade.answered_by_one:.1f} %: "
        f"{evaluation.cascade.correct:,} right, "
        f"{evaluation.cascade.differing} answers differ"
    )


def _evaluate(parsed: argparse.Namespace) -> int:
    """Measure the checkpoint as it serves, and hold the result to what it says of itself."""
    classifier = open_classifier(parsed.checkpoint, engine=parsed.engine)
    evaluation = evaluate_classifier(classifier, load_split(parsed.split), split_name=parsed.split)
    if parsed.json:
        print(json.dumps(asdict(evaluation)))
    else:
        _print_evaluation(evaluation)
    stated = classifier.checkpoint.evaluation
    if parsed.split == stated.split and evaluation.ensemble != stated.ensemble:
        print(f"evaluation.json says {stated.ensemble.correct:,} right; this machine finds otherwise", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
