"""Hold a built image to what it promises: `python -m scripts.image_check [IMAGE]`.

Its size, layer by layer, is printed and bounded; what must not be in it is looked for; it is started confined as
`scripts/container.py` says, must become healthy by its own HEALTHCHECK, read pictures, and answer all that it accepted
when SIGTERM arrives under load.
"""

import http.client
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scripts import container as containers
from scripts.container import CONFINEMENT, Container, run
from tests.drawn_digits import draw_digit

MOST_BYTES = 300_000_000
MEGABYTE = 1_000_000
STARTED_WITHIN_SECONDS = 30.0
STOPPED_WITHIN_SECONDS = 25.0  # TENFOLD_GRACE_SECONDS is 20
CLIENTS = 8

INSPECTION = """
import importlib.util as u, pathlib, shutil
unwanted = ("torch", "pip", "setuptools", "training", "tests", "pytest", "onnx", "matplotlib")
present = [name for name in unwanted if u.find_spec(name)]
present += [name for name in ("cc", "gcc", "ld", "make") if shutil.which(name)]
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/1/status").read_text().splitlines())
print("unwanted:", present)
print("user:", status["Uid"].split()[0])
print("capabilities:", int(status["CapEff"], 16) | int(status["CapBnd"], 16))
print("privileges frozen:", status["NoNewPrivs"].strip())
try:
    pathlib.Path("/srv/tenfold/written").touch()
    print("root: writable")
except OSError as error:
    print("root:", error.strerror)
"""
"""Run inside the container; what it prints is compared below."""

RESIDENT = ("process_resident_memory_bytes", "tenfold_inference_resident_bytes")
INSPECTED = """unwanted: []
user: 10001
capabilities: 0
privileges frozen: 1
root: Read-only file system
"""


def main() -> int:
    """Check the image that the first argument names (tenfold)."""
    image = sys.argv[1] if len(sys.argv) > 1 else "tenfold"
    tool = containers.find_tool()
    config = containers.read_config(tool, image)
    check_size(tool, image)
    expect("user", config.user, "10001:10001")
    print(f"labels: {json.dumps({key.rpartition('.')[2]: value for key, value in config.labels.items()})}")
    started = containers.start(tool, image, config)
    try:
        seconds = containers.wait_until_healthy(started, config.healthcheck, seconds=STARTED_WITHIN_SECONDS)
        print(f"healthy after {seconds:.1f} s, under {CONFINEMENT}")
        expect("inspection", started.execute("python", "-c", INSPECTION).stdout, INSPECTED)
        check_answers(started.port)
        resident = [read_metric(started.port, name) / MEGABYTE for name in RESIDENT]
        print(f"resident after the pictures, of both processes: {' + '.join(f'{size:.0f}' for size in resident)} MB")
        check_stop(started)
    except BaseException:
        print(started.log()[-5000:], file=sys.stderr)
        raise
    finally:
        started.remove()
    print("The image keeps its promises.")
    return 0


def expect(what: str, found: object, expected: object) -> None:
    """End the check if something is not as it must be."""
    if found != expected:
        raise SystemExit(f"{what}: {found!r} found; {expected!r} expected")


def check_size(tool: str, image: str) -> None:
    """Print the layers, as they lie unpacked on a disk, and bound their sum."""
    layers = buildah_layers(image) if tool == "buildah" else engine_layers(tool, image)
    for layer_bytes, origin in layers:
        if layer_bytes > MEGABYTE / 10:
            print(f"{layer_bytes / MEGABYTE:8.1f} MB  {origin[:96]}")
    total = sum(layer_bytes for layer_bytes, _ in layers)
    print(f"{total / MEGABYTE:8.1f} MB  together; {MOST_BYTES / MEGABYTE:.0f} MB are allowed")
    if total > MOST_BYTES:
        raise SystemExit("The image is too large")


def buildah_layers(image: str) -> list[tuple[int, str]]:
    """Write the image's layers unpacked, measure them, and name the instruction that each came from."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        run("buildah", "push", "--quiet", image, f"docker-archive:{archive}")
        with tarfile.open(archive) as members:
            manifest = json.loads(_content(members, "manifest.json"))[0]
            history = json.loads(_content(members, manifest["Config"]))["history"]
            sizes = [members.getmember(name).size for name in manifest["Layers"]]
    origins = [entry.get("created_by", "") for entry in history if not entry.get("empty_layer")]
    return [(size, origin.removeprefix("/bin/sh -c #(nop) ")) for size, origin in zip(sizes, origins, strict=True)]


def _content(members: tarfile.TarFile, name: str) -> bytes:
    member = members.extractfile(name)
    assert member is not None
    return member.read()


def engine_layers(tool: str, image: str) -> list[tuple[int, str]]:
    """Ask docker or podman for the layers."""
    lines = run(tool, "history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", image).stdout
    pairs = (line.split("\t", 1) for line in lines.splitlines())
    return [(int(size), origin) for size, origin in reversed([(a, b) for a, b in pairs])]


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "image/png"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def draw_png(digit: int) -> bytes:
    """Draw a digit as a PNG file, dark on light."""
    picture = draw_digit(digit, generator=np.random.default_rng(digit), side=140).point(lambda value: 255 - value)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def check_answers(port: int) -> None:
    """Post ten drawn digits, one broken picture, and ask for the pages."""
    answers = [json.loads(ask(port, "POST", "/v1/predictions", draw_png(digit))[1]) for digit in range(10)]
    right = sum(answer["digit"] == digit for digit, answer in enumerate(answers))
    if right < 9:  # drawn by a program; one doubtful drawing is no fault of the image
        raise SystemExit(f"only {right} of 10 drawn digits were read right: {answers}")
    print(f"drawn digits read right: {right} of 10, by {answers[0]['model']['name']} {answers[0]['model']['version']}")
    expect("a broken picture", ask(port, "POST", "/v1/predictions", b"\x89PNG\r\n\x1a\nbroken")[0], 422)
    for path in ("/", "/gallery", "/model", "/livez", "/v1/gallery"):
        expect(path, ask(port, "GET", path)[0], 200)


def read_metric(port: int, name: str) -> float:
    """Read one number of /metrics."""
    lines = ask(port, "GET", "/metrics")[1].decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


@dataclass
class Load:
    """What clients saw that never stopped posting."""

    port: int
    outcomes: Counter[str] = field(default_factory=Counter)
    stopping: bool = False

    def post_until_stopped(self, picture: bytes) -> None:
        """Post again and again; a connection refused is a refusal, half an answer is a loss."""
        while not self.stopping:
            try:
                status, body = ask(self.port, "POST", "/v1/predictions", picture)
                whole = json.loads(body)
                self.outcomes[f"answered {status}" if "digit" in whole else f"refused {status}"] += 1
            except ConnectionError:
                # Refused, reset, or a broken pipe between a request's head and its body: it was never whole at the server.
                self.outcomes["refused before the request"] += 1
                time.sleep(0.01)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.outcomes[f"lost: {error!r}"] += 1


def check_stop(started: Container) -> None:
    """Send SIGTERM under load: the container ends with 0 within the grace time and cuts no answer."""
    load = Load(started.port)
    clients = [threading.Thread(target=load.post_until_stopped, args=(draw_png(digit),)) for digit in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(2)
    begun = time.monotonic()
    started.terminate()
    try:
        status = started.wait(timeout_seconds=STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        raise SystemExit(f"still running {STOPPED_WITHIN_SECONDS} s after SIGTERM") from None
    finally:
        load.stopping = True
        for client in clients:
            client.join()
    seconds = time.monotonic() - begun
    print(f"SIGTERM under {CLIENTS} clients: ended with {status} after {seconds:.1f} s; {dict(load.outcomes)}")
    expect("exit status", status, 0)
    lost = [outcome for outcome in load.outcomes if outcome.startswith("lost") or outcome == "answered 500"]
    expect("lost answers", lost, [])


if __name__ == "__main__":
    sys.exit(main())
