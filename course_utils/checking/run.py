"""One check, from answer to report. Displays nothing, records nothing."""

import traceback
import warnings
from pathlib import Path
from typing import Any

from course_utils.checking.exercise import Exercise, unanswered
from course_utils.checking.guard import message
from course_utils.checking.prints import first_lines
from course_utils.checking.report import Report
from course_utils.checking.state import randomness_kept, usual_settings


def run_check(exercise: Exercise, answer: Any, seed: int = 0) -> Report:
    """Check `answer`. `seed` decides the inputs: live checks always use 0, so the same answer gives the same words.

    Nothing that the answer is or does raises from here, but for exceptions that aren't its own (a worker that is lost).
    """
    if unanswered(answer):
        return Report(exercise.id, "not attempted", "Not attempted yet.")
    with warnings.catch_warnings(), randomness_kept(), usual_settings() as told, first_lines():
        # of inputs cut down to find more to say, or of other answers: nothing that the learner did
        warnings.filterwarnings("ignore", r"(var|std|cov).*degrees of freedom", UserWarning)
        report = _examined(exercise, answer, seed)
    for sentence in told:
        report = report.plus(sentence, "small")
    return report


def _examined(exercise: Exercise, answer: Any, seed: int) -> Report:
    try:
        return exercise.examine(answer, seed)
    except KeyboardInterrupt as stop:
        report = Report(exercise.id, "interrupted", "You stopped the check.")
        if stop.args:
            report = report.plus(f"Your function was still running on: {stop.args[0]}")
        return report.plus("A loop that never ends? Nothing was counted; change the cell and check again.")
    except Exception as error:
        return _broken(exercise, error)


def _broken(exercise: Exercise, error: Exception) -> Report:
    """What happened to a check that raised: the course's fault. Grading knows it by its first words."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}"
    report = exercise.failed("The check itself broke on this answer: a fault of the course, whatever your answer is.")
    return report.plus(f"{type(error).__name__}: {message(error)} ({where})", "code")
