"""Compiled random numbers, many streams side by side.

xoshiro128++ (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"), one generator per (instance,
chunk of a batch, lane), seeded by SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
generators").
"""

import numpy as np

from course_utils.compiled import compiled

LANES = 128  # rows of a batch that are worked on side by side
ALWAYS = 2**31 - 1  # the threshold of what is always on


def random_state(seed: int, n_instances: int, n_chunks: int) -> np.ndarray:
    """Start of every generator, ``[instance, chunk, word, lane]``: SplitMix64 of the place, so that all differ."""
    golden = np.uint64(0x9E3779B97F4A7C15)

    def mix(z):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    instance, chunk, pair, lane = np.ogrid[:n_instances, :n_chunks, :2, :LANES]
    place = (instance << 32 | chunk << 12 | pair << 10 | lane).astype(np.uint64)
    start = mix(np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64) + golden)
    words = mix(mix(start + golden * (place + np.uint64(1))) + golden)
    halves = np.stack([words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)], axis=2)
    return np.ascontiguousarray(halves.reshape(n_instances, n_chunks, 4, LANES).astype(np.uint32))


@compiled
def draw(state, threshold, scale, x):
    """Fill ``x [feature, lane]`` with U[0,1] with probability density and 0 otherwise, one draw per element.

    A draw u below ``threshold = density·2³¹`` is on, and then u/threshold is uniform again.
    """
    for f in range(x.shape[0]):
        limit, factor = threshold[f], scale[f]
        for t in range(LANES):
            s0, s1, s2, s3 = state[0, t], state[1, t], state[2, t], state[3, t]
            total = np.uint32(s0 + s3)
            u = np.uint32(np.uint32(np.uint32(total << np.uint32(7)) | np.uint32(total >> np.uint32(25))) + s0)
            shifted = np.uint32(s1 << np.uint32(9))
            s2 ^= s0
            s3 ^= s1
            s1 ^= s2
            s0 ^= s3
            s2 ^= shifted
            s3 = np.uint32(np.uint32(s3 << np.uint32(11)) | np.uint32(s3 >> np.uint32(21)))
            state[0, t], state[1, t], state[2, t], state[3, t] = s0, s1, s2, s3
            bits = np.int32(u >> np.uint32(1))
            x[f, t] = np.float32(bits) * factor if bits < limit else np.float32(0)


def thresholds(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `draw` wants to know of densities: thresholds and what to multiply with, of the same shape."""
    threshold = np.clip(density.astype(np.float64) * 2**31, 1, ALWAYS).astype(np.int32)
    return threshold, (1 / threshold.astype(np.float64)).astype(np.float32)
