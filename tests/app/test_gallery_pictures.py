from pathlib import Path

import numpy as np
import pytest

from app.errors import NotFoundError
from app.gallery_pictures import GalleryPictures
from model.mnist_files import find_mnist, read_test_pictures


@pytest.mark.usefixtures("mnist_nowhere")
def test_without_mnist_the_remedy_is_named() -> None:
    pictures = GalleryPictures([8])
    assert pictures.remedy is not None
    with pytest.raises(NotFoundError, match=r"tenfold-train data.*TENFOLD_DATA"):
        pictures.picture(8)


def test_damaged_data_is_named(tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(b"cut")
    with pytest.raises(NotFoundError, match="t10k-images-idx3-ubyte"):
        GalleryPictures([8], folder=tmp_path).picture(8)


def test_pictures_are_mnists_own() -> None:
    folder = find_mnist()
    pictures = GalleryPictures([11, 30])
    if folder is None:
        assert pictures.remedy is not None
        return
    assert pictures.remedy is None
    picture = pictures.picture(11)
    assert picture.dtype == np.float32
    assert np.array_equal(np.rint(picture * 255), read_test_pictures(folder)[11])


def test_errors_of_another_split_have_no_pictures() -> None:
    with pytest.raises(NotFoundError):
        GalleryPictures([59_999]).picture(59_999)
