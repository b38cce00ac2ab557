"""Whole words in, whole words out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.lm.tiny_language import BOS, VOCABULARY
from course_utils.lm.tokenizer import WordTokenizer

tokenizer = WordTokenizer(VOCABULARY)


@given(st.lists(st.sampled_from(VOCABULARY[1:])))
def test_round_trip(words):
    ids = tokenizer(" ".join(words))["input_ids"]
    assert ids == [0, *map(VOCABULARY.index, words)]
    assert tokenizer.decode(ids) == " ".join([BOS, *words])


def test_a_full_stop_needs_no_space():
    assert tokenizer("the cat sleeps.")["input_ids"] == tokenizer("the cat sleeps .")["input_ids"]


def test_an_unknown_word_is_named():
    with pytest.raises(ValueError, match="does not know 'Cat', 'purrs'"):
        tokenizer(["the dog runs", "the Cat purrs."])
