import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course_utils.minilang as ml


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_text_and_tokens_are_the_same_thing(seed):
    corpus = ml.sample(200, seed)
    for i in range(len(corpus)):
        assert ml.encode(corpus.text(i)) == corpus.tokens[i].tolist()
        assert ml.decode(ml.encode(corpus.text(i))) == corpus.text(i)


def test_the_longest_piece_that_fits_is_taken():
    assert [ml.PIECES[i] for i in ml.encode(" The engineer")] == ["<bos>", " The", " engineer"]
    assert [ml.PIECES[i] for i in ml.encode(" The engine")] == ["<bos>", " The", " engine"]


def test_the_empty_text_is_the_piece_that_begins_every_text():
    assert ml.encode("") == [0]
    assert ml.decode([0]) == ""


def test_the_name_of_the_beginning_is_no_way_to_write_it():
    with pytest.raises(ml.UnknownText):
        ml.encode("<bos>")


@pytest.mark.parametrize("text, word", [(" The zebra runs.", "zebra"), ("Ω", "Ω"), (" The owl\t", "\\t")])
def test_what_no_piece_fits_is_named(text, word):
    with pytest.raises(ml.UnknownText, match=rf"no piece for .*{word if word != chr(92) + 't' else ''}.* at character"):
        ml.encode(text)


def test_the_vocabulary_has_no_piece_twice_and_a_fair_size():
    assert 800 <= len(ml.PIECES) <= 1500
    assert len(set(ml.PIECES)) == len(ml.PIECES)
    assert ml.PIECES[0] == ml.BOS


def test_every_piece_is_used(large):
    unused = set(range(len(ml.PIECES))) - set(np.unique(large.tokens).tolist())
    assert not unused, [ml.PIECES[i] for i in unused]
