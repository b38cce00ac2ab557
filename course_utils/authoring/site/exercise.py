"""An exercise and a quiz on a page: hints and solution behind clicks, choices that answer."""

from collections.abc import Iterable
from typing import Any

from course_utils.authoring.regions import without_markers
from course_utils.authoring.site.markup import code, folded, inline, raw
from course_utils.authoring.site.outputs import shown
from course_utils.authoring.source import Cell
from course_utils.authoring.stubs import stub

LEVELS = {"A": "warm-up", "B": "core", "C": "stretch", "D": "open-ended"}


def anchor(id: str) -> str:
    return f"exercise-{id.replace('.', '-')}"


def head(exercise: Any) -> str:
    """Title and size. What follows is inside the exercise until `TAIL`."""
    points = f"{exercise.points} point{'' if exercise.points == 1 else 's'}"
    size = f"{exercise.difficulty}, {LEVELS[exercise.difficulty]} · {exercise.minutes} min · {points}"
    title = f'<h3 id="{anchor(exercise.id)}">Exercise {exercise.id} <span>{inline(exercise.title)}</span></h3>'
    return raw(f'<div class="exercise">{title}<p class="size">{size}</p>')


TAIL = raw("</div>")


def answer(cell: Cell, exercise: Any, names: set[str], outputs: Iterable[dict[str, Any]]) -> list[str]:
    """The stub, the hints one by one, and the solution with what it showed."""
    hints = [
        folded(f"Hint {n} of {len(exercise.hints)}", raw(f"<p>{inline(hint)}</p>"), kind="hint")
        for n, hint in enumerate(exercise.hints, start=1)
    ]
    solved = code(without_markers(cell.source))
    return [
        code(without_markers(stub(cell.source, exercise.id, names))),
        *hints,
        folded("One solution", solved, *shown(outputs), kind="solution"),
    ]


def quiz(questions: Iterable[Any]) -> str:
    """Each choice opens to say whether it is right, and why."""
    blocks = ["<p><strong>Quiz.</strong> Choose an answer: it opens, and says why it is right or wrong.</p>"]
    for n, question in enumerate(questions, start=1):
        choices = "".join(
            f"<details><summary>{inline(choice.text)}</summary>"
            f"<p><strong>{'✓ Right.' if choice.right else '✗ No.'}</strong> {inline(choice.feedback)}</p></details>"
            for choice in question.choices
        )
        blocks.append(f'<div class="question"><p><strong>{n}.</strong> {inline(question.text)}</p>{choices}</div>')
    return raw("\n".join(blocks))
