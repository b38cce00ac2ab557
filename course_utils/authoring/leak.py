"""Does the learner's notebook still contain an answer somewhere?"""

import re
from collections.abc import Iterator

from course_utils.authoring.regions import find_regions, region_code
from course_utils.authoring.source import Cell, ChapterSource, Problem

TELLING = 30
"""A line of a solution with this many characters besides blanks is no coincidence when it stands elsewhere too."""
WHOLE = 8
"""The same for a solution as a whole, which may be one short line."""


def leaks(chapter: ChapterSource) -> Iterator[Problem]:
    """A problem for each solution that stands, whole or with a telling line, in what the learner gets."""
    visible = [(cell, _squeezed(_visible(cell))) for cell in chapter.cells if "solution-only" not in cell.tags]
    for answer in chapter.answers().values():
        for region in find_regions(answer.source)[0]:
            solution = _squeezed(region_code(answer.source, region))
            for cell, lines in visible:
                if line := _shared(solution, lines):
                    message = f"the cell on line {cell.line} gives away this solution of {answer.exercise}: {line}"
                    yield chapter.problem(answer.line + region.begin + 1, message)


def _shared(solution: dict[str, str], lines: dict[str, str]) -> str | None:
    """A line of the solution that shows it stands among `lines`, as it is written there."""
    for squeezed in solution:
        if len(squeezed) >= TELLING and squeezed in lines:
            return lines[squeezed]
    enough = sum(map(len, solution)) >= WHOLE
    return lines[next(iter(solution))] if enough and all(line in lines for line in solution) else None


def _visible(cell: Cell) -> str:
    """What the learner sees of a cell: all but its solution regions."""
    lines = cell.source.split("\n")
    for region in reversed(find_regions(cell.source)[0]):
        del lines[region.begin : region.end + 1]
    return "\n".join(lines)


def _squeezed(code: str) -> dict[str, str]:
    """Each line of code without blanks and comments → the line as written. Lines without code are left out."""
    written = (re.sub(r"(^|\s)#.*", "", line).strip() for line in code.split("\n"))
    return {"".join(line.split()): line for line in written if line}
