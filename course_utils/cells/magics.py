"""Cells as plain Python: magics and shell commands taken out, what they time or capture kept.

IPython's own translation tokenizes a cell anew for every magic, which a hostile notebook can make take hours. Here the
parser says on which line it stumbles; if that line is a magic, it is replaced, and only so often.
"""

import ast
import contextlib
import re
from functools import lru_cache

TOO_LONG = 200_000
_MOST_MAGICS = 60
_MOST_LINES = 50
_MOST_READINGS = 20
_TIMING = (
    "__import__('types').SimpleNamespace(average=0.0, best=0.0, worst=0.0, stdev=0.0, all_runs=[0.0], timings=[0.0], "
    "loops=1, repeat=1, compile_time=0.0)"
)
"""What `%timeit -o` gives: here nothing is timed."""
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
        found = _with_more_lines(lines, stumbled)
        if found is None:
            return source
        start, end, plain = found
        lines[start:end] = [plain, *[""] * (end - start - 1)]  # the others stay where they are
    return source


@lru_cache(maxsize=8192)
def tree(source: str) -> ast.Module | None:
    """The syntax tree (top-level await allowed), or None. Trees are shared: do not change one."""
    if len(source) > TOO_LONG:
        return None
    try:
        return _parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return None


def _parse(source: str) -> ast.Module:
    """Before 3.11.9 and 3.12.3 all threads count the depth of their trees in one place, and good code is refused now
    and then with a SystemError while another thread reads (CPython's issue 106905): it is read again."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for _ in range(_MOST_READINGS):
        with contextlib.suppress(SystemError):
            return compile(source, "<cell>", "exec", flags, dont_inherit=True)
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


def _with_more_lines(lines: list[str], stumbled: int) -> tuple[int, int, str] | None:
    """(start, end, plain) of the magic at which the parser stumbles, or of that which ends there, line by line with
    backslashes: `!pip install a \\`. None if there is none."""
    if stumbled >= len(lines):
        return None
    start = stumbled
    while start > 0 and lines[start - 1].rstrip().endswith("\\") and stumbled - start < _MOST_LINES:
        start -= 1
    for first in dict.fromkeys((start, stumbled)):
        end = first + 1
        while end < len(lines) and lines[end - 1].rstrip().endswith("\\"):
            end += 1
        text = " ".join(line.rstrip().removesuffix("\\").rstrip() for line in lines[first:end])
        plain = _plain(lines[first] if end == first + 1 else text)
        if plain is not None:
            return first, end, plain
    return None


def _below_cell_magic(lines: list[str]) -> list[str]:
    """Without a leading `%%magic`; without anything, where the rest is no Python. Comments may stand above it."""
    for number, line in enumerate(lines):
        if line.startswith("%%"):
            name = (line[2:].split() or [""])[0]
            runs = name in _RUN_BODY or (name == "writefile" and line.rstrip().endswith(".py"))
            return [*lines[:number], *lines[number + 1 :]] if runs else [""]
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
        magic = line[found.end() :].strip()
        if found[2] == "!":
            return found[1] + "[]"
        if magic.startswith("time ") and magic[5:].strip():
            return found[1] + magic[5:].strip()
        return found[1] + (_TIMING if magic.startswith("timeit ") else "None")
    if found := _HELP.match(line):
        return found[1] + "pass"
    return None
