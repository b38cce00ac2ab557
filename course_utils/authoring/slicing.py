"""Which cells of a chapter an exercise's check depends on, and running just these.

`course verify 1.9` can so check one exercise without training everything the chapter trains before it.
"""

import ast
import contextlib
import io
import linecache
from collections.abc import Callable
from typing import Any, NamedTuple

from course_utils.authoring.source import Cell, ChapterSource
from course_utils.authoring.stubs import names_used_outside, stub
from course_utils.cells.names import names
from course_utils.cells.slicing import backward_slice
from course_utils.cells.syntax import call_of, checked_id, parse


class Answered(NamedTuple):
    """What an exercise's check is called with; or the `error` that kept it from being called, raised on `line`."""

    answer: Any = None
    error: Exception | None = None
    line: int | None = None


def check_cell(chapter: ChapterSource, id: str) -> Cell:
    """Raises LookupError when no cell checks this exercise."""
    for cell in chapter.cells:
        if cell.kind == "code" and checked_id(cell.source) == id:
            return cell
    raise LookupError(f'{chapter.path} has no cell `check("{id}", …)`')


def cells_needed(chapter: ChapterSource, id: str) -> list[Cell]:
    """The set-up cell and every earlier cell that binds, directly or not, a name in the answer that is checked."""
    check = check_cell(chapter, id)
    earlier = [cell for cell in chapter.cells[: chapter.cells.index(check)] if cell.kind == "code"]
    needed = names(_answer_expression(check)).needs
    return backward_slice(earlier, needed, lambda cell: names(cell.source), always=lambda cell: cell.is_setup)[0]


def answer_of(chapter: ChapterSource, id: str, *, as_stub: bool) -> Answered:
    """The answer to exercise `id`, with its cell untouched (`as_stub`) or solved. All other exercises are solved.

    Cells run in this process, in a namespace of their own. As in a notebook run to its end, a cell that raises does not
    stop the next one: cells between a stub and its check may raise, and what counts is what the check then gets.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    first: Answered | None = None
    for cell in cells_needed(chapter, id):
        stubbed = as_stub and cell.exercise == id
        source = stub(cell.source, id, names_used_outside(chapter, cell)) if stubbed else cell.source
        if (error := _run(source, space)) is not None:
            first = first or Answered(None, error, cell.line)
            if not as_stub:
                return first
    check = check_cell(chapter, id)
    try:
        return Answered(eval(_answer_expression(check), space))
    except Exception as error:
        return first or Answered(None, error, check.line)


def answerer(chapter: ChapterSource, id: str) -> Callable[[str, dict[str, Any]], Any]:
    """Run the cells that come before the answer of `id`, once; and return what makes an answer of a text for its cell.

    That function runs the text (with more names to use), the cells between it and the check, and the check's argument,
    in a copy of the namespace: a text finds no name that another one has bound. It raises what they raise.

    Raises:
        LookupError: no cell checks `id`.
    """
    needed, check = cells_needed(chapter, id), check_cell(chapter, id)
    at = next((i for i, cell in enumerate(needed) if cell.exercise == id), len(needed))
    before: dict[str, Any] = {"__name__": "__main__"}
    for cell in needed[:at]:
        _run_or_raise(cell.source, before)

    def answer(text: str, more: dict[str, Any]) -> Any:
        space = {**before, **more}
        for source in (text, *(cell.source for cell in needed[at + 1 :])):
            _run_or_raise(source, space)
        return eval(_answer_expression(check), space)

    return answer


def _run_or_raise(source: str, space: dict[str, Any]) -> None:
    if (error := _run(source, space)) is not None:
        raise error


def _answer_expression(check: Cell) -> str:
    return ast.unparse(call_of(check.source, "check").args[1])


def _run(source: str, space: dict[str, Any]) -> Exception | None:
    """Run a cell's code, silently. Its text is where tracebacks look for it, as in a notebook."""
    filename = f"<cell {hash(source):x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(parse(source), filename, "exec"), space)
    except Exception as error:
        return error
    return None
