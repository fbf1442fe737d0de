"""How long a picture takes from bytes to 28 x 28, in one thread, beside what Pillow alone takes to decode and shrink it.

    python -m benchmarks.pictures [--rounds 200]

The pictures are drawn here. Times are of the thread's own work (`time.thread_time`), so that other work on the machine
disturbs them less. Prints a table and ends with one line of JSON.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from io import BytesIO

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageFilter

from model.pictures import read_picture

GOALS_MS = {
    "28 x 28 PNG": 0.15,
    "280 x 280 canvas PNG": 0.6,
    "280 x 280 canvas PNG, RGB": 0.6,
    "280 x 280 canvas PNG, transparent": 0.6,
    "12-megapixel photo": 40.0,
}


def draw_canvas(side: int) -> Image.Image:
    """Draw a 7, black on white, mode L."""
    canvas = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(canvas)
    seven = [(0.25 * side, 0.2 * side), (0.7 * side, 0.2 * side), (0.4 * side, 0.85 * side)]
    pen.line(seven, fill=0, width=max(2, side // 16), joint="curve")
    return canvas


def photograph(width: int, height: int) -> Image.Image:
    """Lay the canvas on a sheet in falling light, with a camera's noise."""
    sheet = Image.new("L", (width, height), 235)
    canvas = draw_canvas(height // 2)
    sheet.paste(canvas.point([30 + value * 205 // 255 for value in range(256)]), (width // 4, height // 4))
    light = np.linspace(1, 0.6, width, dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 5, (height, width)).astype(np.float32)
    grey = np.clip(np.asarray(sheet, np.float32) * light + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).filter(ImageFilter.GaussianBlur(1)).convert("RGB")


def encode(picture: Image.Image, kind: str, **options: int) -> bytes:
    """Write a picture to bytes."""
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def make_pictures() -> dict[str, bytes]:
    """Make the pictures to read, by name."""
    canvas = draw_canvas(280)
    ink = Image.new("RGBA", canvas.size, (0, 0, 0, 255))
    ink.putalpha(canvas.point([255 - value for value in range(256)]))
    mnist_like = read_picture(encode(canvas, "PNG")).image
    return {
        "28 x 28 PNG": encode(Image.fromarray(np.rint(mnist_like * 255).astype(np.uint8)), "PNG"),
        "280 x 280 canvas PNG": encode(canvas, "PNG"),
        "280 x 280 canvas PNG, RGB": encode(canvas.convert("RGB"), "PNG"),
        "280 x 280 canvas PNG, transparent": encode(ink, "PNG"),
        "1,000 x 1,000 canvas PNG": encode(draw_canvas(1000), "PNG"),
        "640 x 480 webcam JPEG": encode(photograph(640, 480), "JPEG", quality=80),
        "12-megapixel photo": encode(photograph(4000, 3000), "JPEG", quality=85),
    }


def read_with_pillow(content: bytes) -> None:
    """Decode and shrink to 28 x 28, photos with draft decoding too, and nothing else."""
    picture = Image.open(BytesIO(content))
    picture.draft("L", (500, 500))
    picture.convert("L").resize((28, 28), Image.Resampling.BOX)


def times_ms(work: Callable[[bytes], object], content: bytes, *, rounds: int) -> list[float]:
    """Time the work, warmed up; sorted."""
    for _ in range(3):
        work(content)
    times = []
    for _ in range(rounds):
        started = time.thread_time()
        work(content)
        times.append(1000 * (time.thread_time() - started))
    return sorted(times)


def measure(content: bytes, *, rounds: int) -> dict[str, float]:
    """Measure one picture: p50, p95, p99, Pillow's p50 and the ratio."""
    ours, bare = (times_ms(work, content, rounds=rounds) for work in (read_picture, read_with_pillow))
    p50, p95, p99 = (ours[min(len(ours) - 1, int(share * len(ours)))] for share in (0.5, 0.95, 0.99))
    pillow = statistics.median(bare)
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "pillow_ms": pillow, "ratio": p50 / pillow}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="time from bytes to 28 x 28")
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    results: dict[str, dict[str, float]] = {}
    print(f"{'picture':36}{'p50':>9}{'p95':>9}{'p99':>9}{'Pillow':>9}{'ratio':>7}{'goal':>8}   (ms)")
    for name, content in make_pictures().items():
        found = results[name] = measure(content, rounds=rounds if len(content) < 100_000 else max(5, rounds // 10))
        times = "".join(f"{found[key]:9.3f}" for key in ("p50_ms", "p95_ms", "p99_ms", "pillow_ms"))
        print(f"{name:36}{times}{found['ratio']:7.1f}{GOALS_MS.get(name, float('nan')):8.2f}", flush=True)
    machine = {"machine": platform.machine(), "python": platform.python_version(), "pillow": PIL.__version__}
    print(json.dumps({"benchmark": "pictures", **machine, "numpy": np.__version__, "results": results}))


if __name__ == "__main__":
    main()
