"""The nats are the process's own: consistent with the text, with each other, and with how often things happen."""

from collections import defaultdict
from math import log

import numpy as np
import pytest

import course_utils.minilang as ml
from course_utils.minilang import lexicon as lx
from course_utils.minilang.genres import tale


@pytest.mark.parametrize("length", [2, 3, 4, 6, 9])
def test_equal_beginnings_cost_the_same(large, length):
    """Were a choice not readable from the text by then, two ways to write the same would show different nats."""
    cost = defaultdict(list)
    for tokens, nats in zip(large.tokens[:, :length], large.nats[:, :length]):
        cost[tokens.tobytes()].append(nats)
    for nats in cost.values():
        assert np.ptp(nats, axis=0).max() < 1e-4


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_what_may_follow_a_beginning_adds_up_to_certainty(large, length):
    """Probabilities of the different next pieces: never above 1, and 1 where all of them have been seen."""
    following = defaultdict(dict)
    for tokens, nats in zip(large.tokens[:, : length + 1], large.nats[:, : length + 1]):
        following[tokens[:-1].tobytes()][int(tokens[-1])] = float(nats[-1])
    totals = np.array([sum(np.exp(-nats) for nats in options.values()) for options in following.values()])
    counts = defaultdict(int)
    for tokens in large.tokens[:, :length]:
        counts[tokens.tobytes()] += 1
    often = np.array([counts[beginning] > 60 * len(options) for beginning, options in following.items()])
    assert totals.max() < 1 + 1e-4
    assert often.any()
    assert totals[often] == pytest.approx(1, abs=1e-4)


def test_pieces_come_as_often_as_their_nats_say(large):
    """Beginnings of three pieces, counted, against what their nats say."""
    observed, expected = defaultdict(int), {}
    for tokens, nats in zip(large.tokens[:, :4], large.nats[:, :4]):
        observed[tokens.tobytes()] += 1
        expected[tokens.tobytes()] = float(np.exp(-nats.sum())) * len(large)
    often = [key for key in expected if expected[key] > 20]
    z = np.array([(observed[key] - expected[key]) / expected[key] ** 0.5 for key in often])
    assert len(often) > 50
    assert abs(z).max() < 5
    assert abs(z.mean()) < 5 / len(z) ** 0.5


def test_the_cost_of_a_list_by_hand(large):
    """Genre, title, items without any twice, where it stops; then nothing, for the rest is a copy."""
    checked = 0
    for i in np.flatnonzero(large.labels("genre/list")[:, 1])[:50]:
        n = large.text(i).split(":")[1].split(".")[0].split().__len__()
        items = sum(log(len(lx.LIST_ITEMS) - k) for k in range(n))
        stops = -log(0.85) * max(n - 6, 0) - (log(0.15) if n < 18 else 0)
        by_hand = -log(0.15) + log(3) + items + stops
        assert large.nats[i].sum() == pytest.approx(by_hand, rel=1e-4)
        checked += 1
    assert checked == 50


def test_a_topic_is_paid_for_at_the_noun_that_tells_it(large):
    """All tales go on with " the" after the first motion: free. Nor does an adjective tell the topic."""
    tales = np.flatnonzero(large.labels("genre/tale")[:, 1])
    the, adjectives = ml.PIECES.index(" the"), {ml.PIECES.index(f" {adjective}") for adjective in lx.ADJECTIVES}
    first = (large.tokens[tales] == the).argmax(axis=1)
    after = [large.tokens[tales, first + k] for k in (1, 2)]
    price = [large.nats[tales, first + k] for k in (0, 1, 2)]
    described = np.isin(after[0], list(adjectives))
    noun = log(len(lx.TOPICS) * len(lx.TOPICS["sea"]))
    assert 0.2 < described.mean() < 0.4
    np.testing.assert_allclose(price[0], 0, atol=1e-5)
    np.testing.assert_allclose(price[1][described], log(len(adjectives) / 0.3), atol=1e-4)
    np.testing.assert_allclose(price[2][described], noun, atol=1e-4)
    np.testing.assert_allclose(price[1][~described], noun - log(0.7), atol=1e-4)


def test_phrases_priced_together_stand_in_the_order_in_which_they_are_drawn():
    apart, together = tale.menus().the_noun, tale.menus().any_noun
    assert np.array_equal(apart.tokens, together.tokens)
    p_apart = apart.nats.sum(axis=1) + apart.end_nats + log(len(lx.TOPICS))
    np.testing.assert_allclose(p_apart, together.nats.sum(axis=1) + together.end_nats, atol=1e-5)


def test_nothing_costs_less_than_nothing(large):
    assert large.nats.min() >= 0
    assert (large.nats_uncopied >= large.nats - 1e-6).all()
    assert (large.nats[:, 0] == 0).all()


def test_copies_are_free_and_news_to_whoever_does_not_see_them(large):
    copied = large.labels("copy/second list") & large.labels("word/luggage")
    assert large.nats[copied].max() == 0
    assert large.nats_uncopied[copied].min() > 4


def test_the_floor_of_every_genre_and_of_all():
    corpus = ml.sample(4000, 3)
    floors = ml.floors(corpus)
    assert set(floors) == {"all"} | {genre.name for genre in ml.GENRES}
    assert floors["all"].entropy == pytest.approx(corpus.nats[:, 1:].mean(), rel=1e-5)
    assert sum(floors[g.name].documents for g in ml.GENRES) == 4000 == floors["all"].documents
    for name, floor in floors.items():
        assert 0 < floor.entropy <= floor.uncopied
        assert (floor.uncopied - floor.entropy > 0.1) == (name in ("all", "list", "keys"))
        assert floor.standard_error < 0.1
