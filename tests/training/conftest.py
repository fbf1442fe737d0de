"""What the tests of training share."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def single_thread() -> None:
    """One thread: networks this small lose by a second one, and on a busy machine two wait for each other."""
    torch.set_num_threads(1)
