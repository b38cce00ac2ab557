"""The compiled search for active latents, against sorting each row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae.numba_selection import BLOCK, FEW, TOGETHER, collect_top


def collected(u, bias, k):
    """Row by row, the latents that ``collect_top`` finds, with their values."""
    n_rows, n_latents = u.shape
    first, room = np.zeros(n_rows + 1, np.int64), n_rows * k + n_latents
    latent, value = np.zeros(room, np.int32), np.zeros(room, np.float32)
    collect_top(u, bias, k, first, latent, value)
    return [(latent[a:b].tolist(), value[a:b].tolist()) for a, b in zip(first, first[1:])]


def sorted_out(u, bias, k):
    """The same by a stable sort: of equals the lower latents."""
    found = []
    for pi in u + bias:
        best = sorted(l for l in np.argsort(-pi, kind="stable")[:k].tolist() if pi[l] > 0)
        found.append((best, pi[best].tolist()))
    return found


@settings(deadline=None, max_examples=300)
@given(
    n_rows=st.sampled_from([1, 5, TOGETHER, 2 * TOGETHER + 3]),
    n_latents=st.integers(1, 6 * BLOCK),
    k=st.integers(1, 2 * FEW),
    levels=st.sampled_from([2, 5, 10**6]),
    shift=st.sampled_from([-1.0, -0.5, 0.0, 0.5]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_k_largest_of_each_row(n_rows, n_latents, k, levels, shift, seed):
    """Rows of few levels are full of equal values; a shift of −1 leaves nothing positive."""
    rng = np.random.default_rng(seed)
    u = (rng.integers(0, levels, (n_rows, n_latents)) / levels).astype(np.float32)
    bias = np.full(n_latents, shift, np.float32)
    k = min(k, n_latents)
    assert collected(u, bias, k) == sorted_out(u, bias, k)


@pytest.mark.parametrize("k", [1, 4, 6, FEW, FEW + 1])
def test_the_largest_may_stand_anywhere(k):
    """All in one block, in blocks of their own, in the last and shorter block."""
    n_latents = 8 * BLOCK + 3
    places = np.arange(k), np.arange(k) * (n_latents // k), n_latents - 1 - np.arange(k)
    u = np.random.default_rng(0).random((3, n_latents), np.float32)
    for row, place in zip(u, places):
        row[place] += 1
    bias = np.zeros(n_latents, np.float32)
    assert [latents for latents, _ in collected(u, bias, k)] == [sorted(place.tolist()) for place in places]
