"""Exercises whose answer is a value: a number within a stated tolerance, a choice, a short list."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.difference import difference, scalar
from course_utils.checking.exercise import Exercise
from course_utils.checking.guard import to_cpu
from course_utils.checking.report import Report


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

    @classmethod
    def required(cls) -> list[str]:
        return [*super().required(), "checked"]

    @abstractmethod
    def oracle(self) -> Any:
        """The right value, computed."""

    def examine(self, answer: Any, seed: int) -> Report:
        got = self._plain(to_cpu(answer))
        if callable(got):
            return self.failed(
                f"This exercise wants a value, and you handed in {describe.kind(answer)}: call it first."
            )
        if self.choices is not None and not self._is_choice(got):
            listed = ", ".join(f'"{choice}"' for choice in self.choices)
            return self.failed(f"You answered {_quoted(got)}; the answer is one of {listed}.")
        diff = self._difference(self.oracle(), got)
        if diff is None:
            return self.passed(self.checked)
        seen = diff.message if diff.stage in ("type", "shape") else f"You answered {_quoted(got)}."
        mistake = self._matching_mistake(got)
        key = "Very close (within 2 %): more digits, or an exact formula." if not mistake and self._near(got) else None
        return self.failed(seen[0].upper() + seen[1:], mistake=mistake, key=key)

    def refusal(self, seed: int) -> Callable[[Any], bool]:
        right = self.oracle()
        return lambda answer: self._difference(right, self._plain(to_cpu(answer))) is not None

    def _near(self, got: Any) -> bool:
        expected = self.oracle()
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (expected, got))
        return numbers and abs(got - expected) < 0.02 * abs(expected)

    def _plain(self, answer: Any) -> Any:
        """A number for anything 0-d; a list for a 1-d tensor, an array or a set where a list is wanted."""
        if isinstance(answer, (set, frozenset)) and self.unordered:
            return list(answer)
        if isinstance(answer, (Tensor, np.ndarray)) and answer.ndim == 1 and isinstance(self.oracle(), (list, tuple)):
            return answer.tolist()
        return scalar(answer)

    def _is_choice(self, got: Any) -> bool:
        return any(self._difference(choice, got) is None for choice in self.choices)

    def _difference(self, expected: Any, got: Any):
        expected, got = (self._ordered(v) for v in (expected, got))
        return difference(expected, got, rtol=self.rtol, atol=self.atol)

    def _ordered(self, value: Any) -> Any:
        if not self.unordered or not isinstance(value, (list, tuple)):
            return value
        return sorted(
            (scalar(v) for v in value), key=lambda v: (str(type(v)), v if isinstance(v, (int, float)) else str(v))
        )

    def _matching_mistake(self, got: Any) -> str | None:
        return next((name for name, (wrong, _) in self.mistakes.items() if self._difference(wrong, got) is None), None)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else f"`{describe.contents(value)}`"
