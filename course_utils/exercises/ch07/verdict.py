"""7.13: a card with six verdicts on each of three features."""

from typing import Any

from course_utils.checking import ValueExercise
from course_utils.checking.report import Report

QUESTIONS = ("present", "beyond", "before", "single", "used", "own")
TRUTH = {
    "word": (True, False, True, False, True, False),
    "sense": (True, True, True, False, True, False),
    "thing": (True, True, False, False, True, False),
}
TELLS = {
    "present": "a linear probe of the neurons, scored on other texts",
    "beyond": "the piece alone, as a baseline: the probe has to score better than it",
    "before": "the same probe on what the MLP reads",
    "single": "the best neuron, by itself",
    "used": "taking the mean difference out, beside a move as far at random",
    "own": "taking the probe's direction out, beside the mean difference",
}
NAMED = 3  # wrong cells that a report names at once


def card(**changed: dict[str, bool]) -> dict[str, list[bool]]:
    """The true card with some cells set: card(single={"word": True})."""
    result = {name: list(row) for name, row in TRUTH.items()}
    for question, cells in changed.items():
        for name, says in cells.items():
            result[name][QUESTIONS.index(question)] = says
    return result


def everywhere(question: str, says: bool) -> dict[str, list[bool]]:
    """The true card with one column set."""
    return card(**{question: dict.fromkeys(TRUTH, says)})


class VerdictCard(ValueExercise):
    id, title = "7.13", "The verdict"
    difficulty, minutes, points, needs = "C", 10, 3, []
    checked = (
        "All eighteen: three features that a probe reads equally well, and three different stories. One the "
        "piece gives, one attention has brought, one a non-linear step has made; and in none of them is the best "
        "detector the handle."
    )
    hints = [
        "Six questions, and each has one comparison of two figures that answers it. A high F1 alone answers only the "
        "first.",
        "beyond: the neurons against the piece alone. before: the probe of what the MLP reads. used: the mean "
        "difference out, against a move as far at random. own: the probe out, against the mean difference out.",
    ]

    def oracle(self) -> dict[str, list[bool]]:
        return card()

    def examine(self, answer: Any, seed: int) -> Report:
        if complaint := _not_a_card(answer):
            return self.failed(complaint)
        given = {name: _cells(answer[name]) for name in TRUTH}
        wrong = [
            f"{name}, {question}: look again at {TELLS[question]}."
            for name, row in TRUTH.items()
            for question, truth, says in zip(QUESTIONS, row, given[name])
            if says is not truth
        ]
        if not wrong:
            return self.passed(self.checked)
        known = next((name for name, (cells, _) in self.mistakes.items() if cells == given), None)
        return self.failed(f"{18 - len(wrong)} of 18 are right.", *wrong[:NAMED], mistake=known)

    def refusal(self, seed: int):
        return lambda answer: self.examine(answer, seed).status != "passed"

    mistakes = {
        "a probe proves a computation": (
            card(beyond={"word": True}),
            "That the neurons have the word is no achievement: its piece stands there, and an embedding gives it.",
        ),
        "read after means made there": (
            card(before={"sense": False}),
            "The sense is read as well from what the MLP reads. Attention had brought it; the MLP passed it on.",
        ),
        "attention did it all": (
            card(before={"thing": True}),
            "What the MLP reads has much less of the thing than the neurons have: both of its pieces are there, but "
            "their combination is not yet read by a linear probe.",
        ),
        "present means a neuron": (
            everywhere("single", True),
            "A probe of all neurons says nothing of any one of them. Compare with the F1 of the best neuron.",
        ),
        "what tells is what is read": (
            everywhere("own", True),
            "When the probe's direction is gone the model hardly minds, in any of the three. The best detector isn't "
            "the model's handle.",
        ),
        "readable is unused": (
            everywhere("used", False),
            "Without the mean difference the next piece costs far more than after a move as far at random: the model "
            "uses all three.",
        ),
        "yes to everything": (
            {name: [True] * 6 for name in TRUTH},
            "A probe finds all three, and that is one of six questions. The other five need their own experiments.",
        ),
    }
    rewrites = [
        {name: [int(cell) for cell in row] for name, row in TRUTH.items()},
        {name: tuple(row) for name, row in reversed(TRUTH.items())},
        {name: dict(zip(QUESTIONS, row)) for name, row in TRUTH.items()},
    ]


def _not_a_card(answer: Any) -> str | None:
    """What is wrong with the form of an answer; None if each feature has six verdicts, yes or no."""
    if not isinstance(answer, dict) or set(answer) != set(TRUTH):
        return f"The card is a dict with the keys {', '.join(repr(name) for name in TRUTH)}."
    for name, row in answer.items():
        if isinstance(row, str) or not hasattr(row, "__len__") or len(row) != len(QUESTIONS):
            return f"“{name}” needs {len(QUESTIONS)} verdicts, True or False: {', '.join(QUESTIONS)}."
        if any(cell not in (True, False) for cell in _cells(row)):
            return f"A verdict on “{name}” is neither True nor False."
    return None


def _cells(row: Any) -> list[bool]:
    """The verdicts in the order of QUESTIONS, from a list, a tuple, a tensor, or a dict by question."""
    cells = [row.get(question) for question in QUESTIONS] if isinstance(row, dict) else list(row)
    cells = [cell.item() if hasattr(cell, "item") else cell for cell in cells]
    return [bool(cell) if cell in (True, False) else cell for cell in cells]
