"""The compiled products of the fused engine, against numpy's."""

import numpy as np
import pytest

from course_utils.computing.numba_kernels import (
    add_product,
    add_product_few,
    list_entries,
    multiply,
    multiply_few,
    workspace,
)
from course_utils.toy.numba_random import LANES


def arrays(rows, columns, share, seed=0):
    """``A [row, column]``, and ``source [column, lane]`` with a share of entries that aren't 0."""
    rng = np.random.default_rng(seed)
    A, source = rng.normal(size=(rows, columns)), rng.normal(size=(columns, LANES))
    return A.astype(np.float32), (source * (rng.random((columns, LANES)) < share)).astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 4), (7, 9), (40, 100)])
def test_products_of_any_shape(shape):
    A, source = arrays(*shape, 1.0)
    out = np.full((shape[0], LANES), 7, np.float32)
    multiply(A, source, out)
    assert np.allclose(out, A @ source, atol=1e-4)
    added = A.copy()
    add_product(out, source, added)
    assert np.allclose(added, A + out @ source.T, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.03])
def test_few_entries_give_the_same_products(share):
    A, source = arrays(40, 100, share)
    entries = workspace(100, 40, 100)[4]
    n = list_entries(source, entries)
    assert n == (source != 0).sum()
    out = np.full((40, LANES), 7, np.float32)
    multiply_few(A, entries, n, out)
    assert np.allclose(out, A @ source, atol=1e-5)
    added = A.copy()
    add_product_few(out, entries, n, added)
    assert np.allclose(added, A + out @ source.T, atol=1e-4)
    turned = A.T.copy()
    add_product_few(out, entries, n, turned.T)
    assert np.array_equal(turned.T, added)


def test_too_many_entries_are_not_listed_and_small_matrices_have_no_list():
    _, source = arrays(40, 100, 1.0)
    assert list_entries(source, workspace(100, 40, 100)[4]) == -1
    assert len(workspace(6, 6, 6)[4][0]) == 0
