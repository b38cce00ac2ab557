"""`course new 1.14 dimensionality`: the skeleton of an exercise, in the registry and in the chapter's source.

Nothing that exists is overwritten: everything that could stop it is looked at before the first file is touched. Nothing
is imported either, neither torch nor the registry: what there is, is read from the sources.
"""

import ast
import builtins
import keyword
import re
from pathlib import Path

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import NoSuchChapter, Repository
from course_utils.authoring.skeleton_text import Kind, skeleton
from course_utils.cells.names import bound_names
from course_utils.cells.syntax import parse
from course_utils.checking.ids import ids_in

WIDTH = 120  # of a line, as in pyproject.toml
LONGEST = 30  # letters of a subject: the lines that name it are then short enough for the formatter
_ENDING = re.compile(r"^# ## .*\b(summary|quiz|what you (now )?know|open problems)\b", re.IGNORECASE)


class CannotStart(CourseError):
    """The skeleton cannot be written; the message says why and what to do."""


def new_exercise(id: str, subject: str, kind: Kind, repository: Repository) -> list[Path]:
    """Write the skeleton of exercise `id`; returns the files written or changed, the new module first.

    `subject` is the module's name and what the learner's answer is called; the class is called the same in CamelCase.
    The formatter and the linter of the style checks leave all three files as they are.

    Raises:
        CannotStart: the id isn't the next of a chapter, a name is taken or is none, or a file is not as expected.
    """
    chapter = _chapter_of(id, repository)
    _check_name(subject)
    source, package = _source(chapter, repository), repository.package / "exercises" / f"ch{int(chapter):02d}"
    module, init = package / f"{subject}.py", package / "__init__.py"
    class_name = "".join(part.capitalize() for part in subject.split("_"))
    if module.exists():
        raise CannotStart(f"{repository.shown(module)} exists already: choose another subject.")
    if not init.is_file():
        raise CannotStart(f"{repository.shown(init)} does not exist: it must define EXERCISES and QUIZ.")

    source_text, bound = _readable(source, repository)
    if subject in bound:
        raise CannotStart(f"{repository.shown(source)} uses the name {subject} already: choose another subject.")
    if re.search(rf'^# %% .*\bexercise="{re.escape(id)}"', source_text, re.MULTILINE):
        raise CannotStart(f"{repository.shown(source)} has an answer cell of {id} already.")
    init_text, taken = _readable(init, repository)
    module_text = skeleton(kind).module.substitute(id=id, class_name=class_name)
    if class_name in taken or class_name in bound_names(module_text)[:-1]:  # the last is the class itself
        raise CannotStart(f"The class would be called {class_name}, as another is already: choose another subject.")

    init_text = _registered(
        init_text, f"course_utils.exercises.{package.name}.{subject}", class_name, repository.shown(init)
    )
    cells = skeleton(kind).cells.substitute(id=id, name=subject, signature=_signature(bound))
    source_text = _with_cells(source_text, cells)

    module.write_text(module_text, encoding="utf-8")
    init.write_text(init_text, encoding="utf-8")
    source.write_text(source_text, encoding="utf-8")
    return [module, init, source]


def _chapter_of(id: str, repository: Repository) -> str:
    """The chapter's number, if `id` is the next one in it."""
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}", id):
        raise CannotStart(f"An exercise's id is chapter.number, like 1.9; not {id!r}.")
    chapter, number = (str(int(part)) for part in id.split("."))
    if id != f"{chapter}.{number}":
        raise CannotStart(f"Write the id as the registry does: {chapter}.{number}.")
    known = ids_in(repository.package / "exercises")
    free = next(new for n in range(1, len(known) + 2) if (new := f"{chapter}.{n}") not in known)
    if id in known:
        raise CannotStart(f"Exercise {id} exists, in {repository.shown(known[id])}; the next free id is {free}.")
    if id != free:
        raise CannotStart(f"Exercises are numbered without gaps: the next free id is {free}, not {id}.")
    return chapter


def _check_name(subject: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", subject):
        raise CannotStart(f"A subject is a lower-case name, like dimensionality or neighbour_angles; not {subject!r}.")
    if keyword.iskeyword(subject) or hasattr(builtins, subject):
        raise CannotStart(f"{subject!r} is a word of Python: choose another subject.")
    if len(subject) > LONGEST:
        raise CannotStart(f"A subject has {LONGEST} letters at most; {subject!r} has {len(subject)}.")


def _source(chapter: str, repository: Repository) -> Path:
    try:
        return repository.sources([chapter])[0]
    except NoSuchChapter as error:
        raise CannotStart(f"{error} Write the chapter's source before its exercises.") from error


def _readable(file: Path, repository: Repository) -> tuple[str, list[str]]:
    """A file's text, and the names that it binds."""
    text = file.read_text(encoding="utf-8")
    if parse(text) is None:
        raise CannotStart(f"{repository.shown(file)} is not valid Python: put that right first.")
    return text, bound_names(text)


def _signature(bound: list[str]) -> str:
    """Annotated with shapes where the chapter imports what that takes."""
    shape = 'Float[Tensor, "batch feature"]'
    return f"(x: {shape}) -> {shape}" if {"Float", "Tensor"} <= set(bound) else "(x)"


def _registered(text: str, module: str, class_name: str, shown: str) -> str:
    """The text of a chapter's `__init__.py` with the class imported, and added to EXERCISES."""
    tree = ast.parse(text)
    lists = [node.value for node in tree.body if _assigns(node, "EXERCISES")]
    if len(lists) != 1 or not isinstance(lists[0], ast.List):
        raise CannotStart(f"{shown} should assign EXERCISES = [...] once, as a list: add {class_name} by hand.")
    imports = [n for n in tree.body if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("course_utils.")]
    if not imports:
        raise CannotStart(f"{shown} should import its exercises and quiz from course_utils: add {class_name} by hand.")
    elements = lists[0].elts
    called = bool(elements) and all(isinstance(element, ast.Call) for element in elements)

    lines = text.splitlines(keepends=True)
    _insert_element(lines, lists[0], f"{class_name}()" if called else class_name)  # below the imports: their lines stay
    later = (node.lineno - 1 for node in imports if _natural(node.module) > _natural(module))
    lines.insert(next(later, imports[-1].end_lineno), f"from {module} import {class_name}\n")
    return "".join(lines)


def _natural(name: str) -> list[str | int]:
    """The order in which ruff sorts modules: `topk2` before `topk10`."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _insert_element(lines: list[str], exercises: ast.List, entry: str) -> None:
    """Add `entry` as the last element of a list literal, on its own line where the others are or must be."""
    row, column = exercises.end_lineno - 1, exercises.end_col_offset - 1
    if exercises.end_lineno > exercises.lineno:
        last = exercises.elts[-1].end_lineno - 1
        if not lines[last].rstrip().endswith(","):
            lines[last] = _spliced(lines[last], exercises.elts[-1].end_col_offset, ",")
        lines.insert(last + 1, f"    {entry},\n")
        return
    line = _spliced(lines[row], column, f", {entry}" if exercises.elts else entry)
    if len(line.rstrip("\n")) <= WIDTH:
        lines[row] = line
        return
    start = exercises.col_offset + 1
    old = lines[row].encode()
    elements = [*(ast.unparse(element) for element in exercises.elts), entry]
    inside = "".join(f"    {element},\n" for element in elements)
    lines[row] = f"{old[:start].decode()}\n{inside}{old[column:].decode()}"


def _spliced(line: str, column: int, text: str) -> str:
    """`line` with `text` at a column as `ast` counts them: in bytes of UTF-8."""
    encoded = line.encode()
    return (encoded[:column] + text.encode() + encoded[column:]).decode()


def _assigns(node: ast.stmt, name: str) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _with_cells(text: str, cells: str) -> str:
    """The source with the cells before its closing part (quiz, summary, open problems), or at its end."""
    lines = text.splitlines(keepends=True)
    markers = [i for i, line in enumerate(lines) if line.startswith("# %%")]
    for start, end in zip(markers, [*markers[1:], len(lines)]):
        if any(_ENDING.match(line) or line.startswith("quiz(") for line in lines[start:end]):
            return "".join(lines[:start]) + cells + "\n" + "".join(lines[start:])
    text = text.rstrip("\n")
    end, last = len(text.splitlines()), parse(text).body[-1]
    definition = isinstance(last, ast.FunctionDef | ast.ClassDef) and last.end_lineno == end
    return text + ("\n\n\n" if definition else "\n\n") + cells
