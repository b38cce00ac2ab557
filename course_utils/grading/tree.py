"""The only course code that a worker sees: the science and the figures, and calls like `check` that do nothing."""

import shutil
from pathlib import Path

from course_utils import LEARNER_FUNCTIONS

_PACKAGE = Path(__file__).resolve().parents[1]

TRUSTED = ("authoring", "board", "cells", "checking", "cli.py", "desk", "exercises", "grading", "planning")
"""Never in the tree: checks, solutions, marks, and what leads to them."""

_INIT = '''"""The course as a worker sees it: what reports to a learner does nothing here."""

__version__ = "0"


def _nothing(*args, **kwargs):
    return None


{calls} = _nothing
'''


def make_tree(target: Path) -> Path:
    """Fill the empty folder `target` with the packages `course_utils` (a part of it) and `course_worker`."""
    course = target / "course_utils"
    course.mkdir(parents=True)
    for entry in sorted(_PACKAGE.iterdir()):
        if entry.name in TRUSTED or entry.name in ("__init__.py", "__pycache__") or entry.is_symlink():
            continue
        if entry.is_dir():
            shutil.copytree(entry, course / entry.name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif entry.suffix in (".py", ".json", ".typed"):
            shutil.copy2(entry, course / entry.name)
    (course / "__init__.py").write_text(_INIT.format(calls=" = ".join(LEARNER_FUNCTIONS)), encoding="utf-8")
    inside = Path(__file__).with_name("inside")
    shutil.copytree(inside, target / "course_worker", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy2(_PACKAGE / "checking" / "tame.py", target / "course_worker" / "tame.py")
    _readable_by_all(target)
    return target


def _readable_by_all(target: Path) -> None:
    """The sandbox runs as another user."""
    target.chmod(0o755)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
