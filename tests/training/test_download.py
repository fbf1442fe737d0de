"""Downloading: from a mirror played on loopback that cuts, lies and refuses."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model.errors import DatasetError
from model.mnist_files import MnistFile
from training.download import download_mnist

CONTENT = bytes(range(256)) * 4000
FILE = MnistFile("t10k-images-idx3-ubyte", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
GZIPPED = gzip.compress(CONTENT, compresslevel=0)


@dataclass
class Mirror:
    """A mirror that sends what it is told to; `cut` bytes, then the connection is dropped."""

    address: str
    content: bytes = GZIPPED
    cut: int | None = None
    ranges: bool = True
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range") if played.ranges else None
            played.asked.append(self.headers.get("Range"))
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            if asked and start >= len(played.content):
                self.send_error(416)
                return
            body = played.content[start:]
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: played.cut] if played.cut else body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played = Mirror(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield played
    server.shutdown()
    thread.join()
    server.server_close()


REFUSING = "http://127.0.0.1:9/"


def download(folder: Path, *mirrors: str) -> list[Path]:
    return download_mnist(folder, files=[FILE], mirrors=mirrors, advance=lambda *_: None)


def test_whole_file_gets_its_name(mirror: Mirror, tmp_path: Path) -> None:
    (path,) = download(tmp_path / "new", mirror.address)
    assert path.name == "t10k-images-idx3-ubyte.gz" and gzip.decompress(path.read_bytes()) == CONTENT
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_file_that_is_there_is_not_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    download(tmp_path, mirror.address)
    download(tmp_path, mirror.address)
    assert len(mirror.asked) == 1


def test_progress_is_told_up_to_the_whole(mirror: Mirror, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    download_mnist(
        tmp_path, files=[FILE], mirrors=[mirror.address], advance=lambda _, had, expected: told.append((had, expected))
    )
    assert told[-1] == (len(GZIPPED), len(GZIPPED)) and [had for had, _ in told] == sorted(had for had, _ in told)


def test_cut_download_is_continued_where_it_stopped(mirror: Mirror, tmp_path: Path) -> None:
    mirror.cut = 300_000
    with pytest.raises(DatasetError, match=r"cut|IncompleteRead"):
        download(tmp_path, mirror.address)
    had = (tmp_path / f"{FILE.name}.gz.partial").stat().st_size
    assert had == 300_000
    mirror.cut = None
    download(tmp_path, mirror.address)
    assert mirror.asked == [None, "bytes=300000-"]


def test_mirror_without_ranges_begins_anew(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / f"{FILE.name}.gz.partial").write_bytes(b"something else")
    mirror.ranges = False
    (path,) = download(tmp_path, mirror.address)
    assert path.read_bytes() == GZIPPED


def test_partial_file_that_is_whole_already_is_used(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / f"{FILE.name}.gz.partial").write_bytes(GZIPPED)
    (path,) = download(tmp_path, mirror.address)
    assert path.read_bytes() == GZIPPED


def test_next_mirror_is_tried_when_one_refuses(mirror: Mirror, tmp_path: Path) -> None:
    (path,) = download(tmp_path, REFUSING, mirror.address)
    assert path.exists()


def test_wrong_bytes_are_refused_with_both_hashes_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    mirror.content = gzip.compress(b"not MNIST")
    with pytest.raises(DatasetError, match=f"{hashlib.sha256(b'not MNIST').hexdigest()} found.*{FILE.sha256} expected"):
        download(tmp_path, mirror.address)
    assert list(tmp_path.iterdir()) == []


def test_page_instead_of_a_file_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.content = b"<html>moved</html>"
    with pytest.raises(DatasetError, match="not a whole gzip file"):
        download(tmp_path, mirror.address)


def test_every_mirrors_fault_is_named(mirror: Mirror, tmp_path: Path) -> None:
    mirror.content = b"<html>moved</html>"
    with pytest.raises(DatasetError, match=f"no mirror delivered .*{REFUSING}: .*refused.*{mirror.address}: .*gzip"):
        download(tmp_path, REFUSING, mirror.address)


def test_folder_that_cannot_be_written_is_named(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match=r"cannot be written .* choose another folder"):
        download(tmp_path / "file", mirror.address)
