"""Lists of numbers whose length is part of the answer: what is right in one that is too long or too short."""

from typing import Any

from torch import Tensor

from course_utils.checking import describe

MOST_SHOWN = 12
LONGEST = 1_000
"""Of a tensor that is looked at as a list: a longer one, of a billion say, would not fit into memory as a list."""


def lists_shown(expected: Any, got: Any) -> str:
    """Both of them, where they are short and their lengths differ: the places where they part can be seen."""
    if not (_of_numbers(expected) and _of_numbers(got)) or len(expected) == len(got):
        return ""
    if max(len(expected), len(got)) > MOST_SHOWN:
        return ""
    right, given = (describe.short(describe.rounded(list(values))) for values in (expected, got))
    return f": right is `{right}`, and yours is `{given}`"


def list_story(found: list[tuple[Any, Any]]) -> str | None:
    """What all wrong ones of these have in common; `found` has the right and the given list of every case.

    None if these are no lists of numbers, or all of them have the right length.
    """
    found = [tuple(map(_as_list, both)) for both in found]
    if not all(_of_numbers(e) and _of_numbers(g) for e, g in found):
        return None
    wrong = [(list(e), list(g)) for e, g in found if list(e) != list(g)]
    if all(len(e) == len(g) for e, g in wrong):
        return None
    if all(not g for _, g in found):
        return "Your list is always empty."
    if all(g[: len(e)] == e for e, g in wrong):
        return "What is wanted stands at the beginning of your lists, and then they go on: when is it time to stop?"
    if all(e[: len(g)] == g for e, g in wrong):
        return "Your lists begin as they should and stop too early."
    if all(set(g) == set(e) for e, g in wrong) and any(len(set(g)) < len(g) for _, g in wrong):
        return "The right ones are in your lists, and some stand there twice."
    if all(set(e) <= set(g) for e, g in wrong):
        return "All that is wanted is in your lists, and other things, too."
    if all(set(g) <= set(e) for e, g in wrong):
        return "All that is in your lists belongs there, and some are missing."
    if all(g[:1] == e[:1] for e, g in wrong if e and g) and all(e for e, _ in wrong):
        return "Your lists begin with the right one; look at how the next ones are chosen."
    return None


def _as_list(value: Any) -> Any:
    return value.tolist() if isinstance(value, Tensor) and value.ndim == 1 and len(value) <= LONGEST else value


def _of_numbers(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(type(v) in (int, float) for v in value)
