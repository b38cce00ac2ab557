"""Answers to chapter 08 that no exercise lists: wrong in one clause of the text only, or right in an unusual way."""

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from course_utils.checking import run_check
from course_utils.exercises import get


def passes(exercise: str, answer) -> bool:
    return run_check(get(exercise), answer).status == "passed"


def key(exercise: str, answer) -> str:
    """What is said about a wrong answer."""
    report = run_check(get(exercise), answer)
    assert report.status == "failed", report.text()
    return report.text().splitlines()[-1]


def last_of_rows_below_a_level(acts, n):
    levels = torch.linspace(float(acts.max()), float(acts.min()), n)
    distance = (acts[None] - levels[:, None]).abs()
    return (distance - 1e-4 * (acts[None] < levels[:, None])).argmin(1)


def shifted_by_the_largest_of_all(x):
    e = (x - x.max()).exp()
    return x * e / e.sum(-1, keepdim=True)


def only_other_deals(rated, kind, deals):
    def lead(names):
        return rated[names].float().mean() - rated[~names].float().mean()

    others = [deal for deal in deals if not deal.equal(kind)]
    return sum(bool(lead(deal) >= lead(kind)) for deal in others) / len(others)


def nearly_zero_is_enough(part, rest):
    gone = torch.nn.functional.pad(part.clamp_min(0).sort(1, descending=True).values.cumsum(1), (1, 0))
    done = (part.sum(1) + rest)[:, None] - gone <= 0.05
    return torch.where(done.any(1), done.int().argmax(1), -1)


def rows_of_equal_weight(acts, usual, gradient):
    fall = (acts - usual) * gradient
    return (fall / fall.norm(dim=1, keepdim=True)).mean(0).argsort(descending=True)


def forbidden_at_minus_a_hundred(gradient, E, tokens, allowed):
    gain = gradient @ E.T - (gradient * E[tokens]).sum(1, keepdim=True)
    return divmod(gain.masked_fill(~allowed, -100).argmax().item(), len(E))


def forbids_in_place(gradient, E, tokens, allowed):
    allowed[torch.arange(len(tokens)), tokens] = False
    gain = gradient @ E.T - (gradient * E[tokens]).sum(1, keepdim=True)
    return divmod(gain.masked_fill(~allowed, -torch.inf).argmax().item(), len(E))


@pytest.mark.parametrize(
    ("exercise", "answer", "says"),
    [
        ("8.1", last_of_rows_below_a_level, "whether it lies above the level or below"),
        ("8.3", only_other_deals, "equal to `kind`"),
        ("8.5", shifted_by_the_largest_of_all, "largest number of *all* rows"),
        ("8.8", nearly_zero_is_enough, "many small parts"),
        ("8.9", rows_of_equal_weight, "Every row counts the same"),
        ("8.11", forbidden_at_minus_a_hundred, "another number that can win"),
        ("8.11", forbids_in_place, "Work on a new tensor"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_breaks_one_clause_is_told_which(exercise, answer, says):
    assert says in key(exercise, answer)


def levels_in_float64(acts, n):
    levels = np.linspace(acts.max().item(), acts.min().item(), n)
    return torch.from_numpy(np.abs(acts.double().numpy() - levels[:, None]).argmin(1)).int()


def smallest_dropped(acts, meaning, share):
    totals = torch.bincount(meaning, weights=acts.relu().double()).sort().values.cumsum(0)
    return int((totals > (1 - share) * totals[-1] + 1e-6).sum())


def ranked_by_scipy(a, b):
    return torch.tensor(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def solu_by_recursion(x):
    return torch.stack([solu_by_recursion(row) for row in x]) if x.ndim > 1 else x.softmax(0).mul_(x)


def what_the_loud_half_leaves(before, effect):
    loud = before.abs().topk((before.shape[1] + 1) // 2, 1).indices
    return 1 - effect.gather(1, loud).sum() / effect.sum()


def push_as_a_covariance(effect, group):
    share = group.float().mean()
    z = (effect - effect.mean(1, keepdim=True)) / effect.std(1, correction=0, keepdim=True).clamp_min(1e-9)
    return z @ (group.float() - share) / len(group) / (share * (1 - share))


def flips_by_recursion(part, rest):
    def needed(left: float, helpers: list[float]) -> int:
        if left <= 0 or not helpers:
            return 0 if left <= 0 else -1
        more = needed(left - helpers[0], helpers[1:])
        return more if more < 0 else more + 1

    helpers = [sorted((value for value in parts if value > 0), reverse=True) for parts in part.tolist()]
    lefts = (part.sum(1) + rest).tolist()
    return torch.tensor([needed(left, of_text) for left, of_text in zip(lefts, helpers)])


def diagonal_of_a_product(acts, usual, gradient):
    return ((acts - usual).T @ gradient).diagonal().argsort(descending=True)


def centred_by_matrices(grid):
    rows, columns = (torch.eye(size) - 1 / size for size in grid.shape[:2])
    left = torch.einsum("ij,jkn,kl->iln", rows, grid, columns)
    return (left.var((0, 1)) / grid.var((0, 1))).nan_to_num(0)


def place_of_the_best_row(gradient, E, tokens, allowed):
    gain = torch.stack([(E - E[piece]) @ slope for piece, slope in zip(tokens, gradient)])
    best, piece = gain.masked_fill(~allowed, -torch.inf).max(1)
    return best.argmax().item(), piece[best.argmax()].item()


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("8.1", levels_in_float64),
        ("8.2", smallest_dropped),
        ("8.4", ranked_by_scipy),
        ("8.5", solu_by_recursion),
        ("8.6", what_the_loud_half_leaves),
        ("8.7", push_as_a_covariance),
        ("8.8", flips_by_recursion),
        ("8.9", diagonal_of_a_product),
        ("8.10", centred_by_matrices),
        ("8.11", place_of_the_best_row),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_right_in_another_way_passes(exercise, answer):
    assert passes(exercise, answer)


def test_of_rows_on_both_sides_of_a_level_the_first_is_taken():
    above_first, below_first = torch.tensor([10.0, 6, 4, 0]), torch.tensor([10.0, 4, 6, 0])
    assert get("8.1").oracle(above_first, 3).tolist() == get("8.1").oracle(below_first, 3).tolist() == [0, 1, 3]
