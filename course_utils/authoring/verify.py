"""The five gates every exercise must pass, as functions that return what is wrong.

1. its untouched stub is reported "not attempted"; 2. its reference solution passes; 3. every mistake fails, with its
own feedback; 4. every rewrite passes; 5. every mutant of the reference is rejected, or listed as equivalent (see
`mutation`). And a check takes no longer than its exercise allows, and nothing says TODO. What an exercise and a quiz
must have at all is proven where they are defined (`checking.definition`).
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from course_utils.authoring.errors import CourseError
from course_utils.authoring.mutation.gate import mutant_faults
from course_utils.authoring.repository import Repository, chapter_number, plain_number
from course_utils.authoring.slicing import Answered, answer_of
from course_utils.authoring.source import ChapterSource, read_source
from course_utils.authoring.unfinished import unfinished

GATES = ("stub", "reference", "mistakes", "rewrites", "mutants")


class Verdict(NamedTuple):
    """One exercise. `gates` are those it went through, with what was tried ("5 mistakes"); `faults` has what is wrong,
    by gate; `seconds` is how long its check took, None if nothing could be checked."""

    id: str
    title: str
    gates: dict[str, str]
    faults: dict[str, list[str]]
    seconds: float | None = None

    @property
    def ok(self) -> bool:
        return not self.faults


def verify_exercise(chapter: ChapterSource, exercise: Any) -> Verdict:
    """All five gates of one exercise of a chapter; the fifth has no meaning before the second is passed."""
    with quiet_environment():
        stub = stub_faults(chapter, exercise)
        reference, seconds = reference_faults(chapter, exercise)
        faults = {
            "unfinished": [str(problem) for problem in unfinished(exercise)],
            "stub": stub,
            "reference": reference,
            "mistakes": mistake_faults(exercise),
            "rewrites": rewrite_faults(exercise),
        }
        mutants = None if reference else mutant_faults(chapter, exercise)
    tried = {gate: gate for gate in GATES}
    for gate in ("mistakes", "rewrites"):
        count = len(getattr(exercise, gate))
        tried[gate] = f"{count} {gate if count != 1 else gate[:-1]}"
    if mutants is None:
        del tried["mutants"]
    else:
        faults["mutants"], tried["mutants"] = mutants.faults, mutants.tried
    faults = {gate: found for gate, found in faults.items() if found}
    return Verdict(exercise.id, exercise.title, tried, faults, seconds)


def verify_all(wanted: list[str], parts: Sequence[Any], repository: Repository) -> Iterator[Verdict]:
    """Rows for `parts` (the registry's chapters): all, or the chapters and exercises named like "01", "1" and "1.3".

    Raises:
        CourseError: a chapter has no source, or its source cannot be read.
    """
    whole = {plain_number(name) for name in wanted if "." not in name}
    sources = {chapter_number(path): path for path in repository.sources()}
    for part in parts:
        chosen = [e for e in part.exercises if not wanted or part.number in whole or e.id in wanted]
        if not chosen:
            continue
        if part.number not in sources:
            raise CourseError(f"Chapter {part.number} has exercises and no source in solutions/.")
        chapter = read_source(sources[part.number], repository.shown(sources[part.number]))
        for exercise in chosen:
            yield verify_exercise(chapter, exercise)


def stub_faults(chapter: ChapterSource, exercise: Any) -> list[str]:
    """Gate 1: the untouched stub is not attempted: not wrong, no traceback."""
    from course_utils.checking import run_check

    try:
        answered = answer_of(chapter, exercise.id, as_stub=True)
    except (LookupError, ValueError) as error:
        return [str(error)]
    if answered.error is not None:
        return [
            f"with the stub, {_raised(chapter, answered)}: the learner would get an error instead of “not attempted”"
        ]
    report = run_check(exercise, answered.answer)
    return [] if report.status == "not attempted" else [f"the stub is reported {report.status}: {_flat(report.text())}"]


def reference_faults(chapter: ChapterSource, exercise: Any) -> tuple[list[str], float | None]:
    """Gate 2: the reference passes, within the seconds its exercise allows; and how long the check computed."""
    from course_utils.checking import run_check

    try:
        answered = answer_of(chapter, exercise.id, as_stub=False)
    except (LookupError, ValueError) as error:
        return [str(error)], None
    if answered.error is not None:
        return [f"{_raised(chapter, answered)}"], None
    allowed = exercise.seconds
    seconds = float("inf")
    for _ in range(3):  # of processor time, and of the shortest of three: the machine may be busy
        started = time.process_time()
        report = run_check(exercise, answered.answer)
        seconds = min(seconds, time.process_time() - started)
        if report.status != "passed":
            return [f"the reference is reported {report.status}: {_flat(report.text())}"], seconds
        if seconds <= allowed:
            return [], seconds
    return [f"its check takes {seconds:.1f} s, allowed are {allowed:g} s (attribute `seconds`)"], seconds


def mistake_faults(exercise: Any) -> list[str]:
    """Gate 3: every named mistake fails and is recognised, and its own feedback is in the report."""
    from course_utils.checking import run_check

    faults = []
    for name, (answer, feedback) in exercise.mistakes.items():
        try:
            report = run_check(exercise, _produced(exercise, answer))
        except Exception as error:
            faults.append(f"“{name}” breaks the check: {type(error).__name__}: {error}")
            continue
        if report.status != "failed":
            faults.append(f"“{name}” is reported {report.status}")
        elif _flat(feedback) not in _flat(report.text()):
            instead = f"that of “{report.mistake}”" if report.mistake else f"only: {_flat(report.text())}"
            faults.append(f"“{name}” fails without its own feedback, with {instead}")
    return faults


def rewrite_faults(exercise: Any) -> list[str]:
    """Gate 4: every right answer that is written differently passes."""
    from course_utils.checking import run_check

    faults = []
    for n, answer in enumerate(exercise.rewrites, 1):
        name = getattr(answer, "__name__", f"rewrite {n}")
        try:
            report = run_check(exercise, _produced(exercise, answer))
        except Exception as error:
            faults.append(f"{name} breaks the check: {type(error).__name__}: {error}")
            continue
        if report.status != "passed":
            faults.append(f"{name} is reported {report.status}: {_flat(report.text())}")
    return faults


@contextlib.contextmanager
def quiet_environment() -> Iterator[None]:
    """Checks that record nothing of the author's own progress, figures that open no browser, no bars."""
    with tempfile.TemporaryDirectory(prefix="course-verify-") as folder:
        changed = {"COURSE_DATA_DIR": folder, "PLOTLY_RENDERER": "plotly_mimetype", "TQDM_DISABLE": "1"}
        before = {key: os.environ.get(key) for key in (*changed, "COURSE_STRICT", "NBGRADER_EXECUTION")}
        os.environ.update(changed)
        os.environ.pop("COURSE_STRICT", None)
        os.environ.pop("NBGRADER_EXECUTION", None)
        try:
            yield
        finally:
            for key, value in before.items():
                os.environ.pop(key, None) if value is None else os.environ.update({key: value})


def _produced(exercise: Any, answer: Callable | Any) -> Any:
    """An experiment's mistakes and rewrites are functions that return the answer; others are the answer."""
    from course_utils.checking import ExperimentExercise

    return answer() if isinstance(exercise, ExperimentExercise) else answer


def _raised(chapter: ChapterSource, answered: Answered) -> str:
    return f"{chapter.path}:{answered.line} raises {type(answered.error).__name__}: {answered.error}"


def _flat(text: str) -> str:
    return " ".join(text.split())
