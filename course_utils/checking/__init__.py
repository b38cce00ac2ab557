"""The engine that runs a check and explains its result.

The names below are what a chapter's exercises are written with. They load torch, so they are resolved on first use.
"""

from importlib import import_module

_HOME = {
    "BadDefinition": "definition",
    "Band": "experiment",
    "Case": "trials",
    "Choice": "question",
    "Exercise": "exercise",
    "ExperimentExercise": "experiment",
    "FunctionExercise": "function",
    "Law": "trials",
    "Question": "question",
    "Report": "report",
    "ValueExercise": "value",
    "law": "trials",
    "mistake": "exercise",
    "rewrite": "exercise",
    "run_check": "run",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name in _HOME:
        return getattr(import_module(f"course_utils.checking.{_HOME[name]}"), name)
    raise AttributeError(f"module 'course_utils.checking' has no attribute {name!r}")
