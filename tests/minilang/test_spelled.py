"""The single spellings of meanings: looked up again in the text."""

import numpy as np

from course_utils import minilang
from course_utils.minilang import PIECES
from course_utils.minilang.associations import TABLES, meanings
from course_utils.minilang.spelled import spelled, spellings


def test_every_place_by_reading_the_pieces():
    corpus = minilang.sample(120, seed=5)
    table_of = {pair: meaning.table for meaning in meanings() for pair in meaning.spellings}
    names = [spelling for _, spelling in spellings()]
    found = spelled(corpus)
    for document, tokens in enumerate(corpus.tokens):
        pieces = [PIECES[t] for t in tokens]
        for position in range(len(pieces)):
            pair = tuple(pieces[position - 2 : position]) if position >= 2 else None
            holds = pair in table_of and pieces[position] in TABLES[table_of[pair]].links
            expected = ["".join(pair).strip()] if holds else []
            assert [names[i] for i in np.flatnonzero(found[document, position])] == expected


def test_three_spellings_are_a_meaning_and_no_two_hold_at_once():
    corpus = minilang.sample(300, seed=6)
    by_meaning = spelled(corpus).reshape(*corpus.tokens.shape, len(meanings()), 3)
    names = [name for name, _ in spellings()][::3]
    assert by_meaning.sum(-1).max() == 1
    assert np.array_equal(by_meaning.any(-1), corpus.label_matrix(names))


def test_a_spelling_stands_in_the_name_of_its_meaning():
    assert len(spellings()) == 639 and len({name for name, _ in spellings()}) == 213
    assert all(spelling in name for name, spelling in spellings() if name.startswith("thing/"))
