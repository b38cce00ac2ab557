"""What a careful reader stumbles over, as far as a program can see it: figures that nobody comments, predictions
without a result, names that stand for two things. `docs/authors.md` has the rules for people.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from course_utils.authoring.source import Cell, ChapterSource, Problem
from course_utils.authoring.waiting import while_predictions_wait
from course_utils.cells.names import names
from course_utils.cells.syntax import calls, parse

_HEADING = re.compile(r"#{2,3} ")
_FIGURES = {"plots", "widgets"}


def predictions(chapter: ChapterSource) -> Iterator[Problem]:
    """Every prediction has a result after it, and every result its prediction: it would wait for ever."""
    made, shown = _lines(chapter, "predict"), _lines(chapter, "compare")
    for id, line in shown.items():
        if id not in made or made[id] > line:
            yield chapter.problem(
                line, f'compare("{id}", …) has no predict("{id}", …) before it: it would wait for ever'
            )
    for id, line in made.items():
        if id not in shown:
            yield chapter.problem(line, f'predict("{id}", …) has no compare("{id}", …): nobody learns how it went')


def sections_without_an_end(chapter: ChapterSource) -> Iterator[Problem]:
    """Sections whose last figure no text follows."""
    figure: Cell | None = None
    for cell in chapter.cells:
        if cell.kind == "code":
            figure = cell if _shows_a_figure(cell) else figure
            continue
        if figure is not None and _HEADING.match(cell.source):
            yield chapter.problem(figure.line, "the section ends in this figure: say what it shows and what follows")
        figure = None
    if figure is not None:
        yield chapter.problem(figure.line, "the chapter ends in this figure: say what it shows and what follows")


def figures_before_their_result(chapter: ChapterSource) -> Iterator[Problem]:
    """Figures between a prediction and its result: if they show it, `compare` should have them."""
    for cell, waiting in while_predictions_wait(chapter):
        if waiting and _ends_in_a_figure(cell):
            says = "if this figure shows it, hand it to `compare`, which waits for the prediction"
            yield chapter.problem(cell.line, f"between predict and compare of {', '.join(waiting)}: {says}")


def names_for_two_things(chapter: ChapterSource) -> Iterator[Problem]:
    """Names that two cells assign and a third one needs: who goes back to it may find the other meaning."""
    cells = [cell for cell in chapter.cells if cell.kind == "code"]
    assigned = defaultdict(list)
    for cell in cells:
        for name in _assigned(cell):
            assigned[name].append(cell)
    for name, by in assigned.items():
        others = [cell for cell in cells if cell not in by and name in names(cell.source).needs]
        if len(by) > 1 and others:
            where = ", ".join(str(cell.line) for cell in by[1:])
            says = f"`{name}` is given another meaning on line {where}; the cell on line {others[0].line} needs it"
            yield chapter.problem(by[0].line, says)


def _lines(chapter: ChapterSource, function: str) -> dict[str, int]:
    """The line of the first call for each id."""
    found: dict[str, int] = {}
    for cell in chapter.cells:
        for _, id, line in calls(parse(cell.source) if cell.kind == "code" else None, {function}):
            found.setdefault(id, cell.line + line - 1)
    return found


def _shows_a_figure(cell: Cell) -> bool:
    """Whether a figure is made in the cell. Helper functions are looked into only where they are called."""
    tree = parse(cell.source)
    statements = [s for s in tree.body if not isinstance(s, ast.FunctionDef | ast.ClassDef)] if tree else []
    return any(_is_figure(node) for statement in statements for node in ast.walk(statement))


def _ends_in_a_figure(cell: Cell) -> bool:
    tree = parse(cell.source)
    last = tree.body[-1] if tree and tree.body else None
    return isinstance(last, ast.Expr) and _is_figure(last.value)


def _is_figure(node: ast.AST) -> bool:
    """`plots.bars(…)`, `widgets.live_training(…)`."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in _FIGURES


def _assigned(cell: Cell) -> set[str]:
    """Names that the cell assigns with `=` at its top level; loop variables and `_` are nobody's."""
    tree = parse(cell.source)
    targets = [t for s in (tree.body if tree else []) if isinstance(s, ast.Assign) for t in s.targets]
    found = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found - {"_"}
