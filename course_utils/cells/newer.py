"""Code that a newer Python than this one reads: a learner's may be newer than the grader's."""

import re
import sys

from course_utils.cells.magics import python, tree

_SINCE = {
    (3, 12): re.compile(
        r"^[ \t]*(?:type[ \t]+\w+[ \t]*(?:\[[^\]\n]*\])?[ \t]*=|(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*\[)", re.M
    ),
    (3, 14): re.compile(r"^[ \t]*except[ \t]+[\w.]+[ \t]*,[ \t]*[\w., \t]+:|\b[tT][rR]?[\"']", re.M),
}  # fmt: skip
"""`type X = …`, `def f[T](…)`; `except A, B:`, t"…"."""


def newer_python(source: str) -> str | None:
    """The version ("3.12") that would perhaps read this code, which this Python does not; None for any other code."""
    text = python(source)
    if tree(text) is not None:
        return None
    for version, signs in _SINCE.items():
        if sys.version_info < version and (signs.search(text) or (version == (3, 12) and _quotes_again(text))):
            return ".".join(map(str, version))
    return None


def _quotes_again(text: str) -> bool:
    """Whether Python stumbles over an f-string: before 3.12 its own quotes, backslashes and comments ended it."""
    try:
        compile(text, "<cell>", "exec", dont_inherit=True)
    except SyntaxError as error:
        where = text.split("\n")[(error.lineno or 1) - 1 :][:1]
        return "f-string" in (error.msg or "") or bool(where and re.search(r"\b[fF][rR]?[\"']", where[0]))
    except (ValueError, RecursionError, MemoryError, SystemError):
        return False
    return False
