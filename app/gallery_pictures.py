"""The pictures of the gallery: no MNIST pixel is shipped, so they are read from the data at hand when first asked for."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from app.errors import NotFoundError
from model.errors import DatasetError
from model.mnist_files import TEST_IMAGES, find_mnist, read_test_pictures
from model.shapes import Image28

REMEDY = (
    "MNIST's test pictures are not at hand; run `tenfold-train data`, or set TENFOLD_DATA to the folder of "
    f"{TEST_IMAGES.name}.gz, and start the service again."
)


class GalleryPictures:
    """The pictures of some test digits; only theirs are kept.

    Parameters
    ----------
    indices
        In the test split.
    folder
        Where MNIST lies, if the settings say so; otherwise the usual places are searched.
    """

    def __init__(self, indices: Collection[int], *, folder: Path | None = None) -> None:
        self._indices = indices
        self._folder = folder if folder is not None else find_mnist((TEST_IMAGES,))
        self._pictures: dict[int, Image28] | None = None

    @property
    def remedy(self) -> str | None:
        """How to get them; None if MNIST's test pictures were found, whose content is checked when they are first read."""
        return REMEDY if self._folder is None else None

    def picture(self, index: int) -> Image28:
        """Give one picture.

        Parameters
        ----------
        index
            In the test split, one of the gallery's.

        Returns
        -------
        Image28
            Float32 (28, 28), values in [0, 1], ink is 1.

        Raises
        ------
        NotFoundError
            If MNIST is not at hand or cannot be used; the message gives the remedy.
        """
        if self._pictures is None:
            self._pictures = self._read_pictures()
        return self._pictures[index]

    def _read_pictures(self) -> dict[int, Image28]:
        if self._folder is None:
            raise NotFoundError(REMEDY)
        try:
            pixels = read_test_pictures(self._folder)
        except DatasetError as error:
            raise NotFoundError(f"MNIST's test pictures cannot be used: {error}") from error
        if any(index >= len(pixels) for index in self._indices):
            raise NotFoundError(f"The errors are not of MNIST's {len(pixels)} test pictures, so there is none to show.")
        return {index: pixels[index].astype(np.float32) / 255 for index in self._indices}
