"""How the tests are divided: among the workers of `make test`, and by chapter for `make test CHAPTER=09`."""

import re

from xdist.scheduler import LoadScopeScheduling

SANDBOXED = tuple(
    f"tests/grading/test_{name}.py"
    for name in (
        *("at_hand", "attacks", "batch", "cgroup", "cluster", "command", "copies", "files", "honest", "memory"),
        *("partial", "postgres", "results", "sandbox", "stopped", "walls"),
    )
)
"""Files whose tests one worker runs: they start sandboxes, share a grader, and count what is left behind."""

LONGEST_FIRST = (
    *SANDBOXED,
    "solutions/",
    "tests/notebooks/",
    "tests/browser/",
    "tests/hub/",
    "tests/site/",
    "tests/authoring/",
    "tests/lm",
    "tests/grading/",
)
"""What begins first, so that the workers end together. Everything else comes after it, in its usual order."""

BY_CHAPTER = re.compile(
    r"^(?:solutions/(?P<solution>\d\d)_"
    r"|tests/exercises/ch(?P<oracles>\d\d)/"
    r"|tests/browser/test_chapter_(?P<browser>\d\d)\.py"
    r"|tests/(?:authoring/test_gates|grading/test_remote_answers|exercises/test_chapters"
    r"|notebooks/test_learner_notebooks|notebooks/test_readme)\.py::\w+\[(?:\d-)?(?P<parameter>\d+))"
)
EVERY_CHAPTER = (
    "tests/test_style.py",
    "tests/authoring/test_gates.py",
    "tests/exercises/test_chapters.py",
    "tests/notebooks/test_learner_notebooks.py",
    "tests/notebooks/test_readme.py",
)
"""Where tests stand that concern each chapter, if they don't concern one alone."""


def chapter_of(nodeid: str) -> str | None:
    """The chapter that a test is about: "09" of `solutions/09_saes_toy.ipynb::Cell 3`."""
    found = BY_CHAPTER.match(nodeid)
    return f"{int(found[found.lastgroup]):02d}" if found else None


def concerns(nodeid: str, chapter: str) -> bool:
    """Whether a test says something about this chapter in particular."""
    about = chapter_of(nodeid)
    return about == chapter if about is not None else nodeid.startswith(EVERY_CHAPTER)


def group(nodeid: str) -> str:
    """Tests of one group run in one worker, in their order: a file's, of one chapter where it has several chapters'."""
    if nodeid.startswith(SANDBOXED):
        return "sandboxed"
    return f"{nodeid.partition('::')[0]} {chapter_of(nodeid) or ''}"


def begins(nodeid: str) -> int:
    """A smaller number begins earlier."""
    return next((place for place, start in enumerate(LONGEST_FIRST) if nodeid.startswith(start)), len(LONGEST_FIRST))


class Division(LoadScopeScheduling):
    """A worker that is nearly done gets the next group."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
