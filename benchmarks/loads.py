"""What the benchmarks share: pictures to send, servers to send them to, and wrk to send them with.

Servers are processes on a free port of the loopback address, with the settings of the environment. Floors are the
same server around apps that only read the body and answer with as many bytes of JSON: what is left for Tenfold to spend.
"""

import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from model.mnist_files import TEST_IMAGES, find_mnist, read_test_pictures
from tests.processes import ProcessTree

ROOT = Path(__file__).resolve().parent.parent
PICTURES = 256
FLOOR_ANSWER_VARIABLE = "TENFOLD_BENCHMARK_ANSWER_BYTES"


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    first_answer_seconds: float

    def resident_megabytes(self) -> float:
        """Read the memory of its processes from the kernel; what they share counts once."""
        return ProcessTree(self.process.pid).pss_bytes() / 2**20


@dataclass(frozen=True)
class Load:
    """What wrk measured at one server; `refused` were answered with 503, `other_answers` with neither that nor 200."""

    connections: int
    requests_per_second: float
    p50_milliseconds: float
    p95_milliseconds: float
    p99_milliseconds: float
    refused: int
    other_answers: int


def mnist_pngs(count: int = PICTURES) -> list[bytes]:
    """Encode the first test pictures as PNG files, as a client would.

    Raises
    ------
    SystemExit
        If MNIST is not at hand.
    """
    folder = find_mnist((TEST_IMAGES,))
    if folder is None:
        raise SystemExit("the benchmarks send MNIST's test pictures; run `tenfold-train data`, or set TENFOLD_DATA")
    return [_png(pixels) for pixels in read_test_pictures(folder)[:count]]


def _png(pixels: np.ndarray) -> bytes:
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


@contextmanager
def running(code: str, *arguments: str, ready: str, **variables: str) -> Iterator[Server]:
    """Run a server until the block ends.

    Parameters
    ----------
    code
        Python that serves at TENFOLD_PORT.
    *arguments
        Of the program.
    ready
        Path that answers 200 when it does.
    **variables
        Further environment variables.
    """
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    environment = {**os.environ, "TENFOLD_PORT": str(port), **variables}
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield Server(process, port, _wait(port, ready, process=process, started=started))
        finally:
            process.send_signal(signal.SIGTERM)


def _wait(port: int, ready: str, *, process: subprocess.Popen[bytes], started: float) -> float:
    """Ask until the answer is 200; give the seconds since the start."""
    while process.poll() is None and time.perf_counter() - started < 60:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", ready)
            if connection.getresponse().status == 200:
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise SystemExit("the server did not start; run it by hand to see why")


def post(port: int, path: str, body: bytes, *, content_type: str) -> tuple[int, bytes]:
    """Post once and give status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def multipart(pictures: Sequence[bytes]) -> tuple[bytes, str]:
    """Write a batch's body and its content type."""
    head = b'--tenfold\r\nContent-Disposition: form-data; name="pictures"; filename="p.png"\r\n\r\n'
    return b"".join(head + picture + b"\r\n" for picture in pictures) + b"--tenfold--\r\n", (
        "multipart/form-data; boundary=tenfold"
    )


_LUA = """
local bodies = {}
function init(args)
  local folder = args[1]
  for i = 0, tonumber(args[2]) - 1 do
    local file = io.open(folder .. "/" .. i .. ".png", "rb")
    bodies[#bodies + 1] = wrk.format("POST", args[3], {["Content-Type"] = "image/png"}, file:read("*all"))
    file:close()
  end
  next_body = 0
end
function request()
  next_body = next_body % #bodies + 1
  return bodies[next_body]
end
local threads = {}
function setup(thread)
  threads[#threads + 1] = thread
end
refused, odd = 0, 0
function response(status)
  if status == 503 then refused = refused + 1 elseif status ~= 200 then odd = odd + 1 end
end
function done(summary, latency, requests)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %f %f %f %f %d %d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    threads[1]:get("refused"), threads[1]:get("odd") + lost))
end
"""


@contextmanager
def wrk_script(pictures: Sequence[bytes]) -> Iterator[Path]:
    """Write wrk's script and the pictures that it sends into a folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for i, picture in enumerate(pictures):
            (folder / f"{i}.png").write_bytes(picture)
        (folder / "post.lua").write_text(_LUA)
        yield folder


def press(port: int, folder: Path, *, connections: int, seconds: float, target: str = "/v1/predictions") -> Load:
    """Send pictures as fast as they are answered, with one wrk thread.

    Parameters
    ----------
    port
        Of the server.
    folder
        From `wrk_script`.
    connections, seconds
        How many at once, and how long.
    target
        Path and query of every request.
    """
    count = str(len(list(folder.glob("*.png"))))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(folder / "post.lua")]
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/", str(folder), count, target], capture_output=True, text=True, check=True
    )
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\d+) (\d+)", run.stdout)
    assert found is not None, run.stdout + run.stderr
    rate, p50, p95, p99 = (float(number) for number in found.groups()[:4])
    return Load(connections, rate, p50, p95, p99, int(found[5]), int(found[6]))


def machine() -> dict[str, object]:
    """Name the machine."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }


def print_table(rows: Sequence[Sequence[object]], *, heads: Sequence[str]) -> None:
    """Print right-aligned columns."""
    texts = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(heads))]
    for row in texts:
        print("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)))


def print_json(**measured: object) -> None:
    """Print one line of JSON, the benchmark's last."""
    print(json.dumps({"machine": machine(), **measured}, default=asdict))
