"""Exercises whose answer is a value: a number within a stated tolerance, a choice, a short list."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from course_utils.checking import describe, guesses
from course_utils.checking.difference import Part, as_float, bare, difference, parts, scalar
from course_utils.checking.exercise import Exercise
from course_utils.checking.report import Report
from course_utils.checking.tame import Foreign, tame


class ValueExercise(Exercise, abstract=True):
    """The answer is data, compared with `oracle()`.

    `rtol` and `atol` must be stated in the exercise's text. With `choices`, the answer must be one of them. With
    `unordered`, a list is compared without its order. The report never shows the right value.
    """

    rtol: ClassVar[float] = 0.0
    atol: ClassVar[float] = 0.0
    choices: ClassVar[list[str] | None] = None
    unordered: ClassVar[bool] = False
    checked: ClassVar[str]
    """What a right answer is told: where the value comes from."""
    otherwise: ClassVar[str] = ""
    """What a wrong value is told that nobody has foreseen: where to begin, or what to compare it with."""

    @classmethod
    def required(cls) -> list[str]:
        return [*super().required(), "checked"]

    @abstractmethod
    def oracle(self) -> Any:
        """The right value, computed."""

    def examine(self, answer: Any, seed: int) -> Report:
        expected = self.oracle()
        got = self._plain(tame(answer), expected)
        if isinstance(got, Foreign):
            wanted = "a value" if self.choices else describe.kind(expected)
            return self.failed(f"This exercise wants {wanted}, and you handed in {got.kind}. {got.advice}".rstrip())
        if self.choices is not None and not self._is_choice(got):
            listed = ", ".join(f'"{choice}"' for choice in self.choices)
            return self.failed(f"You answered {_quoted(got)}; the answer is one of {listed}.")
        diff = self._difference(expected, got)
        if diff is None:
            return self.passed(self.checked)
        mistake = self._matching_mistake(got)
        if diff.stage in ("type", "shape"):
            return self.failed(diff.message[0].upper() + diff.message[1:], mistake=mistake)
        seen = [f"You answered {_quoted(got)}.", *self._which_are_right(expected, got)]
        if mistake:
            return self.failed(*seen, mistake=mistake)
        said = [story for story in (self._story(expected, got), self.probe(got) or self.otherwise) if story]
        return self.failed(*seen, key=" ".join(said))

    def probe(self, got: Any) -> str | None:
        """What can be computed for a wrong value that nobody has foreseen: what would follow if it were right."""
        return None

    def refusal(self, seed: int) -> Callable[[Any], bool]:
        right = self.oracle()
        return lambda answer: self._difference(right, self._plain(tame(answer), right)) is not None

    def _which_are_right(self, expected: Any, got: Any) -> list[str]:
        """Of several numbers or choices: those that are right, without saying what the others should be."""
        if self.unordered and isinstance(expected, (list, tuple)):
            return [guesses.how_many(expected, got, lambda e, g: difference(e, g, rtol=self.rtol, atol=self.atol))]
        found = self._parts(expected, got)
        return [guesses.which(found)] if len(found) > 1 else []

    def _story(self, expected: Any, got: Any) -> str | None:
        """What is known about the number, or about all those of several that are off."""
        wrong = [part for part in self._parts(expected, got) if part.difference is not None]
        pairs = [(part.expected, part.got) for part in wrong]
        if self.unordered or not all(type(v) in (int, float) for pair in pairs for v in pair):
            return None
        said = {guesses.story(as_float(e), as_float(g)) for e, g in pairs}
        if len(said) > 1:
            return None
        story = said.pop()
        return story if len(pairs) == 1 or story is None else f"Of each that is off: {story[0].lower()}{story[1:]}"

    def _parts(self, expected: Any, got: Any) -> list[Part]:
        return parts(expected, got, rtol=self.rtol, atol=self.atol)

    def _plain(self, got: Any, expected: Any) -> Any:
        """A number for anything of one element; a list for an array or a set where a list is wanted."""
        several = isinstance(expected, (list, tuple))
        if isinstance(got, set) and several:
            return list(got) if self.unordered else Foreign("a set, which has no order", "Make it a list.")
        if isinstance(got, (Tensor, np.ndarray)) and several and got.ndim >= 1 and len(got) <= 1000:
            return got.reshape(-1).tolist() if max(got.shape) == len(got.reshape(-1)) else got
        if isinstance(got, (list, tuple)) and len(got) == 1 and not several and not isinstance(expected, dict):
            return scalar(got[0])
        return scalar(got)

    def _is_choice(self, got: Any) -> bool:
        return isinstance(got, str) and bare(got) in [bare(choice) for choice in self.choices]

    def _difference(self, expected: Any, got: Any):
        expected, got = (self._ordered(v) for v in (expected, got))
        return difference(expected, got, rtol=self.rtol, atol=self.atol)

    def _ordered(self, value: Any) -> Any:
        if not self.unordered or not isinstance(value, (list, tuple)):
            return value
        return sorted((scalar(v) for v in value), key=_place)

    def _matching_mistake(self, got: Any) -> str | None:
        """The known mistake with this value; of several the nearest, and none where two are as near."""
        matching = [name for name, (wrong, _) in self.mistakes.items() if self._difference(wrong, got) is None]
        if len(matching) > 1 and isinstance(got, (int, float)):
            far = {name: abs(as_float(self.mistakes[name][0]) - got) for name in matching}
            matching = [name for name in matching if far[name] == min(far.values())]
        return matching[0] if len(matching) == 1 else None


def _place(value: Any) -> tuple:
    """Numbers by size, then all else."""
    return (0, as_float(value), "") if isinstance(value, (int, float)) else (1, 0.0, str(value))


def _quoted(value: Any) -> str:
    return f'"{describe.cut(value)}"' if isinstance(value, str) else f"`{describe.contents(value)}`"
