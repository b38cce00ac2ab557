"""What an exercise, a question and a chapter must be to be defined at all: every rule about their description, once.

A class that breaks one is refused where it stands, with its file and line: nobody finds out in front of a class.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from course_utils.checking.ids import ids_beside, nearest, place

DIFFICULTIES = {"A": "warm-up", "B": "core", "C": "stretch", "D": "open-ended"}
FEWEST_HINTS, FEWEST_MISTAKES, QUESTIONS, FEWEST_CHOICES = 2, 3, 5, 3


class BadDefinition(TypeError):
    """An exercise, a question or a chapter that can't be used as it is written; says where it stands and why."""


def check_exercise(kind: type) -> None:
    """Raise BadDefinition with all that is wrong with an exercise's class."""
    if faults := [*_attributes(kind), *_hints(kind), *_mistakes(kind), *_equivalent(kind), *_needs(kind)]:
        raise BadDefinition(f"{':'.join(map(str, where(kind)))}: class {kind.__name__}: " + "; ".join(faults))


def check_name(name: str, taken: bool) -> None:
    """Raise BadDefinition if an answer of the class that is being defined has this name already."""
    if taken:
        raise BadDefinition(f"{_caller()}: two answers of one class are called `{name}`; the first would be lost")


def check_mark(decorator: str, feedback: Any, answer: Any) -> None:
    """Raise BadDefinition for `@mistake` without its sentence, and for what is no function."""
    if decorator == "mistake" and not _is_text(feedback):
        raise BadDefinition(f'{_caller()}: `@mistake` needs the sentence that it deserves: @mistake("You summed …")')
    if not callable(answer) and not isinstance(answer, staticmethod):
        raise BadDefinition(f"{_caller()}: `@{decorator}` stands above a function, not above {answer!r:.60}")


def check_question(text: str, choices: Sequence[Any]) -> None:
    """Raise BadDefinition unless there are three or more different choices, one of them right, feedback for each."""
    faults = []
    if len(choices) < FEWEST_CHOICES or sum(bool(choice.right) for choice in choices) != 1:
        faults.append(f"needs {FEWEST_CHOICES} or more choices, exactly one of them right")
    faults += [f"“{choice.text}” has no feedback" for choice in choices if not choice.feedback.strip()]
    if len({choice.text for choice in choices}) < len(choices):
        faults.append("two choices read the same")
    if faults:
        raise BadDefinition(f"{_caller()}: Question {text!r}: `choices`: " + "; ".join(faults))


def check_chapter(module: ModuleType, number: str, exercises: Sequence[Any], quiz: Sequence[Any]) -> None:
    """Raise BadDefinition unless ids count up from 1 in the order of the list, and the quiz has five questions.

    `module` is the chapter's: the one that says EXERCISES and QUIZ.
    """
    ids, wanted = [e.id for e in exercises], [f"{number}.{n}" for n in range(1, len(exercises) + 1)]
    faults = []
    if ids != wanted:
        order = f"should be {', '.join(wanted)} in this order; it is {', '.join(ids)}"
        faults.append(f"{_place_of('EXERCISES', module)}: chapter {number}: `EXERCISES` {order}")
    if len(quiz) != QUESTIONS:
        count = f"has {len(quiz)} questions, it should have {QUESTIONS}"
        faults.append(f"{_place_of('QUIZ', module)}: chapter {number}: `QUIZ` {count}")
    if faults:
        raise BadDefinition("\n".join(faults))


def where(kind: type) -> tuple[str, int]:
    """("course_utils/exercises/ch01/crowd.py", 37); the class's name and 1 where its source is not to be had."""
    try:
        return _shown(inspect.getfile(kind)), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return kind.__qualname__, 1


def _shown(file: str) -> str:
    """The path from the last `course_utils/` on, or only its last part."""
    parts = Path(file).parts
    return "/".join(parts[max((n for n, part in enumerate(parts) if part == "course_utils"), default=-1) :])


def _place_of(name: str, module: ModuleType) -> str:
    """`file:line` of the first line of a module that assigns or imports `name`."""
    lines = Path(module.__file__ or "").read_text(encoding="utf-8").splitlines()
    says = re.compile(rf"{name}\b|from .* import .*\b{name}\b")
    return f"{_shown(module.__file__ or '')}:{next((n for n, line in enumerate(lines, 1) if says.match(line)), 1)}"


def _caller() -> str:
    """`file:line` of the code that is defining something: the nearest caller outside this package."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        frame = frame.f_back
    return "" if frame is None else f"{_shown(frame.f_code.co_filename)}:{frame.f_lineno}"


def _attributes(kind: type) -> Iterator[str]:
    """The short ones: there, and of a value that makes sense."""
    for name in kind.required():
        if not hasattr(kind, name):
            yield f"`{name}` is missing"
    for name in sorted(set().union(*(getattr(base, "__abstractmethods__", ()) for base in kind.__bases__))):
        if getattr(getattr(kind, name), "__isabstractmethod__", False):
            yield f"`{name}` is missing"
        elif not callable(getattr(kind, name)):
            yield f"`{name}` is {getattr(kind, name)!r:.40}; it should be a function"
    if not _is_id(getattr(kind, "id", "0.1")):
        yield f"`id` is {kind.id!r}; it should be chapter.number, like 1.4"
    if not _is_text(getattr(kind, "title", "a title")):
        yield "`title` is empty or no text"
    if getattr(kind, "difficulty", "A") not in [*DIFFICULTIES]:
        yield f"`difficulty` is {kind.difficulty!r}; it should be one of {', '.join(DIFFICULTIES)}"
    for name in ("minutes", "points"):
        value = getattr(kind, name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            yield f"`{name}` is {value!r}; it should be a whole number from 1"


def _hints(kind: type) -> Iterator[str]:
    hints = getattr(kind, "hints", None)
    if hints is None:  # said already
        return
    if not isinstance(hints, Sequence):
        yield f"`hints` is a {type(hints).__name__}; it should be a list of texts"
        return
    if isinstance(hints, str) or len(hints) < FEWEST_HINTS:
        count = 1 if isinstance(hints, str) else len(hints)
        yield f"`hints` has {count}; there should be {FEWEST_HINTS} or more, from a nudge to a near-answer"
        return
    yield from (f"`hints`: hint {n} is empty or no text" for n, hint in enumerate(hints, 1) if not _is_text(hint))
    if len({str(hint) for hint in hints}) < len(hints):
        yield "`hints`: one is there twice"


def _mistakes(kind: type) -> Iterator[str]:
    mistakes, rewrites = getattr(kind, "mistakes", None), getattr(kind, "rewrites", None)
    if not isinstance(mistakes, Mapping | None):
        yield f"`mistakes` is a {type(mistakes).__name__}; it should be a dict, {{name: (wrong answer, feedback)}}"
    elif strange := [n for n, m in (mistakes or {}).items() if not isinstance(m, tuple) or len(m) != 2]:
        yield f"`mistakes`: “{strange[0]}” should be a pair, (wrong answer, feedback)"
    elif mistakes is not None:
        if len(mistakes) < FEWEST_MISTAKES:
            yield f"`mistakes` has {len(mistakes)}; name {FEWEST_MISTAKES} or more wrong answers"
        said: dict[str, str] = {}
        for name, (_, feedback) in mistakes.items():
            if not _is_text(feedback):
                yield f"`mistakes`: “{name}” has no feedback"
                continue
            if other := said.get(feedback.strip()):
                yield f"`mistakes`: “{other}” and “{name}” say the same"
            said[feedback.strip()] = name
    if rewrites is not None and not len(rewrites):
        yield "`rewrites` is empty; give a right answer that is written differently"


def _equivalent(kind: type) -> Iterator[str]:
    equivalent = getattr(kind, "equivalent", {})
    if not isinstance(equivalent, Mapping):
        yield f"`equivalent` is a {type(equivalent).__name__}; it should be a dict, {{mutant: reason}}"
        return
    for mutant, reason in equivalent.items():
        if not _is_text(reason):
            yield f"`equivalent` lists “{mutant}” without a reason"


def _needs(kind: type) -> Iterator[str]:
    """Prerequisites that don't exist, or come later. Without sources beside it only the order can be judged."""
    if not _is_id(getattr(kind, "id", None)):  # said already
        return
    if isinstance(kind.needs, str) or not isinstance(kind.needs, Sequence):
        yield f"`needs` is {kind.needs!r}; it should be a list of ids"
        return
    try:
        known = ids_beside(Path(inspect.getfile(kind)))
    except (OSError, TypeError):
        known = None
    for need in kind.needs:
        if known is not None and need not in known:
            yield f"`needs` {need!r}, which does not exist{nearest(str(need), known)}"
        elif not _is_id(need) or place(need) >= place(kind.id):
            yield f"`needs` {need!r}, which doesn't come before {kind.id}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"(0|[1-9][0-9]?)\.[1-9][0-9]?", value) is not None
