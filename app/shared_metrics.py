"""The folder through which several workers add up their counts for `/metrics`.

Apart from `metrics.py`, because prometheus-client looks for the variable when it is imported: it must be set before.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_metrics(*, workers: int) -> Iterator[None]:
    """Give the workers a folder for their counts as long as the block runs; one worker alone needs none.

    Parameters
    ----------
    workers
        How many there will be. A folder named by the environment already is left as it is.
    """
    if workers == 1 or VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="tenfold-metrics-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]
