import pytest
import torch

from course_utils import minilang
from course_utils.minilang.spelled import spellings
from course_utils.probing import class_means as module
from course_utils.probing.class_means import class_means, mean_cosine


@pytest.fixture(scope="module")
def corpus():
    return minilang.sample(60, seed=3)


def rows_of(corpus):
    return torch.randn(len(corpus) * 63, 4, generator=torch.Generator().manual_seed(0)) + 2


def test_means_against_one_feature_at_a_time(corpus):
    rows = rows_of(corpus)
    found = class_means(corpus, rows)
    for number in (0, 40, 90, 100, 460):
        holds = torch.from_numpy(corpus.labels(corpus.features[number])[:, :-1]).flatten()
        if holds.any():
            expected = torch.stack([row for row, on in zip(rows, holds) if on]).mean(0) - rows.mean(0)
            torch.testing.assert_close(found.features[number], expected, rtol=1e-3, atol=1e-4)
    assert found.features.shape == (470, 4) and found.spellings.shape == (639, 4)


def test_spellings_stand_where_they_are_read(corpus):
    found = class_means(corpus, rows_of(corpus))
    somewhere = (found.spelling >= 0).nonzero().flatten().tolist()
    assert somewhere
    for place in somewhere:
        document, position = divmod(place, 63)
        meaning, written = spellings()[int(found.spelling[place])]
        assert corpus.labels(meaning)[document, position]
        pieces = "".join(minilang.PIECES[t] for t in corpus.tokens[document, position - 2 : position])
        assert pieces.strip().lower() == written.lower()


def test_a_spelling_has_the_mean_of_its_places(corpus):
    rows = rows_of(corpus)
    found = class_means(corpus, rows)
    one = int(found.spelling[found.spelling >= 0][0])
    expected = rows[found.spelling == one].mean(0) - rows.mean(0)
    torch.testing.assert_close(found.spellings[one], expected, rtol=1e-3, atol=1e-4)


def test_documents_in_blocks_are_documents_together(corpus, monkeypatch):
    whole = class_means(corpus, rows_of(corpus))
    monkeypatch.setattr(module, "DOCUMENTS", 17)
    for a, b in zip(class_means(corpus, rows_of(corpus)), whole):
        torch.testing.assert_close(a, b, equal_nan=True, rtol=1e-3, atol=1e-4)


def test_rows_of_another_corpus_are_refused(corpus):
    with pytest.raises(ValueError, match="3780"):
        class_means(corpus, torch.ones(60 * 64, 4))


def test_mean_cosine_is_over_these_pairs_and_nobody_s_with_itself():
    directions = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    own = [each - directions.mean(0) for each in directions]
    pairs = torch.eye(6, dtype=torch.bool)
    pairs[0, 1] = pairs[4, 2] = True
    cosines = [torch.cosine_similarity(own[a], own[b], dim=0) for a, b in ((0, 1), (4, 2))]
    assert mean_cosine(directions, pairs) == pytest.approx(torch.stack(cosines).mean().item(), abs=1e-5)
