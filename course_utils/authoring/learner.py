"""The learner's notebook: solutions cut to stubs, outputs cleared, nbgrader's cell metadata.

Every code cell but the set-up is tagged `raises-exception`, so that Run All goes on past an exercise not done yet.
Claims that would give a prediction's result away stay in the solution, where they are run.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from course_utils.authoring.keep import stamp
from course_utils.authoring.notebook import assemble, code, opening, setup_source, text, with_addresses
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource
from course_utils.authoring.stubs import names_used_outside, stub
from course_utils.authoring.waiting import while_predictions_wait, without_claims
from course_utils.cells.syntax import checked_id


def learner_notebook(chapter: ChapterSource, registry: Mapping[str, Any], repository: Repository) -> NotebookNode:
    """`chapters/NN_name.ipynb`. The chapter must have passed `lint`."""
    cells = [*opening(chapter, "chapters", repository), *_cells(chapter, registry, repository)]
    return stamp(assemble(chapter, cells, {"version": repository.version}))


def _cells(chapter: ChapterSource, registry: Mapping[str, Any], repository: Repository) -> Iterator[NotebookNode]:
    telling = {cell.line for cell, _ in while_predictions_wait(chapter)}
    for cell in chapter.cells[1:]:
        tags = [tag for tag in cell.tags if not tag.startswith("nbval-")]  # they speak of outputs, which are cleared
        if "solution-only" in cell.tags:
            continue
        if cell.kind == "markdown":
            yield text(with_addresses(cell.source, repository), tags=tags)
        elif cell.is_setup:
            yield code(setup_source(chapter, cell.source, repository), tags=tags)
        elif cell.exercise is not None:
            source = stub(cell.source, cell.exercise, names_used_outside(chapter, cell))
            grading = _nbgrader("exercise", cell.exercise)
            yield code(source, exercise=cell.exercise, nbgrader=grading, tags=[*tags, "raises-exception"])
        elif id := checked_id(cell.source):
            source = f'{cell.source}\n# hint("{id}")   # solution("{id}")'
            grading = _nbgrader("check", id, points=registry[id].points)
            yield code(source, check=id, nbgrader=grading, tags=[*tags, "raises-exception"])
        elif source := without_claims(cell.source) if cell.line in telling else cell.source:
            yield code(source, tags=[*tags, "raises-exception"])


def _nbgrader(role: str, id: str, points: int | None = None) -> dict:
    """nbgrader's metadata (schema 3) of an answer cell, or with `points` of a check cell. Its ids know no dots."""
    grade = points is not None
    metadata = {
        "grade": grade,
        "grade_id": f"{role}-{id.replace('.', '-')}",
        "locked": grade,
        "schema_version": 3,
        "solution": not grade,
        "task": False,
    }
    return {**metadata, "points": points} if grade else metadata
