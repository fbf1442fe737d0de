from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model.quantiles import median, quantiles


def any_values(kind: type[np.floating], width: Literal[32, 64]) -> st.SearchStrategy[np.ndarray]:
    return arrays(kind, array_shapes(max_dims=2, max_side=40), elements=st.floats(-1000, 1000, width=width))


VALUES = st.one_of(any_values(np.float32, 32), any_values(np.float64, 64))


@given(VALUES, st.floats(0, 1))
def test_quantiles_are_numpys_to_the_bit(values: np.ndarray, share: float) -> None:
    assert quantiles(values, 0.159, share, 0.5) == np.quantile(values, [0.159, share, 0.5]).tolist()


@given(VALUES)
def test_median_is_numpys_to_the_bit(values: np.ndarray) -> None:
    assert median(values) == float(np.median(values))


@pytest.mark.parametrize("size", [1000, 1001])
def test_many_values_too(size: int) -> None:
    values = np.random.default_rng(size).normal(0, 30, (size, 3)).astype(np.float32)
    assert quantiles(values, 0.98) == np.quantile(values, [0.98]).tolist()
    assert median(values) == float(np.median(values))
