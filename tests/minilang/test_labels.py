"""Every label, against an independent slow rule that sees nothing but the text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course_utils.minilang as ml
from tests.minilang.slow_rules import slow_labels

FAMILIES = sorted({f.family for f in ml.all_features() if not f.token_determined})


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_fast_and_slow_rules_agree_on_every_feature_at_every_position(seed):
    corpus = ml.sample(30, seed)
    contextual = [f for f in corpus.features if not f.token_determined]
    fast = corpus.label_matrix(contextual)
    names = np.array([f.name for f in contextual])
    for i in range(len(corpus)):
        for position, slow in enumerate(slow_labels(corpus.text(i))):
            found = set(names[fast[i, position]])
            assert found == slow, (corpus.text(i), position, ml.PIECES[corpus.tokens[i, position]], found ^ slow)


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_know_nothing_of_what_comes_later(family):
    """The label at a position is the same when everything after it is replaced."""
    corpus, other = ml.sample(400, 1), ml.sample(400, 2)
    cut = 30
    mixed = np.concatenate([corpus.tokens[:, :cut], other.tokens[:, cut:]], axis=1)
    rewritten = ml.Corpus(mixed, corpus.nats, corpus.nats_uncopied)
    for feature in (f for f in corpus.features if f.family == family):
        assert np.array_equal(corpus.labels(feature)[:, :cut], rewritten.labels(feature)[:, :cut]), feature.name


def with_and_without(corpus: ml.Corpus, feature: ml.Feature) -> tuple[np.ndarray, np.ndarray]:
    """How often each piece stands where the feature holds, and where it does not."""
    total = np.bincount(corpus.tokens.ravel(), minlength=len(ml.PIECES))
    has = np.bincount(corpus.tokens[corpus.labels(feature)], minlength=len(ml.PIECES))
    return has, total - has


def test_a_token_determined_feature_is_the_same_wherever_its_piece_is(large):
    for feature in (f for f in large.features if f.token_determined):
        has, lacks = with_and_without(large, feature)
        assert not ((has > 0) & (lacks > 0)).any(), feature.name


def test_a_feature_not_marked_so_is_not_decided_by_its_piece(large):
    """Some piece has the feature at one place and lacks it at another."""
    for feature in (f for f in large.features if not f.token_determined):
        has, lacks = with_and_without(large, feature)
        assert ((has > 0) & (lacks > 0)).any(), feature.name


def test_every_feature_occurs_and_none_fills_the_text(large):
    for feature in large.features:
        assert 2e-4 < large.labels(feature).mean() < 0.6, feature.name


def test_the_contextual_features_are_many_and_rare_alike(large):
    families = ("thing", "place", "call", "frase", "sense")
    rates = [large.labels(f).mean() for f in large.features if f.family in families]
    assert len(rates) == 245
    assert min(rates) > 2e-4
    assert max(rates) < 7e-4
    assert 3e-4 < np.mean(rates) < 5e-4


def test_there_are_more_than_four_hundred_features_with_names_of_their_own():
    features = ml.all_features()
    assert len(features) >= 400
    assert len({f.name for f in features}) == len(features)
    assert all(f.name.startswith(f.family + "/") and f.definition for f in features)


def test_labels_of_a_text_of_your_own():
    texts = ["Field notes from Walton, Kent, May: The fern owls hover.", "One day Ada, a nurse, walked to the net."]
    corpus = ml.corpus_of(texts)
    pieces = [ml.PIECES[token] for token in corpus.tokens[0]]
    thing = next(f for f in corpus.features if f.family == "thing" and "fern owl" in f.name)
    assert [i for i, label in enumerate(corpus.labels(thing)[0]) if label] == [pieces.index(" owl") + 1]
    assert corpus.labels("genre/tale")[:, 1].tolist() == [False, True]
    assert np.isnan(corpus.nats).all()


def test_a_wrong_name_is_answered_with_near_ones():
    with pytest.raises(ml.UnknownFeature, match=r"did you mean.*'bracket/depth 2'"):
        ml.sample(1, 0).labels("depth 2")
