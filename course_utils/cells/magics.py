"""Cells as plain Python: magics and shell commands taken out, what they time or capture kept.

IPython's own translation tokenizes a cell anew for every magic, which a hostile notebook can make take hours. Here the
parser says on which line it stumbles; if that line is a magic, it is replaced, and only so often.
"""

import ast
import re
from functools import lru_cache

TOO_LONG = 200_000
_MOST_MAGICS = 60
_RUN_BODY = {"time", "timeit", "capture", "prun", "memit", "python", "python3", "debug"}
_MAGIC = re.compile(r"([ \t]*)(%{1,2}|!{1,2}|\?{1,2})")
_ASSIGNED = re.compile(r"([ \t]*[\w, .\[\]'\"]{1,80}?=[ \t]*)([%!])")
_HELP = re.compile(r"([ \t]*)[%\w.*]{1,80}\?{1,2}[ \t]*(#.*)?$")


@lru_cache(maxsize=8192)
def python(source: str) -> str:
    """The code of a cell. Text that is no Python comes back as it is: running it will say what is wrong."""
    if len(source) > TOO_LONG or tree(source) is not None:
        return source
    lines = _below_cell_magic(source.split("\n"))
    for _ in range(_MOST_MAGICS):
        text = "\n".join(lines)
        stumbled = _stumbles(text)
        if stumbled is None:
            return text
        plain = _plain(lines[stumbled]) if stumbled < len(lines) else None
        if plain is None:
            return source
        lines[stumbled] = plain
    return source


@lru_cache(maxsize=8192)
def tree(source: str) -> ast.Module | None:
    """The syntax tree (top-level await allowed), or None. Trees are shared: do not change one."""
    if len(source) > TOO_LONG:
        return None
    try:
        return _parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):  # the last: deep trees, Python 3.11
        return None


def _parse(source: str) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return compile(source, "<cell>", "exec", flags, dont_inherit=True)


def _stumbles(text: str) -> int | None:
    """The (0-based) line at which parsing fails; None if it doesn't. A line past the end where nobody knows."""
    try:
        _parse(text)
    except SyntaxError as error:
        return (error.lineno or len(text)) - 1
    except (ValueError, RecursionError, MemoryError, SystemError):
        return len(text)
    return None


def _below_cell_magic(lines: list[str]) -> list[str]:
    """Without a leading `%%magic`; without anything, where the rest is no Python. Comments may stand above it."""
    for number, line in enumerate(lines):
        if line.startswith("%%"):
            name = (line[2:].split() or [""])[0]
            return [*lines[:number], *lines[number + 1 :]] if name in _RUN_BODY else [""]
        if line.strip() and not line.lstrip().startswith("#"):
            break
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    common = min(indents, default=0)  # IPython takes a cell that is indented as a whole
    return [line[common:] for line in lines]


def _plain(line: str) -> str | None:
    """A line without its magic; None if it has none."""
    if found := _MAGIC.match(line):
        indent, rest = found[1], line[found.end() :]
        if found[2] == "%" and rest.startswith("time ") and rest[5:].strip():
            return indent + rest[5:].strip()
        return indent + "pass"
    if found := _ASSIGNED.match(line):
        return found[1] + ("[]" if found[2] == "!" else "None")
    if found := _HELP.match(line):
        return found[1] + "pass"
    return None
