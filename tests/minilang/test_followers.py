"""What may follow a meaning is what follows it."""

import numpy as np
import pytest

from course_utils import minilang

FAMILIES = {"thing": 105, "place": 36, "call": 36, "frase": 36, "sense": 32}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_next_piece_is_always_one_of_the_two_and_each_comes(family):
    corpus = minilang.sample(600, seed=3)
    labels = corpus.label_matrix([feature for feature in corpus.features if feature.family == family])[:, :-1]
    document, position, which = np.nonzero(labels)
    came, allowed = corpus.tokens[document, position + 1], minilang.followers(family)[which]
    assert (came[:, None] == allowed).any(axis=1).all()
    assert 0.4 < (came == allowed[:, 0]).mean() < 0.6
    assert len(minilang.followers(family)) == FAMILIES[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_those_that_are_made_of_the_same_pieces_stand_together(family):
    size = 2 if family == "sense" else 3
    names = [feature.name for feature in minilang.all_features() if feature.family == family]
    for first in range(0, len(names), size):
        pieces = [spelled_of(name) for name in names[first : first + size]]
        assert all(each == pieces[0] for each in pieces)


def spelled_of(name: str) -> set[str]:
    """The pieces a meaning is spelled with; of a sense, the word."""
    from course_utils.minilang.associations import meanings

    if name.startswith("sense/"):
        return {name.removeprefix("sense/").split(" (")[0]}
    family = name.split("/")[0]
    features = [feature.name for feature in minilang.all_features() if feature.family == family]
    of_table = [meaning for meaning in meanings() if meaning.table == family]
    return {piece for spelling in of_table[features.index(name)].spellings for piece in spelling}


def test_a_family_without_followers_is_named():
    with pytest.raises(KeyError, match="'topic' has no followers"):
        minilang.followers("topic")


@pytest.mark.parametrize("family", FAMILIES)
def test_what_came_is_among_the_followers_of_the_right_rival(family):
    corpus = minilang.sample(300, seed=6)
    found = minilang.asked(corpus, family)
    document, position = np.nonzero(found.where)
    assert np.array_equal(found.came, corpus.tokens[document, position + 1])
    right = found.rivals[np.arange(len(found.came)), found.right]
    assert (right == found.came[:, None]).any(axis=1).all() and np.isin(found.came, found.can).all()
    assert found.rivals.shape[1] == (2 if family == "sense" else 3)
