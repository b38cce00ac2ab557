"""One check, from answer to report. Displays nothing, records nothing."""

from typing import Any

from course_utils.checking.exercise import Exercise, unanswered
from course_utils.checking.guard import randomness_kept
from course_utils.checking.report import Report


def run_check(exercise: Exercise, answer: Any, seed: int = 0) -> Report:
    """Check `answer`. `seed` decides the inputs: live checks always use 0, so the same answer gives the same words."""
    if unanswered(answer):
        return Report(exercise.id, "not attempted", "Not attempted yet.")
    try:
        with randomness_kept():
            return exercise.examine(answer, seed)
    except KeyboardInterrupt as stop:
        report = Report(exercise.id, "interrupted", "You stopped the check.")
        if stop.args:
            report = report.plus(f"Your function was still running on: {stop.args[0]}")
        return report.plus("A loop that never ends? Nothing was counted; change the cell and check again.")
