"""The generator: grammatical, and its probabilities are the true ones."""

import math
from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.lm.tiny_language import (
    BOS,
    NOUNS,
    PLURAL_DETERMINERS,
    PREPOSITIONS,
    SINGULAR_DETERMINERS,
    VERBS,
    VOCABULARY,
    sample,
    sentence,
)


def words_of(seed):
    return [word for word, _ in sentence(Random(seed))]


@given(st.integers(0, 10**9))
def test_the_verb_agrees_with_the_subject_and_not_with_a_noun_in_between(seed):
    words = words_of(seed)
    subject = next(word for word in words if word in NOUNS or word in NOUNS.values())
    verbs = [word for word in words if word in VERBS or word in VERBS.values()]
    assert len(verbs) == 1
    assert (subject in NOUNS) == (verbs[0] in VERBS)


@given(st.integers(0, 10**9))
def test_determiners_agree_with_their_nouns(seed):
    words = words_of(seed)
    for i, word in enumerate(words):
        if word in SINGULAR_DETERMINERS + PLURAL_DETERMINERS:
            noun = next(w for w in words[i:] if w in NOUNS or w in NOUNS.values())
            assert (word in SINGULAR_DETERMINERS) == (noun in NOUNS)


def test_words_have_the_probabilities_that_come_with_them():
    # After the same words, frequencies must be the probabilities stated there, within 5 standard deviations.
    counts, stated = defaultdict(Counter), defaultdict(dict)
    for seed in range(30_000):
        before = []
        for word, p in sentence(Random(seed))[:4]:
            context = tuple(before)
            counts[context][word] += 1
            assert stated[context].setdefault(word, p) == pytest.approx(p)
            before.append(word)
    for context, counted in counts.items():
        n = counted.total()
        if n < 500:
            continue
        assert sum(stated[context].values()) <= 1 + 1e-9
        for word, count in counted.items():
            p = stated[context][word]
            assert abs(count - n * p) < 5 * math.sqrt(n * p * (1 - p)) + 1


def test_rows_begin_with_bos_and_repeat_with_their_seed():
    a, b, c = sample(5, 12, seed=3), sample(5, 12, seed=3), sample(5, 12, seed=4)
    assert a.tokens.tolist() == b.tokens.tolist() != c.tokens.tolist()
    assert a.tokens.shape == a.log_prob.shape == (5, 12)
    assert (a.tokens[:, 0] == VOCABULARY.index(BOS)).all()


def test_no_word_is_listed_twice():
    assert len(set(VOCABULARY)) == len(VOCABULARY) == 69
    assert set(PREPOSITIONS) <= set(VOCABULARY)
