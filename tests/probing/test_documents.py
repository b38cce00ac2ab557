"""Splits and intervals by document."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.probing import count_by_document, f1, f1_interval, split_by_document


@given(
    st.lists(st.integers(0, 12), min_size=2, max_size=60).filter(lambda d: len(set(d)) > 1),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_no_document_is_on_both_sides_and_none_is_left_out(documents, share, seed):
    document = torch.tensor(documents)
    chosen = split_by_document(document, share, seed)
    here, there = set(document[chosen].tolist()), set(document[~chosen].tolist())
    assert not here & there and here | there == set(documents) and here and there
    assert abs(len(here) - share * len(set(documents))) <= 1


@pytest.mark.parametrize(("documents", "share"), [([3, 3], 0.5), ([1, 2], 0.0), ([1, 2], 1.0)])
def test_what_cannot_be_split(documents, share):
    with pytest.raises(ValueError, match="can't be split"):
        split_by_document(torch.tensor(documents), share, 0)


def texts(n: int, repeated: int, seed: int = 0):
    """n documents of `repeated` equal rows: what is said of a document and what holds, for one feature."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.rand(n, 1, generator=generator) < 0.4
    said = torch.where(torch.rand(n, 1, generator=generator) < 0.8, labels, ~labels)
    rows = torch.arange(n).repeat_interleave(repeated)
    return said[rows], labels[rows], rows


def test_counts_add_up_to_those_of_all_rows():
    said, labels, document = texts(30, 4)
    counts = count_by_document(said, labels, document * 7 + 3)  # numbers with gaps
    assert counts.right.shape == (30, 1)
    right, said_, holds = (t.sum(0) for t in counts)
    torch.testing.assert_close((2 * right / (said_ + holds)).float(), f1(said, labels))


def test_the_interval_of_documents_is_that_of_a_bootstrap_written_out():
    said, labels, document = texts(40, 3)
    generator = torch.Generator().manual_seed(9)
    tried = []
    for _ in range(3000):
        drawn = torch.randint(40, (40,), generator=generator)
        rows = torch.cat([(document == d).nonzero().flatten() for d in drawn.tolist()])
        tried.append(f1(said[rows], labels[rows]))
    low, high = torch.cat(tried).quantile(torch.tensor([0.025, 0.975])).tolist()
    found = f1_interval(count_by_document(said, labels, document), draws=3000)
    assert (found.low.item(), found.high.item()) == (pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02))


def test_rows_that_repeat_a_document_make_nothing_surer():
    """Taken for independent rows, the same texts seem to tell four times as much."""
    widths = {}
    for repeated in (1, 16):
        said, labels, document = texts(60, repeated)
        by_document = f1_interval(count_by_document(said, labels, document))
        by_row = f1_interval(count_by_document(said, labels, torch.arange(len(document))))
        widths[repeated] = [(i.high - i.low).item() for i in (by_document, by_row)]
    assert widths[16][0] == pytest.approx(widths[1][0], rel=0.1)
    assert widths[16][1] == pytest.approx(widths[1][0] / 4, rel=0.2)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """The F1 of very many documents lies in 95 % of the intervals of a hundred."""
    truth = f1(*texts(200_000, 1, seed=1000)[:2]).item()
    inside = 0
    for seed in range(200):
        found = f1_interval(count_by_document(*texts(100, 2, seed)), draws=400, seed=seed)
        inside += found.low.item() <= truth <= found.high.item()
    assert 0.90 <= inside / 200 <= 0.99


def test_a_feature_that_never_holds_has_no_interval():
    counts = count_by_document(torch.ones(4, 1) > 0, torch.zeros(4, 1) > 0, torch.arange(4))
    assert all(math.isnan(end) for end in f1_interval(counts))
