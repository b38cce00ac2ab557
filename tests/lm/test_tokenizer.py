"""Words or pieces in, the same out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import minilang
from course_utils.lm.mini import build_mini
from course_utils.lm.tiny_language import BOS, VOCABULARY
from course_utils.lm.tokenizer import MiniTokenizer, WordTokenizer

tokenizer = WordTokenizer(VOCABULARY)
MINI = MiniTokenizer()


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


# The mini-language


@pytest.fixture(scope="module")
def model():
    return build_mini("mini-gelu-1l", seed=0)


@pytest.fixture(scope="module")
def corpus():
    return minilang.sample(300, seed=11)


def test_a_model_reads_the_documents_of_the_language_as_the_language_does(model, corpus):
    for document, expected in enumerate(corpus.tokens.tolist()):
        text = corpus.text(document)
        tokens = model.to_tokens(text)
        assert tokens[0].tolist() == minilang.encode(text) == expected
        assert model.to_tokens(text, prepend_bos=False)[0].tolist() == expected[1:]
        assert model.to_string(tokens[0]) == minilang.BOS + text
        assert model.to_string(tokens[0, 1:]) == text
        assert model.to_str_tokens(text) == [minilang.PIECES[i] for i in expected]


@given(st.lists(st.sampled_from(minilang.PIECES[1:]), max_size=80))
def test_any_pieces_in_any_order_are_read_as_the_language_reads_them(pieces):
    text = "".join(pieces)
    ids = MINI(text)["input_ids"]
    assert ids == minilang.encode(text)
    assert MINI.decode(ids, skip_special_tokens=True) == text


@given(st.text(max_size=30))
def test_text_outside_the_language_is_refused_whatever_it_is(text):
    try:
        expected = minilang.encode(text)
    except minilang.UnknownText as error:
        with pytest.raises(minilang.UnknownText, match=re.escape(str(error))):
            MINI(text)
    else:
        assert MINI(text)["input_ids"] == expected


def test_the_unknown_word_and_its_place_are_named(model):
    with pytest.raises(minilang.UnknownText, match="no piece for 'zebra' at character 9, after ' The fern'"):
        model.to_tokens([" The owl", " The fern zebra"])


def test_shorter_texts_are_filled_up_with_bos(model):
    assert model.to_tokens([" The fern owl", "", " The"])[1:, 1:].tolist() == [
        [0, 0, 0],
        [minilang.encode(" The")[1], 0, 0],
    ]


def test_bos_may_stand_in_a_text(model):
    assert model.to_tokens(f" The{minilang.BOS} The", prepend_bos=False)[0].tolist() == [
        *minilang.encode(" The")[1:],
        0,
        *minilang.encode(" The")[1:],
    ]


def test_one_piece_is_one_token_and_back(model):
    for i in (1, 12, 348, len(minilang.PIECES) - 1):
        assert model.to_single_token(minilang.PIECES[i]) == i
        assert model.to_single_str_token(i) == minilang.PIECES[i]
