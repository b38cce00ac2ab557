"""Plausible wrong answers that no exercise names: each with a phrase that the general diagnosis must find for it.

They are checked without the exercise's own mistakes, so that an author who names one of them changes nothing here.
`UNSAID` marks those of which no general diagnosis knows what they are: nothing false may be said of them either.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

UNSAID = ""


class Wrong(NamedTuple):
    exercise: str
    name: str
    answer: Any
    says: str
    never: tuple[str, ...] = ()


CORPUS: list[Wrong] = []


def wrong(exercise: str, says: str, *never: str) -> Callable[[Callable], Callable]:
    """Decorator: a wrong answer, a phrase that its feedback must have, and phrases that it must not have."""

    def kept(answer: Callable) -> Callable:
        CORPUS.append(Wrong(exercise, answer.__name__, answer, says, never))
        return answer

    return kept


def wrong_value(exercise: str, name: str, value: Any, says: str, *never: str) -> None:
    CORPUS.append(Wrong(exercise, name, value, says, never))
