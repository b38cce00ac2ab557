"""Superposition in neural networks: the tools behind the course's notebooks.

Importing this package is light: torch, plotly and transformer_lens are loaded by the parts that need them.
"""

from importlib import import_module

LEARNER_FUNCTIONS = {
    "check": "course_utils.desk.learner",
    "hint": "course_utils.desk.learner",
    "solution": "course_utils.desk.learner",
    "start": "course_utils.desk.learner",
    "predict": "course_utils.desk.predictions",
    "compare": "course_utils.desk.predictions",
    "quiz": "course_utils.desk.quizzes",
    "progress": "course_utils.desk.overview",
    "export_progress": "course_utils.desk.overview",
    "import_progress": "course_utils.desk.overview",
    "join": "course_utils.desk.joining",
    "leave": "course_utils.desk.joining",
}
"""Every function that a learner calls, and where it lives: the one list of them."""

__all__ = ["__version__", *LEARNER_FUNCTIONS]  # noqa: PLE0604 (the keys are strings)


def __getattr__(name: str):
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("superposition-course")
        except PackageNotFoundError:  # a source tree on sys.path that was never installed
            return "0+source"
    if name in LEARNER_FUNCTIONS:
        return getattr(import_module(LEARNER_FUNCTIONS[name]), name)
    raise AttributeError(f"module 'course_utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
