"""The compiled generator (xoshiro128++, one per instance, chunk and lane) against what random numbers must be."""

import math

import numpy as np
import pytest

from course_utils.toy.numba_random import LANES, draw, random_state

ALWAYS = 2**31 - 1


def numbers(state, n_features, density=1.0):
    """One tile of inputs from one chunk's generators, ``[feature, lane]``; ``state [word, lane]`` moves on."""
    threshold = np.full(n_features, min(int(density * 2**31), ALWAYS), np.int32)
    x = np.empty((n_features, LANES), np.float32)
    draw(state, threshold, (1 / threshold).astype(np.float32), x)
    return x


def splitmix64(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
    return z ^ (z >> 31)


def xoshiro(s):
    """The generator's published C code in whole numbers."""

    def turn(x, k):
        return (x << k | x >> (32 - k)) & 0xFFFFFFFF

    result = (turn((s[0] + s[3]) & 0xFFFFFFFF, 7) + s[0]) & 0xFFFFFFFF
    shifted = s[1] << 9 & 0xFFFFFFFF
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = turn(s[3], 11)
    return result


def assert_even(counts):
    """χ² of equally likely boxes, within five standard deviations either way: too even is wrong too."""
    mean, free = counts.mean(), len(counts) - 1
    chi2 = ((counts - mean) ** 2 / mean).sum()
    assert abs(chi2 - free) < 5 * (2 * free) ** 0.5


def assert_distributed(sample, distribution):
    """Kolmogorov and Smirnov: the widest gap between the sample's distribution and the one claimed.

    By chance √n times it is above 2.5 in 7 cases of a million, and below 0.3 in fewer.
    """
    claimed, n = distribution(np.sort(sample).astype(np.float64)), len(sample)
    ranks = np.arange(n)
    gap = max((claimed - ranks / n).max(), ((ranks + 1) / n - claimed).max())
    assert 0.3 < gap * n**0.5 < 2.5


def uniform(x):
    return x


def normal(x):
    return np.array([(1 + math.erf(z / 2**0.5)) / 2 for z in x])


def test_it_is_xoshiro():
    state = random_state(3, 1, 1)[0, 0]
    plain = [int(word) for word in state[:, 5]]
    expected = [xoshiro(plain) >> 1 for _ in range(200)]
    assert numbers(state, 200)[:, 5] == pytest.approx(np.array(expected) / ALWAYS, rel=1e-6)


def test_one_published_value():
    """The first output for the state 1, 2, 3, 4, by hand: turn(1 + 4, 7) + 1 = 5·128 + 1."""
    assert xoshiro([1, 2, 3, 4]) == 641


def test_every_generator_starts_elsewhere():
    words = random_state(0, 200, 8).transpose(0, 1, 3, 2).reshape(-1, 4)
    assert len(np.unique(words, axis=0)) == len(words)
    pairs = np.concatenate([words[:, ::2], words[:, 1::2]]).astype(np.uint64)
    joined = pairs[:, 0] << np.uint64(32) | pairs[:, 1]
    assert len(np.unique(joined)) == len(joined)
    bits = np.unpackbits(words.view(np.uint8)).mean()
    assert abs(bits - 0.5) < 5 * 0.5 / (words.size * 32) ** 0.5


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_uniform(seed):
    x = numbers(random_state(seed, 1, 1)[0, 0], 10_000).ravel()
    assert_distributed(x, uniform)
    assert_even(np.bincount((x * 4096).astype(int).clip(max=4095), minlength=4096))


@pytest.mark.parametrize("density", [1.0, 0.3, 0.01])
def test_density_and_what_is_on(density):
    x = numbers(random_state(1, 1, 1)[0, 0], 20_000, density).ravel()
    sd = (density * (1 - density) / x.size) ** 0.5
    assert abs((x > 0).mean() - density) <= 5 * sd + 1e-6
    assert_distributed(x[x > 0], uniform)


@pytest.mark.parametrize("density", [1.0, 0.1])
def test_elements_lanes_and_steps_are_independent(density):
    state = random_state(2, 1, 1)[0, 0]
    x = np.stack([numbers(state, 6, density) for _ in range(4000)]) - density / 2  # [step, feature, lane]

    def correlation(a, b):
        return (a * b).mean() / np.sqrt((a**2).mean() * (b**2).mean()) * np.sqrt(a.size)

    scores = [correlation(x[:, i], x[:, j]) for i in range(6) for j in range(i)]  # elements of one row
    scores += [correlation(x[:, :, :-gap], x[:, :, gap:]) for gap in (1, 2, 7, 64)]  # rows of one batch
    scores += [correlation(x[:-gap], x[gap:]) for gap in (1, 2, 10, 100)]  # steps
    assert np.abs(scores).max() < 5


def test_instances_chunks_and_seeds_are_independent():
    states = [random_state(seed, 3, 3)[i, c] for seed in (0, 1) for i in range(3) for c in range(3)]
    x = np.stack([numbers(state, 1000).ravel() for state in states])
    scores = np.corrcoef(x)[np.triu_indices(len(x), 1)] * np.sqrt(x.shape[1])
    assert np.abs(scores).max() < 5.5
    assert_distributed(scores, normal)


@pytest.mark.parametrize("step", [1, LANES])
def test_triples_fill_the_cube(step):
    """Serial test: neighbours along a row's features, and along the rows of a feature."""
    x = numbers(random_state(4, 1, 1)[0, 0], 9_000)
    x = (x.T if step == 1 else x).ravel()
    cells = (x[: x.size // 3 * 3].reshape(-1, 3) * 16).astype(int).clip(max=15)
    counts = np.bincount(cells @ [1, 16, 256], minlength=4096)
    assert_even(counts)


def test_collisions_are_as_many_as_chance_makes():
    """Birthdays: pairs of neighbouring draws, 18 bits of each, thrown into 2^36 boxes."""
    x = numbers(random_state(5, 1, 1)[0, 0], 20_000).ravel()
    top = (x.astype(np.float64) * 2**18).astype(np.int64)
    boxes = np.sort(top[::2] << 18 | top[1::2])
    expected = len(boxes) ** 2 / 2 / 2**36
    assert abs((np.diff(boxes) == 0).sum() - expected) < 5 * expected**0.5


def test_runs_of_one_generator():
    """Ups and downs: in a random sequence a rise is followed by a rise one time in three."""
    x = numbers(random_state(6, 1, 1)[0, 0], 20_000)
    up = x[1:] > x[:-1]
    twice = (up[1:] & up[:-1]).mean()
    assert abs(twice - 1 / 6) < 5 * (1 / 6 / up.size) ** 0.5


def test_an_instance_sees_the_same_numbers_whatever_trains_beside_it():
    assert np.array_equal(random_state(7, 2, 4), random_state(7, 5, 4)[:2])


def test_seeding_is_splitmix():
    golden, mask = 0x9E3779B97F4A7C15, 2**64 - 1
    start = splitmix64((11 + golden) & mask)
    place = 2 << 32 | 3 << 12 | 1 << 10 | 4  # instance 2, chunk 3, second pair of words, lane 4
    word = splitmix64((splitmix64((start + golden * (place + 1)) & mask) + golden) & mask)
    state = random_state(11, 3, 4)[2, 3, :, 4]
    assert [int(state[1]), int(state[3])] == [word & 0xFFFFFFFF, word >> 32]
