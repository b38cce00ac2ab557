"""Prompts that differ in one noun, and what may follow them."""

import numpy as np

from course_utils import minilang
from course_utils.minilang import PIECES, lexicon


def test_two_prompts_of_a_homonym_differ_in_one_piece_and_in_the_sense():
    first, second = (minilang.corpus_of(minilang.sense_prompts(side)) for side in (0, 1))
    assert ((first.tokens != second.tokens).sum(axis=1) == 1).all()
    for row, (word, senses) in enumerate(lexicon.HOMONYMS.items()):
        for corpus, topic in zip((first, second), senses, strict=True):
            assert PIECES[corpus.tokens[row, -1]] == f" {word}"
            assert corpus.labels(f"sense/{word} ({topic})")[row, -1]


def test_the_verbs_are_those_of_the_sense():
    bat = list(lexicon.HOMONYMS).index("bat")
    assert [PIECES[piece] for piece in minilang.sense_verbs(1)[bat]] == [" flutter", " squeak"]
    assert minilang.sense_verbs(0).shape == (16, 2)


def test_the_topics_of_pieces_are_those_of_the_nouns():
    topics = minilang.topic_of_piece()
    assert topics[PIECES.index(" rose")] == list(lexicon.TOPICS).index("garden") + 1
    assert np.count_nonzero(topics) == sum(map(len, lexicon.TOPICS.values())) and topics[PIECES.index(" bat")] == 0


def test_garden_and_sport_share_the_bat_and_sea_and_sport_nothing():
    topics, shared = list(lexicon.TOPICS), minilang.topics_that_share_a_homonym()
    assert (
        shared[topics.index("garden"), topics.index("sport")] and not shared[topics.index("sea"), topics.index("sport")]
    )
    pairs = {frozenset(senses) for senses in lexicon.HOMONYMS.values()}
    assert np.array_equal(shared, shared.T) and not shared.diagonal().any() and shared.sum() == 2 * len(pairs)
