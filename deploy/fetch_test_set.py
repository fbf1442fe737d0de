"""Fetch MNIST's test set (1.6 MB) while an image is built; without it the image is built all the same.

It comes from `data/mnist` where the tree has it, else from the public mirrors, and is held to its SHA-256 either way. An
image without it shows the gallery's labels, votes and probabilities but no pictures, and says how to get them.
"""

import sys
from pathlib import Path

from model.errors import DatasetError
from model.mnist_files import TEST_FILES
from training.download import MIRRORS, download_mnist

TREE = Path("data/mnist")


def main() -> int:
    """Fetch into the folder that the first argument names; always a success, because the service runs without."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    mirrors = (f"{TREE.resolve().as_uri()}/", *MIRRORS) if TREE.is_dir() else MIRRORS
    try:
        download_mnist(folder, files=TEST_FILES, mirrors=mirrors, advance=lambda *_: None)
    except DatasetError as error:
        print(f"The image goes without the gallery's pictures: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
