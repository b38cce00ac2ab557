"""Chapter 04, computing in superposition: the exercises in the order of the notebook, and the quiz."""

# While the chapter is being written: each author enters his classes in the table below ("module": "Class"), one line
# each. What isn't there yet, or can't be imported, gets a placeholder, so that the others can verify theirs.
import sys
from importlib import import_module

from course_utils.checking import Choice, Question, ValueExercise

WRITTEN = {
    "4.1": "by_hand.AbsoluteByHand",
    "4.2": "motif.Motifs",
    "4.3": "variants.Variants",
    "4.4": "squares.SquareFit",
    "4.5": "by_hand_pairs.FewestNeurons",
    "4.6": "value_classes.ValueClasses",
    "4.7": "product.Product",
    "4.8": "sign_cases.SignReader",
    "4.9": "affine.BestAffine",
    "4.10": "break_even.BreakEven",
    "4.11": "repaired_layer.RepairedLayer",
    "4.12": "best_line.BestLine",
    "4.13": "two_parts.SplitLoss",
    "4.14": "least.LeastLoss",
}


def _placeholder(number: str) -> type:
    body = {
        "id": number,
        "title": "Not written yet",
        "difficulty": "A",
        "minutes": 1,
        "points": 1,
        "hints": ["one", "two"],
        "checked": "nothing",
        "oracle": lambda self: 1.5,
        "mistakes": {str(n): (n, f"Not {n}.") for n in (7, 8, 9)},
        "rewrites": [1.5],
    }
    return type("Placeholder", (ValueExercise,), body)


def _load(number: str) -> type:
    if number not in WRITTEN:
        return _placeholder(number)
    module, _, name = WRITTEN[number].partition(".")
    try:
        return getattr(import_module(f"{__name__}.{module}"), name)
    except Exception as error:
        print(f"{number} ({WRITTEN[number]}): {type(error).__name__}: {error}", file=sys.stderr)
        return _placeholder(number)


def _quiz() -> list[Question]:
    try:
        return import_module(f"{__name__}.quiz").QUIZ
    except Exception as error:
        print(f"quiz: {type(error).__name__}: {error}", file=sys.stderr)
        answers = [Choice(str(n), "Not written yet.", right=n == 1) for n in range(3)]
        return [Question(f"Not written yet ({n})", answers) for n in range(5)]


__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [_load(f"4.{n}") for n in range(1, 15)]
QUIZ = _quiz()
