import numpy as np
import pytest

import course_utils.minilang as ml


def test_the_same_seed_gives_the_same_documents():
    one, two = ml.sample(300, 5), ml.sample(300, 5)
    assert np.array_equal(one.tokens, two.tokens)
    assert np.array_equal(one.nats, two.nats)


def test_another_seed_gives_others():
    one, two = ml.sample(300, 5), ml.sample(300, 6)
    assert (one.tokens != two.tokens).any(axis=1).mean() > 0.99


def test_more_documents_begin_with_the_same_ones():
    few, many = ml.sample(10, 5), ml.sample(5000, 5)
    assert np.array_equal(few.tokens, many.tokens[:10])
    assert np.array_equal(few.nats_uncopied, many.nats_uncopied[:10])


def test_shapes_and_types():
    corpus = ml.sample(3, 0)
    assert corpus.tokens.shape == (3, ml.LENGTH) == (3, 64)
    assert corpus.tokens.dtype == np.int16
    assert corpus.labels("genre/tale").shape == (3, 64)
    assert corpus.labels("genre/tale").dtype == bool
    assert len(corpus) == 3
    assert (corpus.tokens[:, 0] == 0).all() and (corpus.tokens[:, 1:] > 0).all()


def test_no_documents_is_an_error():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        ml.sample(0, 0)


def test_genres_come_in_their_shares(large):
    genres = np.array(large.genres())
    for genre in ml.GENRES:
        assert abs((genres == genre.name).mean() - genre.share) < 0.02, genre.name
    assert sum(genre.share for genre in ml.GENRES) == pytest.approx(1)


def test_a_fifth_of_all_documents_or_more_repeat_random_items(large):
    copied = large.labels("copy/copied").sum(axis=1)
    assert (copied > 15).mean() > 0.2
