"""What a learner calls in a notebook: start, check, hint, solution."""

import json
import sys
from contextlib import suppress
from importlib.metadata import metadata
from importlib.resources import files
from typing import Any

from course_utils import __version__, exercises
from course_utils.checking.exercise import Exercise
from course_utils.checking.report import Report, card, inline, note
from course_utils.desk import (
    bars,
    history,
    sender,  # noqa: F401 (it listens to the history, for learners who joined a board)
)
from course_utils.desk.at_hand import lay_at_hand
from course_utils.desk.display import CheckFailed, show, show_html, strict, widgets_run
from course_utils.desk.unanswered import tell_in_a_line

_NOTHING = object()


def check(id: str = "", answer: Any = _NOTHING) -> None:
    """Check your answer to exercise `id` and say what is right and what is not: `check("1.4", superposition)`."""
    from course_utils.checking.run import run_check

    if id == "":
        _finish(note("Say which exercise, and hand in your answer.", 'Like this: `check("1.4", superposition)`.'))
        return
    exercise = _known(id)
    if exercise is None:
        return
    if answer is _NOTHING:
        _finish(
            note("Hand in your answer too.", f'Like this: `check("{exercise.id}", your_answer)`.', label=exercise.id)
        )
        return
    report = run_check(exercise, answer)
    if report.status == "interrupted":
        show(report)
        return
    trouble = history.record(
        exercise.id,
        "check",
        report.status,
        detail=report.mistake or "",
        points=exercise.points if report.status == "passed" else 0,
    )
    report = report.plus(_what_next(exercise, report), "small")
    _finish(report.plus(trouble, "small") if trouble else report)


def hint(id: str) -> None:
    """Show one more hint for exercise `id`, from a nudge to a near-answer."""
    exercise = _known(id)
    if exercise is None:
        return
    n = min(_hints_seen(exercise) + 1, len(exercise.hints))
    trouble = history.record(exercise.id, "hint", detail=str(n))
    shown = [f"{i}. {text}" for i, text in enumerate(exercise.hints[:n], start=1)]
    left = len(exercise.hints) - n
    more = f'`hint("{exercise.id}")` gives the next one ({left} left).' if left else (
        f'That was the last hint. `solution("{exercise.id}")` shows a solution.'
    )  # fmt: skip
    show(note(f"Hint {n} of {len(exercise.hints)}", *shown, more, *([trouble] if trouble else []), label=exercise.id))


def solution(id: str) -> None:
    """Show a reference solution of exercise `id`. Your progress remembers that you looked."""
    exercise = _known(id)
    if exercise is None:
        return
    code = _reference(exercise)
    if code is None:
        show(
            note(
                "The solution is not in this installation.", "The course's repository has it, in solutions/.", label=id
            )
        )
        return
    trouble = history.record(exercise.id, "solution")
    title = f"{exercise.id} One solution"
    advice = "Read it, close it, and write your own: yours may look quite different and be just as right."
    lines = [advice, *([trouble] if trouble else [])]
    body = [_highlighted(code), *(f"<div>{inline(line)}</div>" for line in lines)]
    show_html(card(title, body, "#808080"), "\n".join([title, code, *lines]))


def start(chapter: str, built_for: str) -> None:
    """Prepare a chapter's notebook: compare versions, let figures and widgets work in this front end, and lay at hand
    what a learner may type."""
    _prepare_front_end()
    lay_at_hand()
    if not strict():
        tell_in_a_line()
    trouble = history.record(str(int(chapter)), "start")
    if trouble:
        show(note("Your progress.", trouble))
    if _release(built_for) != _release(__version__):
        show(_mismatch(built_for))


def _mismatch(built_for: str) -> Report:
    older = _release(built_for) < _release(__version__)
    return note(
        f"This notebook was made for version {built_for} of the course; {__version__} is installed.",
        "Your answers and your progress are safe, and most checks will work as they are.",
        f"If one doesn't, {'get the newer notebook' if older else 'update the course'}: "
        + (
            "download the chapter again under another name and copy your answers over."
            if older
            else f'`pip install -U "superposition-course @ git+{_repository()}@v{built_for}"`, then restart the kernel.'
        ),
    )


def _repository() -> str:
    urls = metadata("superposition-course").get_all("Project-URL") or []
    return next((url.partition(", ")[2] for url in urls if url.startswith("Repository, ")), "")


def _known(id: Any) -> Exercise | None:
    """The exercise, or None after saying what is wrong with the id (in a strict run: CheckFailed)."""
    try:
        return exercises.get(id)
    except exercises.UnknownExercise as error:
        _finish(note(str(error), "If the notebook is older than the course, its set-up cell says what to do."))
        return None


def _finish(report: Report) -> None:
    if strict() and report.status != "passed":
        raise CheckFailed(report.text())
    show(report)


def _what_next(exercise: Exercise, report: Report) -> str:
    if report.status == "passed":
        from course_utils.desk.overview import points

        done, total = points(exercise.chapter)
        return f"Chapter {exercise.chapter}: {done} of {total} points."
    left = len(exercise.hints) - _hints_seen(exercise)
    if report.status == "not attempted":
        return f'Write your answer in the cell above, run it, then check again. `hint("{exercise.id}")` gives a nudge.'
    if left:
        return f'`hint("{exercise.id}")` for a nudge ({left} left).'
    return f'All hints are out; `solution("{exercise.id}")` shows a solution.'


def _hints_seen(exercise: Exercise) -> int:
    return max((int(e.detail) for e in history.events() if e.kind == "hint" and e.exercise == exercise.id), default=0)


def _reference(exercise: Exercise) -> str | None:
    file = files("course_utils.exercises") / f"ch{int(exercise.chapter):02d}" / "reference.json"
    return json.loads(file.read_text(encoding="utf-8")).get(exercise.id) if file.is_file() else None


def _highlighted(code: str) -> str:
    """Code with colours of its own on a light ground, so that a dark theme can't make it unreadable."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    css = "padding:.5em .8em;margin:.4em 0;background:#f8f8f8;color:#1a1a1a;border-radius:4px;overflow-x:auto"
    return highlight(code, PythonLexer(), HtmlFormatter(noclasses=True, style="friendly", cssstyles=css))


def _prepare_front_end() -> None:
    from course_utils.plots import classic, use_renderer

    use_renderer()
    if widgets_run():
        bars.take_places_away()
    if widgets_run() and classic.is_here():
        with suppress(OSError):  # a read-only home, a full disk: there a figure is told in words
            show_html(classic.script(), "")
    if "google.colab" in sys.modules:
        from google.colab import output

        output.enable_custom_widget_manager()


def _release(version: str) -> tuple[int, ...]:
    """(0, 1) for "0.1.3": patches change no exercise."""
    numbers = [part for part in version.replace("+", ".").split(".")[:2] if part.isdigit()]
    return tuple(int(n) for n in numbers)
