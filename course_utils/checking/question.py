"""A quiz question: several choices, one of them right, a reason for each."""

from dataclasses import dataclass
from typing import NamedTuple


class Choice(NamedTuple):
    """One answer a learner can pick, and what they read when they pick it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question of a chapter's quiz. Raises ValueError unless exactly one of its ≥ 3 choices is right."""

    text: str
    choices: list[Choice]

    def __post_init__(self) -> None:
        if len(self.choices) < 3 or sum(choice.right for choice in self.choices) != 1:
            raise ValueError(f"A question needs at least 3 choices, exactly one of them right: {self.text!r}")
        if not all(choice.feedback.strip() for choice in self.choices):
            raise ValueError(f"Every choice needs feedback: {self.text!r}")
