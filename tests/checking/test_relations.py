"""Laws of the general diagnoses: a transform of right values is named as that, and unrelated values as nothing."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_utils.checking.arguments import argument_story
from course_utils.checking.describe import Named
from course_utils.checking.factors import affine_story, factor_story, offset_story, sliced_story
from course_utils.checking.orders import order_story
from course_utils.checking.pairs import Numbers, numbers, telling
from course_utils.checking.places import cases_story, places_story, triangle_story, values_story
from course_utils.checking.properties import property_story
from course_utils.checking.relations import ALONG, EVERYWHERE, Relation, relation_story

DIMS = ("row", "column", "layer")
STORIES = [relation_story, order_story, factor_story, offset_story, argument_story, sliced_story, affine_story]

SAID_OTHERWISE = {
    "exponentials": "The logarithm of your values is right: it is missing.",
    "exponentials of minus": "Minus the logarithm of your values is right: it is missing.",
    "roots": "The square of your values is right: a square is missing.",
    "no root": "Your values are the squares of the right ones.",
    "minus logarithms": "Your values are minus the logarithms of the right ones.",
}
"""Relations that are another one's reverse, which is said where both hold."""

few = settings(max_examples=15, deadline=None)
shapes = st.lists(st.integers(3, 5), min_size=1, max_size=3)
seeds = st.integers(0, 10_000)


def draw(shape, seed: int, domain: str = "any") -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    if domain == "share":
        return 0.05 + 0.9 * torch.rand(shape, generator=rng, dtype=torch.float64)
    if domain == "angle":
        return 10 + 70 * torch.rand(shape, generator=rng, dtype=torch.float64)
    return 2.3 * torch.randn(shape, generator=rng, dtype=torch.float64)


def seen(pairs, dims=None, names=(), kind=torch.float32) -> Numbers | None:
    found = [(e.to(kind), g, args) for e, g, *args in pairs]
    return numbers(found, dims, list(names), 1e-4, 1e-5)


def applied(relation: Relation, sources: list[Tensor], *axis: int) -> list[tuple[Tensor, Tensor]]:
    """(right, given) of every case."""
    made = [relation.transform(t, *axis) for t in sources]
    return list(zip(sources, made)) if relation.gives == "given" else list(zip(made, sources))


DOMAINS = {
    "share": {"logarithms", "minus logarithms", "binary logarithms", "no logarithm", "no minus logarithm", "roots"}
    | {"no root", "exponentials", "exponentials of minus"},
    "angle": {"cosines of degrees", "degrees"},
}


@pytest.mark.parametrize("relation", EVERYWHERE, ids=lambda r: f"{r.name}, {r.gives}")
@given(shape=shapes, seed=seeds)
@few
def test_a_transform_of_every_value_is_named(relation, shape, seed):
    domain = next((name for name, relations in DOMAINS.items() if relation.name in relations), "any")
    sources = [draw([4, *shape], seed + n, domain) for n in range(3)]
    kind = torch.float32
    if relation.kinds == ("bool",):
        sources, kind = [(t > 0).double() for t in sources], torch.bool
    story = relation_story(seen(applied(relation, sources), kind=kind))
    assert story in (relation.says, SAID_OTHERWISE.get(relation.name))


@pytest.mark.parametrize("relation", ALONG, ids=lambda r: f"{r.name}, {r.gives}")
@given(shape=st.lists(st.integers(4, 5), min_size=2, max_size=3), seed=seeds, axis=st.integers(0, 1))
@few
def test_a_transform_along_an_axis_is_named_with_the_axis(relation, shape, seed, axis):
    sources = [draw(shape, seed + n) for n in range(3)]
    kind = torch.float32
    if relation.kinds == ("int",):
        sources, kind = [t.argsort(axis).double() for t in sources], torch.int64
    if "shared out" in relation.name:  # a sum near 0 takes the digits that tell
        assume(all(t.sum(axis).abs().min() > 0.1 for t in sources))
    pairs = applied(relation, sources, axis)
    if all(torch.equal(e, g) for e, g in pairs):  # a permutation that is its own inverse
        return
    story = relation_story(seen(pairs, DIMS[: len(shape)], kind=kind))
    assert story == relation.says.format(axis=f"the axis {DIMS[axis]}")


@given(shape=shapes, seed=seeds)
@settings(max_examples=60, deadline=None)
def test_unrelated_values_are_called_nothing(shape, seed):
    pairs = []
    for n in range(3):
        x = draw([4, *shape], seed + 100 + n).float()
        pairs.append((draw([4, *shape], seed + n), draw([4, *shape], seed + 50 + n), x))
    dims = ("batch", *DIMS)[: len(shape) + 1]
    found = seen(pairs, dims, [Named("x", dims)])
    assert [story(found) for story in (*STORIES, places_story, values_story)] == [None] * (len(STORIES) + 2)


@given(seed=seeds, kind=st.sampled_from([torch.int64, torch.bool]))
@settings(max_examples=60, deadline=None)
def test_unrelated_whole_numbers_and_truth_values_are_called_nothing(seed, kind):
    def small(n: int) -> Tensor:
        rng = torch.Generator().manual_seed(n)
        return torch.randint(0, 2 if kind == torch.bool else 6, (5, 6), generator=rng).double()

    found = seen([(small(seed + n), small(seed + 50 + n)) for n in range(3)], ("row", "column"), kind=kind)
    assert [story(found) for story in (*STORIES, places_story)] == [None] * (len(STORIES) + 1)


def test_a_few_numbers_are_no_evidence():
    pairs = [(torch.tensor([1.0, 2.0]), torch.tensor([-1.0, -2.0]))]
    assert relation_story(seen(pairs)) is None
    hundred_zeros = [(torch.zeros(100), torch.ones(100))]
    assert [story(seen(hundred_zeros)) for story in STORIES] == [None] * len(STORIES)
    assert telling(seen([(torch.arange(9.0), -torch.arange(9.0))]).pairs, "float")


def test_a_relation_must_hold_in_every_wrong_case():
    a, b = draw([6], 1), draw([6], 2)
    assert relation_story(seen([(a, -a), (b, -b)])) is not None
    assert relation_story(seen([(a, -a), (b, b + 1)])) is None
    assert "In the cases that are wrong" in relation_story(seen([(a, -a), (b, b)]))


def test_an_empty_case_tells_nothing():
    zeros = (torch.zeros(2, 2), -torch.rand(2, 2))
    other = (torch.tensor([[1.0, 2.0], [3.0, 5.0]]), torch.tensor([[3.0, 1.0], [7.0, 2.0]]))
    assert [story(seen([zeros, other])) for story in STORIES] == [None] * len(STORIES)


X = [Named("x", ("row", "column"))]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda e, x: e * x.shape[0], "{row}× too large, and {row} is the size of the axis row: a sum where a mean"),
        (lambda e, x: e / x.shape[1], "{column}× too small, and {column} is the size of the axis column: a mean where"),
        (lambda e, x: e * x.shape[0] * x.shape[1], "is the size of the axes row × column"),
        (lambda e, x: e * 3.5, "Every value is 3.5× the right one."),
        (lambda e, x: 2 * e, "Every value is twice the right one."),
        (lambda e, x: torch.deg2rad(e), "π/180: radians where degrees are wanted?"),
        (lambda e, x: e / 0.6931471805599453, "1/ln 2: bits where nats are wanted?"),
        (lambda e, x: e / (1 - 1 / x.shape[0]), "divided by one less than there are (`correction`)"),
    ],
)
def test_a_factor_is_named_by_what_it_is(change, words):
    xs = [draw(shape, n).float() for n, shape in enumerate([(5, 4), (6, 5), (3, 7)])]
    pairs = [(x.double().sum(1), change(x.double().sum(1), x), x) for x in xs]
    said = factor_story(seen(pairs, ("row",), X))
    assert words.format(row=5, column=4) in said


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda e, x: e + x.mean(1), "too large by exactly the mean of `x` over column"),
        (lambda e, x: e - x.norm(dim=1), "too small by exactly the norm of `x` over column: is it left out?"),
        (lambda e, x: e * x.norm(dim=1), "the right one times the norm of `x` over column"),
        (lambda e, x: e / x.square().sum(1), "the right one divided by the squared norm of `x` over column"),
        (
            lambda e, x: e + x.square().sum(1) - x.norm(dim=1),
            "off by exactly the squared norm of `x` over column minus the norm of `x`",
        ),
    ],
)
def test_what_is_made_of_an_argument_is_named(change, words):
    xs = [draw(shape, n).float() for n, shape in enumerate([(5, 4), (6, 5), (8, 7)])]
    pairs = [(draw(len(x), 9 + n), change(draw(len(x), 9 + n), x.double()), x) for n, x in enumerate(xs)]
    assert words in argument_story(seen(pairs, ("row",), X))


def test_offsets_slices_and_straight_lines():
    es = [draw([4, 5], n) for n in range(3)]
    assert offset_story(seen([(e, e + 2) for e in es])) == "Every value is 2 too large."
    whole = [e.round() for e in es]
    assert "from 1, and not from 0" in offset_story(seen([(e, e + 1) for e in whole], kind=torch.int64))
    own = [(e, e + draw([4, 1], 50 + n)) for n, e in enumerate(es)]
    assert "Along the axis row each place is off by an amount of its own" in sliced_story(seen(own, ("row", "column")))
    assert affine_story(seen([(e, 3 * e - 0.5) for e in es])) == "Every value is 3× the right one − 0.5."


@pytest.mark.parametrize(
    "moved, words",
    [
        (lambda e: e.mT, "transpose of the right one"),
        (lambda e: e.mT.reshape(e.shape), "transpose of the right one"),
        (
            lambda e: torch.cat([e[:, :1] + 1, e[:, :-1]], 1),
            "Along the axis column everything stands one place too far",
        ),
        (lambda e: e[:, [2, 0, 1, 4, 3]], "in another order along the axis column"),
        (lambda e: e.flatten().roll(7).reshape(e.shape), "all there, and in other places"),
    ],
)
def test_right_values_in_other_places(moved, words):
    es = [draw([5, 5], n) for n in range(2)]
    assert words in order_story(seen([(e, moved(e)) for e in es], ("row", "column")))


def test_a_reshape_is_no_permute():
    es = [draw([3, 4], n) for n in range(2)]
    assert "`reshape` doesn't move axes" in order_story(seen([(e, e.mT.reshape(3, 4)) for e in es]))


def at(mask: Tensor, e: Tensor, wrong: Tensor) -> Tensor:
    return torch.where(mask, wrong, e)


@pytest.mark.parametrize(
    "mask, words",
    [
        (lambda e, x: torch.eye(6, dtype=torch.bool), "on the diagonal of row and column"),
        (lambda e, x: torch.ones(6, 6, dtype=torch.bool).triu(1), "above the diagonal"),
        (lambda e, x: torch.arange(6).expand(6, 6) == 5, "at the last place of the axis column"),
        (lambda e, x: (torch.arange(6) == 0)[:, None].expand(6, 6), "at the first place of the axis row"),
        (lambda e, x: x < 0, "where `x` is negative"),
    ],
)
@pytest.mark.parametrize("wrong, there", [(lambda e: 0 * e, "your values are 0"), (lambda e: -e, "the wrong sign")])
def test_where_it_is_wrong_and_what_is_wrong_there(mask, words, wrong, there):
    cases = [(draw([6, 6], n), draw([6, 6], 20 + n).float()) for n in range(2)]
    pairs = [(e, at(mask(e, x), e, wrong(e)), x) for e, x in cases]
    said = places_story(seen(pairs, ("row", "column"), X))
    assert f"wrong only {words}" in said and there in said


def test_one_sided_truth_values():
    es = [(draw([5, 6], n) > 0).double() for n in range(2)]
    more = [(e, e.clamp_min((draw([5, 6], 9 + n) > 0).double())) for n, e in enumerate(es)]
    assert values_story(seen(more, kind=torch.bool)) == "All that should be True is; some are True that should not be."
    fewer = [(e, e * (draw([5, 6], 9 + n) > 0)) for n, e in enumerate(es)]
    assert values_story(seen(fewer, kind=torch.bool)) == "Nothing is True that should not be; some are missing."


@pytest.mark.parametrize(
    "notes, right, words",
    [
        (["big", "small", "with ties"], [True, True, False], "Wrong only with ties; right in the other two cases."),
        (["with one", "b", "c", "d"], [True, False, False, False], "Right with one; wrong in the other three cases."),
        (["", "", ""], [True, True, False], "Right in two of three cases."),
        (["a", "a", "b"], [True, False, True], "Right in two of three cases."),
        (["a", "b"], [False, False], None),
        (["a", "b"], [True, True], None),
    ],
)
def test_which_cases_are_right(notes, right, words):
    assert cases_story(notes, right) == words


@pytest.mark.parametrize(("side", "kept"), [("before", lambda t: t.triu(1)), ("after", lambda t: t.tril(-1))])
def test_a_sum_over_one_side_only(side, kept):
    pairs = []
    for seed in range(3):
        overlaps = draw([5, 5], seed).fill_diagonal_(0)
        pairs.append((overlaps.sum(0).float(), kept(overlaps).sum(0)))
    assert f"only what stands {side} it" in triangle_story(seen(pairs, ("feature",)))
    assert triangle_story(seen([(e, g + 1) for e, g in pairs], ("feature",))) is None


def test_few_wrong_places_that_are_all_of_a_kind_are_enough():
    """Four of twenty, and just those in which the argument is 0: no accident."""
    x = draw([2, 10], 0).float()
    x[:, [1, 3]] = 0
    right = draw([2, 10], 1).float()
    found = seen([(right, torch.where(x == 0, right + 1, right).double(), x)], ("a", "b"), [Named("x", ("a", "b"))])
    assert places_story(found).startswith("It is wrong only where `x` is 0.")


def test_another_order_of_the_same_places_is_no_finding():
    """Every order has the numbers 0 … n − 1."""
    orders = [draw([9], seed).argsort() for seed in range(4)]
    pairs = [(orders[0], orders[1].double()), (orders[2], orders[3].double())]
    assert order_story(seen(pairs, ("neuron",), kind=torch.int64)) is None
    values = [(10 * e, 10 * g) for e, g in pairs]
    assert "in another order along the axis neuron" in order_story(seen(values, ("neuron",), kind=torch.int64))


def test_one_number_makes_no_mask():
    pairs = [(torch.tensor(right), torch.tensor(float(right > 0))) for right in (0.3, 0.7, 0.0, 0.2, 0.9, 0.4)]
    assert "a mask" not in (relation_story(seen(pairs)) or "")


def test_indices_are_whole_numbers_before_they_are_never_negative():
    pairs = [(torch.arange(9), draw([9], seed)) for seed in range(2)]
    assert property_story(seen(pairs, kind=torch.int64)) == "The right values are whole numbers, and yours aren't."


def test_one_number_that_is_right_everywhere_says_nothing_of_the_given_ones():
    """The cosine of any angle of less than a degree is 1, nearly."""
    pairs = [(torch.ones(4), draw([4], seed, "share").double()) for seed in range(3)]
    assert relation_story(seen(pairs)) is None
