"""What can be said about a wrong value without saying the right one: which of several are right, and how one is off."""

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from course_utils.checking.describe import words
from course_utils.checking.difference import Part, close

NEARLY = 1e-3, 1e-5
"""Relative and absolute: how nearly a value must be right to be called so in a sentence."""

_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def ordinal(i: int) -> str:
    return _ORDINALS[i] if i < len(_ORDINALS) else f"{i + 1}th"


def numeral(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def which(found: list[Part]) -> str:
    """ "The second of four is not right; the other three are." """
    total = len(found)
    right = [_name(part, i) for i, part in enumerate(found) if part.difference is None]
    wrong = [_name(part, i) for i, part in enumerate(found) if part.difference is not None]
    of = "" if found[0].where.startswith("['") else f" of {numeral(total)}"
    if not right and any(map(_partly_right, found)):
        return f"{'Neither of the two' if total == 2 else f'None of the {numeral(total)}'} is right throughout."
    if not right:
        return "Neither of the two is right yet." if total == 2 else f"None of the {numeral(total)} is right yet."
    if len(wrong) == 1:
        others = "the other one is" if len(right) == 1 else f"the other {numeral(len(right))} are"
        return f"The {wrong[0]}{of} is not right; {others}."
    return f"The {words(right)}{of} {'is' if len(right) == 1 else 'are'} right; the {words(wrong)} are not."


def _partly_right(part: Part) -> bool:
    """A tensor of the right shape, some of whose values are right."""
    e, g = part.expected, part.got
    if not isinstance(e, Tensor) or not isinstance(g, Tensor) or e.shape != g.shape:
        return False
    return bool(close(g, e, *NEARLY).any())


def _name(part: Part, i: int) -> str:
    """`loss` of a dict, the second of a list."""
    key = part.where.strip("[]")
    return f"`{key[1:-1]}`" if key.startswith("'") else ordinal(i)


def how_many(expected: list, got: list, differs: Callable[[Any, Any], Any]) -> str:
    """How many of a list whose order doesn't matter belong to it."""
    left = list(expected)
    for value in got:
        hit = next((e for e in left if differs(e, value) is None), None)
        if hit is not None:
            left.remove(hit)
    right, total = len(expected) - len(left), numeral(len(expected))
    number = numeral(right).capitalize() if right else "None"
    return f"{number} of your {total} {'belong' if right > 1 else 'belongs'} there."


def story(expected: float, got: float) -> str | None:
    """The relation of a wrong number to the right one, where it is one of those that slips make."""
    if not (math.isfinite(expected) and math.isfinite(got)):
        return "The answer is an ordinary number." if math.isfinite(expected) else None
    for relation, says in _SLIPS:
        try:
            slip = relation(expected)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        if slip != 0 and math.isclose(got, slip, rel_tol=2e-3) and not math.isclose(slip, expected, rel_tol=2e-2):
            return says
    if any(got == float(f"{expected:.{digits}g}") for digits in (1, 2, 3)):
        return "Right as far as it goes, and rounded too much: more digits, or an exact formula."
    if expected != 0 and abs(got - expected) < 0.02 * abs(expected):
        return "Very close (within 2 %): more digits, or an exact formula."
    return _side(expected, got)


def _side(expected: float, got: float) -> str:
    """The least that can be said: on which side the right number lies, and whether it is far."""
    if expected * got < 0:
        return "The right number has the other sign."
    far = ", and by far" if max(abs(expected), abs(got)) > 10 * min(abs(expected), abs(got)) else ""
    return f"That is too {'large' if got > expected else 'small'}{far}."


_SLIPS: list[tuple[Callable[[float], float], str]] = [
    (lambda x: -x, "The size is right, and the sign is not."),
    (lambda x: 100 * x, "That is 100 times the right number: is it in percent?"),
    (lambda x: x / 100, "That is a hundredth of the right number: is the decimal point where it belongs?"),
    (math.radians, "That is π/180 times the right number: radians for degrees?"),
    (math.degrees, "That is 180/π times the right number: degrees for radians?"),
    (lambda x: 1 - x, "That is what is missing to 1: one minus the right number."),
    (lambda x: x**2, "That is the square of the right number."),
    (math.sqrt, "That is the square root of the right number."),
    (lambda x: 1 / x, "That is one over the right number: the fraction is upside down."),
    (lambda x: 2 * x, "That is twice the right number: is something counted twice?"),
    (lambda x: x / 2, "That is half of the right number: is something left out?"),
    (math.log, "That is the logarithm of the right number."),
    (math.exp, "That is e to the power of the right number: a logarithm is missing."),
    (lambda x: x / math.log(2), "That is the right number divided by ln 2: bits for nats?"),
    (lambda x: x * math.log(2), "That is the right number times ln 2: nats for bits?"),
    (lambda x: x + 1, "That is one too large."),
    (lambda x: x - 1, "That is one too small."),
]
