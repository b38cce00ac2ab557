"""A chapter as a page: its text, its code with what it showed, exercises to open step by step."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from course_utils.authoring.errors import CourseError
from course_utils.authoring.notebook import with_addresses
from course_utils.authoring.repository import Repository
from course_utils.authoring.site import exercise
from course_utils.authoring.site.markup import code, folded, raw
from course_utils.authoring.site.outputs import shown
from course_utils.authoring.source import Cell, ChapterSource
from course_utils.authoring.stubs import names_used_outside
from course_utils.authoring.waiting import while_predictions_wait, without_claims
from course_utils.cells.syntax import call_of, calls, checked_id, parse

LONG = 14  # lines of code that a reader gets folded
_EXERCISE = re.compile(r"^\*\*Exercise ([\d.]+)\*\*\s*\([^)]*\)\s*", re.MULTILINE)
_PAGE = re.compile(r"(?<!\[)`docs/(\w+\.md)`")


def page(
    chapter: ChapterSource, executed: NotebookNode, registry: Mapping[str, Any], quiz: Iterable[Any], at: Repository
) -> str:
    """The page in MyST Markdown.

    executed: the chapter's solution notebook, whose outputs the page shows.

    Raises:
        CourseError: the notebook was made from another source.
    """
    outputs = outputs_by_line(chapter, executed)
    title, _, rest = chapter.cells[0].source.partition("\n")
    address = at.colab(f"chapters/{chapter.stem}.ipynb")
    opens = raw(f'<p class="open"><a class="colab" href="{address}">Open this chapter in Colab</a></p>')
    parts = [title, opens, _text(rest, at)]
    parts += _Body(chapter, outputs, registry, quiz, at).pieces()
    return "\n\n".join(parts) + "\n"


class _Body:
    """Everything after the first cell."""

    def __init__(
        self,
        chapter: ChapterSource,
        outputs: Mapping[int, list[Any]],
        registry: Mapping[str, Any],
        quiz: Iterable[Any],
        at: Repository,
    ) -> None:
        self.chapter, self.outputs, self.registry, self.quiz, self.at = chapter, outputs, registry, quiz, at
        self.telling = {cell.line for cell, _ in while_predictions_wait(chapter)}

    def pieces(self) -> Iterator[str]:
        inside = False  # an exercise
        for cell in self.chapter.cells[1:]:
            if "solution-only" in cell.tags:
                continue
            starts = cell.kind == "markdown" and _EXERCISE.search(cell.source)
            if inside and (starts or re.search("^#", cell.source if cell.kind == "markdown" else "", re.MULTILINE)):
                yield exercise.TAIL
                inside = False
            if starts:
                yield from self._task(cell.source, starts)
                inside = True
            elif cell.kind == "markdown":
                yield _text(cell.source, self.at)
            elif checked_id(cell.source):
                yield from [exercise.TAIL] * inside
                inside = False
            else:
                yield from self._code(cell)
        yield from [exercise.TAIL] * inside

    def _task(self, source: str, found: re.Match[str]) -> Iterator[str]:
        yield _text(source[: found.start()], self.at)
        yield exercise.head(self.registry[found[1]])
        yield _text(source[found.end() :], self.at)

    def _code(self, cell: Cell) -> Iterator[str]:
        outputs = self.outputs[cell.line]
        if cell.is_setup:
            yield folded("What this chapter imports", code(cell.source), kind="code")
        elif cell.exercise:
            names = names_used_outside(self.chapter, cell)
            yield from exercise.answer(cell, self.registry[cell.exercise], names, outputs)
        elif call_of(cell.source, "quiz"):
            yield exercise.quiz(self.quiz)
        elif not call_of(cell.source, "progress"):
            yield from self._cell(cell, outputs)

    def _cell(self, cell: Cell, outputs: list[Any]) -> Iterator[str]:
        source = without_claims(cell.source) if cell.line in self.telling else cell.source
        if source and not call_of(source, "predict"):
            lines = source.count("\n") + 1
            yield code(source) if lines <= LONG else folded(f"Code, {lines} lines", code(source), kind="code")
        results = [id for function, id, _ in calls(parse(cell.source), {"compare"}) if function == "compare"]
        if results:
            yield folded(f"Prediction {', '.join(results)}: what came out", *shown(outputs), kind="result")
        else:
            yield from shown(outputs)


def outputs_by_line(chapter: ChapterSource, executed: NotebookNode) -> dict[int, list[Any]]:
    """What each code cell showed, by its line in the source. A notebook opens with cells of its own.

    Raises:
        CourseError: the notebook was made from another source.
    """
    mine = chapter.cells[1:]
    pairs = list(zip(mine, executed.cells[len(executed.cells) - len(mine) :]))
    for cell, ran in pairs:
        if cell.kind != ran.cell_type or (cell.kind == "code" and not cell.is_setup and cell.source != ran.source):
            raise CourseError(
                f"{chapter.problem(cell.line, 'the executed notebook has another cell here')}: course build"
            )
    return {cell.line: ran.outputs for cell, ran in pairs if cell.kind == "code"}


def _text(source: str, at: Repository) -> str:
    """A text of the chapter, with links to pages of the site and to files of the repository."""
    return with_addresses(_PAGE.sub(r"[`docs/\1`](\1)", source), at).strip("\n")
