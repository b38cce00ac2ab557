"""Counting by hand, and by the definition."""

from collections import Counter

import numpy as np
import pytest

from course_utils.lm_training.ngram import ngram_loss


def naive(train, test, order, vocabulary):
    """Witten and Bell's rule, word for word, one token at a time."""
    counts = [Counter() for _ in range(order)]  # by length of the context
    for document in train.tolist():
        padded = [0] * order + document
        for at in range(order + 1, len(padded)):
            for length in range(order):
                counts[length][tuple(padded[at - length : at + 1])] += 1

    def p(context, token):
        shorter = p(context[1:], token) if context else 1 / vocabulary
        after = [n for gram, n in counts[len(context)].items() if gram[:-1] == context]
        if not after:
            return shorter
        here = counts[len(context)][*context, token]
        return (here + len(after) * shorter) / (sum(after) + len(after))

    out = []
    for document in test.tolist():
        padded = [0] * order + document
        contexts = [tuple(padded[at - order + 1 : at]) for at in range(order + 1, len(padded))]
        out.append([-np.log(p(context, token)) for context, token in zip(contexts, document[1:])])
    return np.array(out)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_definition(order):
    rng = np.random.default_rng(order)
    train, test = rng.integers(0, 4, (5, 9)), rng.integers(0, 5, (3, 9))
    np.testing.assert_allclose(ngram_loss(train, test, order, 5), naive(train, test, order, 5))


def test_probabilities_sum_to_one():
    rng = np.random.default_rng(0)
    train, context = rng.integers(0, 5, (20, 8)), rng.integers(0, 5, (1, 3))
    ends = np.concatenate([np.tile(context, (5, 1)), np.arange(5)[:, None]], axis=1)
    assert np.exp(-ngram_loss(train, ends, 3, 5)[:, -1]).sum() == pytest.approx(1)


def test_what_always_follows_is_expected():
    train = np.tile([0, 1, 2, 3], (1000, 1))
    assert ngram_loss(train, train[:1], 2, 4).max() < 0.01 < 1 < ngram_loss(train, train[:1], 1, 4).min()
