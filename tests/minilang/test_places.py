"""Where a family's features hold, and which genre a feature lives in."""

import numpy as np

from course_utils import minilang

TALE = "One day Ada, a nurse, walks past the rose. The bat"


def test_a_sense_is_found_at_its_word_under_its_number():
    corpus = minilang.corpus_of([TALE])
    where, which = minilang.places(corpus, "sense")
    senses = [feature.name for feature in corpus.features if feature.family == "sense"]
    assert minilang.PIECES[corpus.tokens[where][0]] == " bat"
    assert [senses[number] for number in which] == ["sense/bat (garden)"]


def test_places_agree_with_the_labels():
    corpus = minilang.sample(200, seed=8)
    where, which = minilang.places(corpus, "thing")
    things = [feature for feature in corpus.features if feature.family == "thing"]
    for number in (0, 50, 104):
        found = np.zeros_like(where)
        found[where] = which == number
        assert np.array_equal(found, corpus.labels(things[number]))


def test_features_live_where_they_hold():
    corpus = minilang.sample(1500, seed=9)
    genres = sorted(set(corpus.genres()))
    homes = minilang.at_home(corpus, genres, skip=4, fewest=10)
    families = {genre: {feature.family for feature in found} for genre, found in homes.items()}
    assert {"topic", "sense"} <= families["tale"] and "thing" in families["notes"] and "call" in families["code"]
    assert not any(feature.token_determined for found in homes.values() for feature in found)
    everywhere = {"repetition/piece", "repetition/pair"} | {f.name for f in corpus.features if f.family == "genre"}
    assert not everywhere & {feature.name for found in homes.values() for feature in found}
    assert sum(map(len, minilang.at_home(corpus, genres, fewest=10**6).values())) == 0
