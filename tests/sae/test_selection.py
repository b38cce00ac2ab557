"""The compiled search for active latents, against sorting each row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae.numba_selection import BLOCK, FEW, TOGETHER, collect_dead, collect_top


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


@settings(deadline=None, max_examples=300)
@given(
    n_latents=st.integers(1, 150),
    n_dead=st.integers(1, 150),
    k=st.integers(1, 80),
    levels=st.sampled_from([1, 2, 5, 10**6]),
    tail=st.sampled_from([1, 9]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_k_largest_dead_latents_of_each_row(n_latents, n_dead, k, levels, tail, seed):
    """Of either sign, equal ones, and a few that are far from all others: a range that halving doesn't get through."""
    rng = np.random.default_rng(seed)
    u = ((rng.integers(0, levels, (4, n_latents)) / levels - 0.5) ** tail * 1e6).astype(np.float32)
    bias = rng.integers(0, 2, n_latents).astype(np.float32)
    dead = np.sort(rng.permutation(n_latents)[:n_dead]).astype(np.int32)
    k = min(k, len(dead))
    first, latent, value = np.zeros(5, np.int64), np.zeros(4 * k + 1, np.int32), np.zeros(4 * k + 1, np.float32)
    collect_dead(u, bias, dead, k, first, latent, value)
    assert first.tolist() == [0, k, 2 * k, 3 * k, 4 * k]
    for n, pi in enumerate((u + bias)[:, dead]):
        best = sorted(np.argsort(-pi, kind="stable")[:k].tolist())
        assert latent[n * k : n * k + k].tolist() == dead[best].tolist()
        assert value[n * k : n * k + k].tolist() == pi[best].tolist()


def test_a_row_that_is_no_number_does_not_break_the_search():
    u = np.array([[np.nan, 1, 2], [np.nan] * 3, [np.inf, -np.inf, 0]], np.float32)
    first, latent, value = np.zeros(4, np.int64), np.zeros(7, np.int32), np.zeros(7, np.float32)
    collect_dead(u, np.zeros(3, np.float32), np.arange(3, dtype=np.int32), 2, first, latent, value)
    assert all(0 <= count <= 2 for count in np.diff(first))
    assert latent[first[2] : first[3]].tolist() == [0, 2]
