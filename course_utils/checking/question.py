"""A quiz question: several choices, one of them right, a reason for each."""

from dataclasses import dataclass
from typing import NamedTuple

from course_utils.checking.definition import check_question


class Choice(NamedTuple):
    """One answer a learner can pick, and what they read when they pick it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question of a chapter's quiz. Raises BadDefinition unless exactly one of its ≥ 3 choices is right."""

    text: str
    choices: list[Choice]

    def __post_init__(self) -> None:
        check_question(self.text, self.choices)
