"""Slips that can be read off the numbers: the given values are a simple transform of the right ones, or the reverse.

A table of small named transforms, each with its sentence, from the most to the least specific. A relation is said only
if it holds in every case that is wrong, and if there are numbers enough that it can't be by accident.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import torch

from course_utils.checking import transforms as T
from course_utils.checking.pairs import Numbers, Pair, telling

Direction = Literal["given", "right"]


class Relation(NamedTuple):
    """`gives` says what the transform makes: the `given` values of the right ones, or the `right` of the given ones.

    With `along`, the transform takes an axis too, which stands in the sentence as {axis}. `kinds` of right values.
    """

    name: str
    gives: Direction
    transform: Callable
    says: str
    along: bool = False
    kinds: tuple[str, ...] = ("float", "int")

    def holds(self, pair: Pair, axis: int | None, numbers: Numbers) -> bool:
        source, target = (pair.expected, pair.got) if self.gives == "given" else (pair.got, pair.expected)
        if not source.numel():
            return False
        made = self.transform(source) if axis is None else self.transform(source, axis)
        return numbers.close(made, target)


def given(name: str, transform: Callable, says: str, **more) -> Relation:
    return Relation(name, "given", transform, says, **more)


def right(name: str, transform: Callable, says: str, **more) -> Relation:
    return Relation(name, "right", transform, says, **more)


def along(name: str, transform: Callable, says: str, **more) -> Relation:
    return Relation(name, "given", transform, says, along=True, **more)


def needs(name: str, transform: Callable, says: str, **more) -> Relation:
    return Relation(name, "right", transform, says, along=True, **more)


ALL = ("float", "int", "bool")


EVERYWHERE = [
    given("not", lambda t: 1 - t, "Every True should be False, and every False True.", kinds=("bool",)),
    given("negative", torch.neg, "Every value has the right size and the wrong sign."),
    given("complement", lambda t: 1 - t, "Every value is 1 minus the right one."),
    given(
        "complement of a root",
        lambda t: 1 - (1 - t).sqrt(),
        "One minus your value is the root of one minus the right one: lengths where squared lengths are wanted?",
    ),
    given("ones", T.mask, "You have 1 wherever the right value isn't 0: a mask, not the values."),
    given("signs", torch.sign, "Your values are only the signs of the right ones."),
    given("absolute", torch.abs, "Every value has the right size, and those below zero lost their sign."),
    right("absolute", torch.abs, "The sizes are right; the right values have no sign (`abs`)."),
    given("cut off", torch.relu, "Your values are the ReLU of the right ones: what is below zero was cut off."),
    right("not cut off", torch.relu, "Negative values come through: the right answer is the ReLU of yours."),
    given("negative part", lambda t: t.clamp(max=0), "Only what is below zero is left of the right values."),
    given("within 0 and 1", lambda t: t.clamp(0, 1), "Your values are the right ones, cut off at 0 and 1."),
    right("not within 0 and 1", lambda t: t.clamp(0, 1), "Cut off at 0 and 1, your values are right."),
    given("whole", torch.round, "Your values are the right ones, rounded to whole numbers."),
    given("rounded down", torch.floor, "Your values are the right ones, rounded down to whole numbers."),
    given("rounded to 0", torch.trunc, "Your values are the right ones without what follows the point (`int`?)."),
    given("one digit", T.rounded(1), "Your values are the right ones, rounded to one digit after the point."),
    given("two digits", T.rounded(2), "Your values are the right ones, rounded to two digits after the point."),
    given("squares", torch.square, "Your values are the squares of the right ones."),
    right("no square", torch.square, "The square of your values is right: a square is missing."),
    given("roots", torch.sqrt, "Your values are the square roots of the right ones."),
    right("no root", torch.sqrt, "The square root of your values is right: a root is missing."),
    given("reciprocal", torch.reciprocal, "Every value is one over the right one: the fraction is upside down."),
    given("cosines of degrees", T.cosine_of_degrees, "Your values are the cosines of the right angles (in degrees)."),
    given("cosines", torch.cos, "Your values are the cosines of the right ones."),
    right("degrees", T.cosine_of_degrees, "Your values are angles in degrees; their cosines are right."),
    right("angles", torch.cos, "The cosines of your values are right: are yours still angles?"),
    given("supplement", lambda t: 180 - t, "Every value is 180 minus the right one: the angle on the other side."),
    given("from 90", lambda t: 90 - t, "Every value is 90 minus the right one: the angle to the other axis."),
    given("from 360", lambda t: 360 - t, "Every value is 360 minus the right one: turned the other way round."),
    given("logarithms", torch.log, "Your values are the logarithms of the right ones."),
    given("minus logarithms", lambda t: -t.log(), "Your values are minus the logarithms of the right ones."),
    given("binary logarithms", torch.log2, "Your values are the logarithms, to base 2, of the right ones."),
    right("no logarithm", torch.log, "The logarithm of your values is right: it is missing."),
    right("no minus logarithm", lambda t: -t.log(), "Minus the logarithm of your values is right: it is missing."),
    given("exponentials", torch.exp, "Your values are e to the right ones: the logarithm is missing."),
    given("exponentials of minus", lambda t: (-t).exp(), "Your values are e to minus the right ones (probabilities?)."),
    right("no sigmoid", torch.sigmoid, "Your values are logits: their sigmoid is right."),
    given("sigmoid", torch.sigmoid, "Your values are the sigmoid of the right ones, which are logits."),
]

ALONG = [
    along("sorted down", T.descending, "Your values are the right ones sorted along {axis}, the largest first."),
    along("sorted", T.ascending, "Your values are the right ones, sorted along {axis}."),
    needs("not sorted", T.ascending, "The values are right, but not sorted: along {axis}, the smallest first."),
    needs("not sorted down", T.descending, "The values are right, but not sorted: along {axis}, the largest first."),
    along("reversed", lambda t, d: t.flip(d), "The values are right, and {axis} runs the other way.", kinds=ALL),
    along("one on", lambda t, d: t.roll(1, d), "All is rolled one place too far along {axis}.", kinds=ALL),
    along("one back", lambda t, d: t.roll(-1, d), "All is rolled one place too far back along {axis}.", kinds=ALL),
    along("first for all", T.first_for_all, "Along {axis} yours is everywhere what belongs first.", kinds=ALL),
    along("last for all", T.last_for_all, "Along {axis} yours is everywhere what belongs last.", kinds=ALL),
    along("mean for all", T.mean_for_all, "You averaged over {axis}: each value is the mean of the right ones there."),
    along("sum for all", T.sum_for_all, "You summed over {axis}: each value is the sum of the right ones there."),
    along("largest for all", T.largest_for_all, "Along {axis} every value is the largest of the right ones."),
    along("only the largest", T.only_largest, "You have 1 at the largest along {axis}, else 0: which, not how much."),
    along("centred", T.centred, "Your values are the right ones with their mean over {axis} taken off."),
    needs("not centred", T.centred, "With their mean over {axis} taken off, your values are right."),
    along("standardised", T.standardised, "Your values are the right ones with mean 0 and variance 1 along {axis}."),
    needs("not standardised", T.standardised, "Brought to mean 0 and variance 1 along {axis}, your values are right."),
    along("normalised", T.normalised, "Your values are the right ones, brought to length 1 along {axis}."),
    needs("not normalised", T.normalised, "Brought to length 1 along {axis}, your values are right."),
    along("shared out", T.shared_out, "Your values are the right ones divided by their sum over {axis}."),
    needs("not shared out", T.shared_out, "Divided by their sum over {axis}, your values are right."),
    along("softmax", T.softmax, "Your values are the softmax of the right ones over {axis}: those are logits."),
    along("log-softmax", T.log_softmax, "Your values are the `log_softmax` of the right ones over {axis}."),
    needs("no softmax", T.softmax, "The softmax of your values over {axis} is right: yours are logits, or logarithms."),
    needs("no log-softmax", T.log_softmax, "Your values are logits: their `log_softmax` over {axis} is right."),
    along("cumulative", T.running_sum, "Each of your values is the sum of the right ones so far along {axis}."),
    needs("not cumulative", T.running_sum, "The running sum of your values along {axis} is right (`cumsum`)."),
    along("running maximum", T.running_max, "Each value is the largest of the right ones so far along {axis}."),
    along("inverse order", T.ranks, "Along {axis} yours is the inverse of the right order.", kinds=("int",)),
]  # fmt: skip


def relation_story(numbers: Numbers) -> str | None:
    """The sentence of the first relation of the table that holds in every wrong case; None without any."""
    wrong = numbers.wrong
    if not telling(wrong, numbers.kind) or _all_the_same(numbers):
        return None
    for relation, axis in _candidates(numbers):
        if all(relation.holds(pair, axis, numbers) for pair in wrong):
            says = relation.says if axis is None else relation.says.format(axis=numbers.axis(axis))
            return _where_it_is_wrong(says, numbers, lambda pair, r=relation, a=axis: r.holds(pair, a, numbers))
    return None


def _all_the_same(numbers: Numbers) -> bool:
    """Whether one number is given everywhere, or is right everywhere: many a transform makes that of anything."""
    given, right = (torch.cat([getattr(p, of).flatten() for p in numbers.wrong]) for of in ("got", "expected"))
    return len(given.unique()) < 2 or (numbers.kind == "float" and numbers.close(right, right[:1].expand_as(right)))


def _candidates(numbers: Numbers) -> Iterator[tuple[Relation, int | None]]:
    for relation in EVERYWHERE:
        if numbers.kind in relation.kinds:
            yield relation, None
    axes = [d for d in range(numbers.pairs[0].expected.ndim) if any(p.expected.shape[d] > 1 for p in numbers.wrong)]
    for relation in ALONG:
        if numbers.kind in relation.kinds:
            yield from ((relation, axis) for axis in axes)


def _where_it_is_wrong(says: str, numbers: Numbers, holds: Callable[[Pair], bool]) -> str:
    """The sentence, restricted to the wrong cases where it doesn't describe the right ones too."""
    if all(holds(pair) for pair in numbers.pairs if pair.right):
        return says
    return f"In the cases that are wrong: {says[0].lower()}{says[1:]}"
