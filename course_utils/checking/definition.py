"""What an exercise, a question and a chapter must be to be defined at all: every rule about their description, once.

A class that breaks one is refused where it stands, with its file and line: nobody finds out in front of a class.
"""

import difflib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from course_utils.checking.ids import ids_beside, place

DIFFICULTIES = {"A": "warm-up", "B": "core", "C": "stretch", "D": "open-ended"}
FEWEST_HINTS, FEWEST_MISTAKES, QUESTIONS, FEWEST_CHOICES = 2, 3, 5, 3


class BadDefinition(TypeError):
    """An exercise, a question or a chapter that can't be used as it is written; says where it stands and why."""


def check_exercise(kind: type) -> None:
    """Raise BadDefinition with all that is wrong with an exercise's class."""
    if faults := [*_attributes(kind), *_hints(kind), *_mistakes(kind), *_equivalent(kind), *_needs(kind)]:
        raise BadDefinition(f"{where(kind)}: class {kind.__name__}: " + "; ".join(faults))


def check_question(text: str, choices: Sequence[Any]) -> None:
    """Raise BadDefinition unless there are three or more different choices, one of them right, feedback for each."""
    faults = []
    if len(choices) < FEWEST_CHOICES or sum(bool(choice.right) for choice in choices) != 1:
        faults.append(f"needs {FEWEST_CHOICES} or more choices, exactly one of them right")
    faults += [f"“{choice.text}” has no feedback" for choice in choices if not choice.feedback.strip()]
    if len({choice.text for choice in choices}) < len(choices):
        faults.append("two choices read the same")
    if faults:
        raise BadDefinition(f"question {text!r}: " + "; ".join(faults))


def check_chapter(number: str, exercises: Sequence[Any], quiz: Sequence[Any]) -> None:
    """Raise BadDefinition unless ids count up from 1 in the order of the list, and the quiz has five questions."""
    ids, wanted = [e.id for e in exercises], [f"{number}.{n}" for n in range(1, len(exercises) + 1)]
    faults = [] if ids == wanted else [f"EXERCISES should be {', '.join(wanted)} in this order, it is {', '.join(ids)}"]
    if len(quiz) != QUESTIONS:
        faults.append(f"QUIZ has {len(quiz)} questions, it should have {QUESTIONS}")
    if faults:
        raise BadDefinition(f"chapter {number}: " + "; ".join(faults))


def where(kind: type) -> str:
    """`course_utils/exercises/ch01/crowd.py:37`, or the class's name where its source is not to be had."""
    try:
        path, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return kind.__qualname__
    parts = Path(path or "").parts
    start = parts.index("course_utils") if "course_utils" in parts else len(parts) - 1
    return f"{'/'.join(parts[start:])}:{line}"


def _attributes(kind: type) -> Iterator[str]:
    """The short ones: there, and of a value that makes sense."""
    for name in kind.required():
        if not hasattr(kind, name):
            yield f"`{name}` is missing"
    if not re.fullmatch(r"(0|[1-9]\d?)\.[1-9]\d?", str(getattr(kind, "id", "0.1"))):
        yield f"`id` is {kind.id!r}; it should be chapter.number, like 1.4"
    if not str(getattr(kind, "title", "a title")).strip():
        yield "`title` is empty"
    if getattr(kind, "difficulty", "A") not in DIFFICULTIES:
        yield f"`difficulty` is {kind.difficulty!r}; it should be one of {', '.join(DIFFICULTIES)}"
    for name in ("minutes", "points"):
        value = getattr(kind, name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            yield f"`{name}` is {value!r}; it should be a whole number from 1"


def _hints(kind: type) -> Iterator[str]:
    hints = getattr(kind, "hints", None)
    if hints is None:  # said already
        return
    if isinstance(hints, str) or len(hints) < FEWEST_HINTS:
        count = 1 if isinstance(hints, str) else len(hints)
        yield f"`hints` has {count}; there should be {FEWEST_HINTS} or more, from a nudge to a near-answer"
        return
    yield from (f"hint {n} is empty" for n, hint in enumerate(hints, 1) if not str(hint).strip())


def _mistakes(kind: type) -> Iterator[str]:
    mistakes, rewrites = getattr(kind, "mistakes", None), getattr(kind, "rewrites", None)
    if isinstance(mistakes, Mapping):
        if len(mistakes) < FEWEST_MISTAKES:
            yield f"`mistakes` has {len(mistakes)}; name {FEWEST_MISTAKES} or more wrong answers"
        said: dict[str, str] = {}
        for name, (_, feedback) in mistakes.items():
            if not feedback.strip():
                yield f"mistake “{name}” has no feedback"
            elif other := said.get(feedback):
                yield f"mistakes “{other}” and “{name}” say the same"
            said[feedback] = name
    if rewrites is not None and not len(rewrites):
        yield "`rewrites` is empty; give a right answer that is written differently"


def _equivalent(kind: type) -> Iterator[str]:
    for mutant, reason in getattr(kind, "equivalent", {}).items():
        if not reason.strip():
            yield f"`equivalent` lists “{mutant}” without a reason"


def _needs(kind: type) -> Iterator[str]:
    """Prerequisites that don't exist, or come later. Without sources beside it only the order can be judged."""
    if not re.fullmatch(r"\d+\.\d+", str(getattr(kind, "id", ""))):
        return
    try:
        known = ids_beside(Path(inspect.getfile(kind)))
    except (OSError, TypeError):
        known = None
    for need in kind.needs:
        if known is not None and need not in known:
            near = difflib.get_close_matches(str(need), known, n=2, cutoff=0.3)
            yield f"`needs` {need!r}, which does not exist" + (f"; did you mean {' or '.join(near)}?" if near else "")
        elif not re.fullmatch(r"\d+\.\d+", str(need)) or place(need) >= place(kind.id):
            yield f"`needs` {need!r}, which doesn't come before {kind.id}"
