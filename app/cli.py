"""`tenfold`: serve pictures over HTTP, read them from files, tell about the model.

One line on standard error says what went wrong; the exit status is 2 for wrong usage and 1 for everything else.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.settings import Settings, load_settings
from model.errors import TenfoldError

if TYPE_CHECKING:
    from model.predictions import Prediction
    from tenfold_client import Prediction as Answer

STANDARD_INPUT = "-"

EXAMPLES = """examples:
  tenfold serve --port 8080          answer at http://127.0.0.1:8080
  tenfold read seven.png             print what is in the picture
  tenfold read --json - < seven.png  the same as JSON, from standard input
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process if None.

    Returns
    -------
    int
        0; 1 if a picture or the model could not be used. Wrong usage exits with 2 on its own.
    """
    chosen = build_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except TenfoldError as error:
        print(f"tenfold: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="tenfold",
        description="Read handwritten digits.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tenfold {version('tenfold')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="answer requests over HTTP, and show the page")
    serve.add_argument("--host", help="address to listen on (TENFOLD_HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="TCP port to listen on (TENFOLD_PORT, 8000)")
    serve.add_argument("--workers", type=int, help="processes that answer (TENFOLD_WORKERS, 1)")
    serve.set_defaults(command=_serve)

    read = commands.add_parser("read", help="print the digits in pictures")
    read.add_argument("files", nargs="+", metavar="FILE", help="PNG, JPEG or WebP; - is standard input")
    read.add_argument("--json", action="store_true", help="print one JSON object a line")
    read.add_argument("--members", choices=("auto", "all"), default="auto", help="all: ask every network (auto)")
    read.add_argument("--url", help="have the service at this address read them; TENFOLD_API_KEY is its key")
    read.set_defaults(command=_read)

    info = commands.add_parser("info", help="tell about the model")
    info.add_argument("--json", action="store_true", help="print the model card as JSON")
    info.set_defaults(command=_info)

    for command in (serve, read, info):
        command.add_argument(
            "--checkpoint", type=Path, help="folder of the checkpoint (TENFOLD_CHECKPOINT, the shipped one)"
        )
        command.add_argument(
            "--engine", choices=("auto", "onnx", "torch"), help="what runs the networks (TENFOLD_ENGINE)"
        )
    return parser


def _settings(chosen: argparse.Namespace) -> Settings:
    names = ("checkpoint", "engine", "host", "port", "workers")
    return load_settings(**{name: getattr(chosen, name, None) for name in names})


def _serve(chosen: argparse.Namespace) -> int:
    from app.server import serve  # noqa: PLC0415  # the other commands need no server

    serve(_settings(chosen))
    return 0


def _read(chosen: argparse.Namespace) -> int:
    """Read every file, also after one that cannot be read; the exit status tells."""
    if chosen.url:
        return _read_by_service(chosen)
    from model.classifier import open_classifier  # noqa: PLC0415  # `--help` does not need the networks
    from model.decoding import PictureLimits  # noqa: PLC0415
    from model.pictures import read_picture  # noqa: PLC0415

    settings = _settings(chosen)
    classifier = open_classifier(settings.checkpoint, engine=settings.engine)
    limits = PictureLimits(max_pixels=settings.max_pixels)
    failures = 0
    for name in chosen.files:
        try:
            prepared = read_picture(_content(name), limits=limits)
        except TenfoldError as error:
            failures += 1
            print(f"tenfold: {name}: {error}", file=sys.stderr)
        else:
            prediction = classifier.classify_prepared([prepared], consult_all=chosen.members == "all")[0]
            print(_describe(name, prediction, as_json=chosen.json))
    return 1 if failures else 0


def _read_by_service(chosen: argparse.Namespace) -> int:
    """Do the same by asking a service."""
    from app.remote import read_by_service  # noqa: PLC0415  # needs httpx, which serving does not

    names, contents, failures = [], [], 0
    for name in chosen.files:
        try:
            contents.append(_content(name))
            names.append(name)
        except TenfoldError as error:
            failures += 1
            print(f"tenfold: {name}: {error}", file=sys.stderr)
    key = os.environ.get("TENFOLD_API_KEY")
    for name, result in zip(names, read_by_service(contents, chosen.url, key=key, members=chosen.members), strict=True):
        if isinstance(result, TenfoldError):
            failures += 1
            print(f"tenfold: {name}: {result}", file=sys.stderr)
        else:
            print(_describe(name, result, as_json=chosen.json))
    return 1 if failures else 0


def _content(name: str) -> bytes:
    """Read a file, or standard input."""
    try:
        return sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise TenfoldError(error.strerror or str(error)) from error


def _describe(name: str, prediction: "Prediction | Answer", *, as_json: bool) -> str:
    """Word one answer."""
    if as_json:
        fields = prediction._asdict() if isinstance(prediction, tuple) else asdict(prediction)
        return json.dumps({"file": name, **fields, "members_consulted": prediction.members_consulted})
    shown = "-" if prediction.digit is None else prediction.digit
    return f"{name}: {shown}  {prediction.probability:6.1%}  {prediction.verdict}. {prediction.reason}"


def _info(chosen: argparse.Namespace) -> int:
    from app.model_card import build_model_card  # noqa: PLC0415  # as above
    from model.classifier import open_classifier  # noqa: PLC0415

    settings = _settings(chosen)
    classifier = open_classifier(settings.checkpoint, engine=settings.engine)
    card = build_model_card(classifier)
    print(card.decode() if chosen.json else _summarise(json.loads(card), folder=settings.checkpoint))
    return 0


def _summarise(card: dict[str, Any], *, folder: Path) -> str:
    """Tell the model card in a few lines."""
    evaluation = card["evaluation"]
    ensemble, (low, high) = evaluation["ensemble"], evaluation["ensemble"]["interval"]
    wrong = evaluation["size"] - ensemble["correct"]
    return "\n".join(
        (
            f"model       {card['name']} {card['version']}",
            f"checkpoint  {folder}",
            f"engine      {card['engine']}",
            f"members     {len(card['members'])} networks, {card['parameters']:,} parameters together",
            f"trained on  {card['trained_on']}",
            f"accuracy    {ensemble['accuracy']:.2%} ({wrong} errors in {evaluation['size']:,}, "
            f"95 % interval {low:.2%} to {high:.2%}), {evaluation['split']} split",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
