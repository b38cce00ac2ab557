"""What the gates cannot see: that the oracles of chapter 07 are right, and agree with the probing library."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.exercises import get
from course_utils.exercises.ch07 import erasure as exercise_erasure
from course_utils.exercises.ch07 import verdict
from course_utils.probing import (
    average_precision,
    count_by_document,
    errors,
    f1,
    fit_mean_difference,
    split_by_document,
)
from course_utils.probing.erasure import erase_leace
from course_utils.probing.illusion import split_by_reader
from course_utils.probing.selection import largest_mean_differences


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(seed: int, n: int = 60, width: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows whose means differ with a label that about a third of them have."""
    g = rng(seed)
    label = torch.rand(n, generator=g) < 0.35
    label[:2] = torch.tensor([True, False])
    acts = torch.randn(n, width, generator=g) @ torch.randn(width, width, generator=g)
    return acts + label[:, None] * torch.randn(width, generator=g) + 2, label


def test_the_mean_difference_scores_as_the_library_does():
    acts, label = rows(0)
    others, _ = rows(1)
    ours = get("7.1").oracle(acts, label, others)
    torch.testing.assert_close(
        ours, fit_mean_difference(acts, label[:, None]).scores(others)[:, 0], rtol=1e-3, atol=1e-3
    )


def test_the_librarys_split_obeys_the_laws():
    exercise = get("7.2")
    document = torch.arange(11).repeat_interleave(3)
    seeds = iter(range(10_000))

    def split(document):
        return split_by_document(document, 5 / 11, next(seeds))

    assert [law.holds(split, document) for law in exercise.laws] == [None] * len(exercise.laws)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_precision_recall_and_f1_are_the_librarys(seed):
    said, label = torch.rand(2, 40, generator=rng(seed)) < 0.4
    said[0] = label[0] = True
    found = errors(said[:, None], label[:, None])
    assert get("7.3").oracle(said, label) == pytest.approx(
        (found.precision.item(), found.recall.item(), f1(said[:, None], label[:, None]).item()), abs=1e-6
    )


def test_drawing_every_document_once_gives_the_f1():
    said, label = torch.rand(2, 60, generator=rng(3)) < 0.5
    counts = count_by_document(said[:, None], label[:, None], torch.arange(60) // 10)
    drawn = get("7.4").oracle(*(c[:, 0] for c in counts), torch.arange(6)[None])
    torch.testing.assert_close(drawn, f1(said[:, None], label[:, None]))


def test_top_neurons_are_the_librarys():
    acts, label = rows(4, width=7)
    ours = get("7.6").oracle(acts, label, 4)
    assert torch.equal(ours, largest_mean_differences(acts, label[:, None], 4)[:, 0])


def test_the_pattern_of_lda_is_the_mean_difference():
    """Haufe et al. 2014: for the weights Σ⁻¹δ, covariance times weights is δ again."""
    acts, label = rows(5, n=200)
    difference = acts[label].mean(0) - acts[~label].mean(0)
    weight = torch.linalg.solve(torch.cov(acts.T, correction=0), difference)
    torch.testing.assert_close(get("7.7").oracle(acts, weight), difference, rtol=1e-3, atol=1e-3)


def test_erasing_is_leace():
    acts, label = rows(6, n=80)
    ours = get("7.9").oracle(acts, label)
    torch.testing.assert_close(ours, erase_leace(acts, label[:, None])(acts), rtol=1e-3, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_no_map_that_erases_changes_less(seed):
    """Any other map without covariance is LEACE's and something that the label doesn't vary with."""
    acts, label = rows(seed)
    x, _, sigma = exercise_erasure.parts(acts, label)
    best = (get("7.9").oracle(acts, label) - acts).double()
    other = torch.randn(len(sigma), len(sigma), generator=rng(seed)).double()
    other = other - torch.outer(other @ sigma, sigma) / (sigma @ sigma)  # reads nothing of the label
    changed = best + x @ other.T
    assert exercise_erasure.parts((acts + changed).float(), label)[2].abs().max() < 1e-3
    assert changed.square().sum() > best.square().sum() - 1e-6


def test_no_line_sorts_more_than_three_corners():
    assert get("7.10").oracle() == 0.75


def test_the_split_is_the_librarys():
    v, W = torch.randn(6, generator=rng(1)), torch.randn(6, 3, generator=rng(2))
    for ours, theirs in zip(get("7.11").oracle(v, W), split_by_reader(v, W)):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_an_illusion_by_hand_is_one_and_an_honest_direction_is_none():
    full = torch.tensor([4.0, 4.0])
    along, read = torch.tensor([[4.0, 4.0], [4.0, 4.0]]), torch.tensor([[0.0, 0.0], [4.0, 4.0]])
    assert get("7.12").oracle(full, along, read).tolist() == [True, False]


def test_every_wrong_cell_of_the_card_is_named():
    for question in verdict.QUESTIONS:
        for name, row in verdict.TRUTH.items():
            says = not row[verdict.QUESTIONS.index(question)]
            report = get("7.13").examine(verdict.card(**{question: {name: says}}), 0)
            assert report.status == "failed"
            assert f"{name}, {question}" in report.text()


def test_shuffled_scores_have_the_base_rate_as_average_precision():
    label = torch.rand(4000, 1, generator=rng(0)) < 0.2
    assert average_precision(torch.rand(4000, 1, generator=rng(1)), label).item() == pytest.approx(0.2, abs=0.03)
