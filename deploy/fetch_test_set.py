"""Fetch MNIST's test set (1.6 MB) for the gallery's pictures, on a best-effort basis: the service runs without it.

    python deploy/fetch_test_set.py FOLDER          into an image, while it is built
    python deploy/fetch_test_set.py --into-cache    into the user's cache, unless the files lie in a known place already

It comes from `data/mnist` where the tree has it, else from the public mirrors, and is held to its SHA-256 either way.
Without it the gallery shows labels, votes and probabilities but no pictures, and says how to get them.
"""

import sys
from pathlib import Path

from model.errors import DatasetError
from model.mnist_files import TEST_FILES, cache_folder, find_mnist
from training.download import MIRRORS, download_mnist

INTO_CACHE = "--into-cache"
TREE = Path("data/mnist")


def main() -> int:
    """Fetch the two files; a failure is told, and is no failure of the installation that called."""
    (target,) = sys.argv[1:]
    if target == INTO_CACHE and find_mnist(TEST_FILES):
        return 0
    mirrors = (f"{TREE.resolve().as_uri()}/", *MIRRORS) if TREE.is_dir() else MIRRORS
    try:
        folder = cache_folder() if target == INTO_CACHE else Path(target)
        folder.mkdir(parents=True, exist_ok=True)
        download_mnist(folder, files=TEST_FILES, mirrors=mirrors, advance=lambda *_: None)
    except (DatasetError, OSError) as error:
        print(f"The gallery goes without its pictures: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
