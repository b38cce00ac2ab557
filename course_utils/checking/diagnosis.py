"""What a wrong answer has in common, in a sentence: from the most to the least specific thing that can be seen.

Nothing is said as a fact that wasn't seen in every case, those of a second draw included.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.arguments import argument_story
from course_utils.checking.blindness import blind_story
from course_utils.checking.factors import affine_story, factor_story, offset_story, sliced_story
from course_utils.checking.inputs import Subject, counterfactual_story
from course_utils.checking.orders import order_story
from course_utils.checking.pairs import Numbers, as_numbers, kind_of
from course_utils.checking.places import not_finite_from, not_finite_story, places_story, triangle_story, values_story
from course_utils.checking.properties import property_story
from course_utils.checking.relations import relation_story
from course_utils.checking.scaling import scaling_story
from course_utils.checking.simpler import simpler_story
from course_utils.checking.switches import switch_story


def strong_story(subject: Subject | None, found: Numbers | None) -> str | None:
    """What is wrong with values of the right shape, if they tell. `found`: the numbers of the part that is wrong.

    `subject` is None for an answer that may not be called again, `found` where there are no numbers.
    """
    return _first(
        lambda: subject and constant_answer(subject),
        lambda: subject and returned_argument(subject),
        lambda: found and relation_story(found),
        lambda: found and order_story(found),
        lambda: found and factor_story(found),
        lambda: subject and counterfactual_story(subject),
        lambda: found and offset_story(found),
        lambda: found and argument_story(found),
        lambda: found and subject and switch_story(subject, found, _of_numbers),
        lambda: subject and blind_story(subject),
        lambda: found and triangle_story(found),
        lambda: found and places_story(found),
    )


def _of_numbers(found: Numbers) -> str | None:
    """What the numbers tell, without calls."""
    tellers = (relation_story, factor_story, offset_story, argument_story)
    return _first(*(lambda tell=tell: tell(found) for tell in tellers))


def story_of_part(subject: Subject) -> str | None:
    """What can be found out with calls about one part of a result, where it fails for the whole of it."""
    return _first(
        lambda: counterfactual_story(subject),
        lambda: blind_story(subject),
        lambda: scaling_story(subject),
        lambda: simpler_story(subject, None),
    )


def weak_story(found: Numbers | None) -> str | None:
    """What can be said of wrong values that don't tell: something to begin with."""
    return found and _first(
        lambda: sliced_story(found),
        lambda: affine_story(found),
        lambda: values_story(found),
        lambda: property_story(found),
    )


def _first(*tellers: Callable[[], str | None]) -> str | None:
    return next((says for tell in tellers if (says := tell())), None)


def story_of_infinities(found: Numbers | None, drawn: bool = False) -> str | None:
    """`drawn`: the right values are others in each call, so that nothing is to be seen by comparing with them."""
    if found and drawn:
        return not_finite_from(found)
    return found and _first(lambda: relation_story(found), lambda: not_finite_story(found))


def constant_answer(subject: Subject) -> str | None:
    """One and the same number everywhere, for inputs whose right answers differ."""
    right, given = ([as_numbers(case[i]) for case in subject.cases] for i in (1, 2))
    if any(values is None or values.numel() == 0 for values in (*right, *given)):
        return None
    wanted, got = (torch.cat([values.flatten() for values in both]).unique() for both in (right, given))
    if len(given) < 2 or len(got) > 1 or len(wanted) < 2:
        return None
    shown = bool(got[0]) if all(kind_of(case[2]) == "bool" for case in subject.cases) else float(got[0])
    return f"Your answer is {describe.number(shown)} for every input: does it look at its arguments at all?"


def returned_argument(subject: Subject) -> str | None:
    """What was given comes back as it is."""
    for i, named in enumerate(subject.names):
        arguments = [args[i] for args, _, _ in subject.cases]
        if not all(isinstance(arg, Tensor) and arg.numel() > 1 for arg in arguments):
            continue
        if all(subject.same(arg, got) for arg, (_, _, got) in zip(arguments, subject.cases)):
            return f"You return `{named.name}` as it was given."
    return None
