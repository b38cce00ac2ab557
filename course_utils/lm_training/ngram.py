"""What counting pairs and triples of tokens can predict: a yardstick for a model's loss."""

import numpy as np
from jaxtyping import Float, Int


def ngram_loss(
    train: Int[np.ndarray, "document position"],
    test: Int[np.ndarray, "document position"],
    order: int,
    vocabulary: int,
) -> Float[np.ndarray, "document predicted"]:
    """-log P of each token of ``test`` but the first of a document, given up to ``order`` − 1 tokens before it.

    Counts of ``train``, with those of shorter contexts mixed in as Witten and Bell (The Zero-Frequency Problem, 1991)
    do: a context gives the weight T / (N + T) to the next shorter one, where N times it was seen, with T different
    tokens after it. The shortest knows nothing: every token is equally likely.

    Args:
        order: 1 counts tokens, 2 pairs (bigrams), 3 triples (trigrams).
    """
    p = np.full(test[:, 1:].shape, 1 / vocabulary)
    for length in range(1, order + 1):
        context, test_context = (_codes(tokens, length - 1, vocabulary) for tokens in (train, test))
        whole, test_whole = (c * vocabulary + tokens[:, 1:] for c, tokens in ((context, train), (test_context, test)))
        grams, counts = np.unique(whole, return_counts=True)
        contexts, first, n_after = np.unique(grams // vocabulary, return_index=True, return_counts=True)
        n_seen = np.add.reduceat(counts, first)
        seen, after = _look_up(contexts, n_seen, test_context), _look_up(contexts, n_after, test_context)
        here = _look_up(grams, counts, test_whole)
        p = np.where(seen > 0, (here + after * p) / np.maximum(seen + after, 1), p)
    return -np.log(p)


def _codes(tokens: Int[np.ndarray, "document position"], length: int, vocabulary: int) -> np.ndarray:
    """One number for the ``length`` tokens before each position but the first; 0 stands in before the beginning."""
    codes = np.zeros((len(tokens), tokens.shape[1] - 1), np.int64)
    for back in range(length, 0, -1):
        shifted = np.zeros_like(codes)
        shifted[:, back - 1 :] = tokens[:, : tokens.shape[1] - back]
        codes = codes * vocabulary + shifted
    return codes


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 for those that are not there. ``keys`` are sorted."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
