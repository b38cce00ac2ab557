"""One feature a place, the rarest of those that hold."""

from course_utils import minilang


def test_it_is_the_rarest_of_those_that_hold():
    texts = minilang.sample(300, seed=0)
    found = minilang.most_specific(texts)
    rate = [texts.labels(feature).mean() for feature in texts.features]
    for document, position in [(0, 5), (3, 40), (17, 63), (120, 1)]:
        here = [i for i, feature in enumerate(texts.features) if texts.labels(feature)[document, position]]
        rarest = min(here, key=lambda i: (rate[i], -i)) if here else -1
        assert found[document, position] == rarest


def test_where_nothing_holds_there_is_no_feature():
    assert minilang.most_specific(minilang.sample(20, seed=0))[:, 0].max() == -1
