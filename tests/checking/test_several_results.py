"""Lists of a wrong length, several results in another order, and cases in which an answer raises while others run."""

import json
import re

import pytest
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from course_utils.checking import Case, FunctionExercise, mistake, rewrite, run_check
from course_utils.checking.lists import list_story, lists_shown
from course_utils.checking.order_of_results import order_of_results_story


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([[0, 5, 3, 0], [1, 1]], "stands at the beginning of your lists, and then they go on"),
        ([[0, 5], []], "begin as they should and stop too early"),
        ([[], []], "always empty"),
        ([[3, 5, 0, 0], [1, 1]], "some stand there twice"),
        ([[3, 5], []], "some are missing"),
        ([[0, 2, 4, 6], [1]], "begin with the right one"),
        ([[5, 3, 0], [1]], None),  # of the right length: that is another question
        ([[8], [9, 9]], None),
    ],
)
def test_what_lists_of_a_wrong_length_have_in_common(given, told):
    says = list_story(list(zip([[0, 5, 3], [1]], given)))
    assert says is told is None or told in says


def test_short_lists_are_shown_whole_and_long_ones_not_at_all():
    assert lists_shown([0, 5], [0]) == ": right is `[0, 5]`, and yours is `[0]`"
    assert lists_shown([0, 5], [0, 6]) == "" and lists_shown(list(range(50)), [0]) == ""


def test_three_results_in_a_circle():
    found = [((n, n + 10, n + 20), (n + 20, n, n + 10)) for n in range(3)]
    told = order_of_results_story(found, lambda a, b: a == b)
    assert told.startswith("The right results, in another order: your `result[1]` belongs at `[0]`")
    assert order_of_results_story([((1, 2), (2, 3))], lambda a, b: a == b) is None


class UnitRows(FunctionExercise):
    """The k largest dot products with rows of length 1; some cases have fewer rows than k."""

    id, title = "1.1", "The k largest"
    difficulty, minutes, points = "A", 1, 1
    checked, hints = "rows", ["a", "b"]

    def cases(self, rng):
        for rows, k in [(5, 2), (4, 3), (6, 1), (2, 3)]:
            yield Case((torch.randn(3, generator=rng), normalize(torch.randn(rows, 3, generator=rng)), k))

    def oracle(self, x: Float[Tensor, " d"], D: Float[Tensor, "row d"], k: int) -> Float[Tensor, " best"]:
        return torch.tensor(sorted((D @ x).tolist(), reverse=True)[:k])

    def lawful(self, args):
        return args[0], normalize(args[1]), args[2]

    @mistake("By size.")
    def by_size(x, D, k):
        return (D @ x).abs().topk(min(k, len(D))).values

    @mistake("Smallest.")
    def smallest(x, D, k):
        return (D @ x).sort().values[:k]

    @mistake("Squares.")
    def squares(x, D, k):
        return (D @ x).square().topk(min(k, len(D))).values

    @rewrite
    def sorted_first(x, D, k):
        return (D @ x).sort(descending=True).values[:k]


def test_a_known_mistake_is_named_where_it_runs_although_one_case_raises():
    said = run_check(UnitRows(), lambda x, D, k: (D @ x).abs().topk(k).values)
    assert said.mistake == "by size"
    assert "`min(k, size)`. Where it runs: By size." in said.text()


def test_small_inputs_keep_what_the_text_promises():
    said = run_check(UnitRows(), lambda x, D, k: (D @ x).abs().sort(descending=True).values[:k] * 0.9 + 0.01).text()
    small = re.search(r"A small input: .*`D` = (\[\[.*?\]\])", said)
    rows = torch.tensor(json.loads(small[1]))
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(len(rows)), rtol=1e-3, atol=1e-3)
