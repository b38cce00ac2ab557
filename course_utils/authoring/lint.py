"""What a chapter's source must be before anything is built from it. All that is wrong is reported at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from course_utils.authoring import telling
from course_utils.authoring.counts import OPTIONAL, PLACEHOLDERS
from course_utils.authoring.leak import leaks
from course_utils.authoring.regions import find_regions
from course_utils.authoring.source import Cell, ChapterSource, Problem
from course_utils.authoring.stubs import names_used_outside, stub
from course_utils.authoring.unfinished import unfinished, unfinished_lines
from course_utils.cells.syntax import calls, checked_id, imported_from, parse
from course_utils.checking.definition import where
from course_utils.checking.ids import nearest

LONG_CELL = 25
_LABEL = re.compile(r"\*\*Exercise\s+(\d+\.\d+)\*\*(\s*\(([^)]*)\))?")
_HEADER = {"chapter": str, "title": str, "reading": int, "budget_s": int, "budget_mib": int}


class Findings(NamedTuple):
    """`problems` stop the build; `notes` are for the author to weigh."""

    problems: list[Problem]
    notes: list[Problem]


def lint(chapter: ChapterSource, registry: Mapping[str, Any]) -> Findings:
    """Everything wrong with a chapter, given `registry`: exercises of the whole course by id."""
    problems = [
        *_header(chapter),
        *_layout(chapter),
        *_syntax(chapter),
        *_markers(chapter),
        *_exercises(chapter, registry),
        *_registry(chapter, registry),
        *_mentions(chapter, registry),
        *telling.predictions(chapter),
        *telling.sections_without_an_end(chapter),
    ]
    if not problems:  # these two need a chapter that can be cut
        problems = [*_stubs(chapter), *leaks(chapter)]
    unique = dict.fromkeys(problems)
    return Findings(sorted(unique, key=lambda p: (p.path != chapter.path, p.path, p.line)), list(_notes(chapter)))


def meta_text(exercise: Any) -> str:
    """What stands in brackets after **Exercise n.n**: `B · 8 min · 2 points · needs 1.2`."""
    parts = [exercise.difficulty, f"{exercise.minutes} min", f"{exercise.points} point{'s' * (exercise.points != 1)}"]
    if exercise.needs:
        parts.append(f"needs {', '.join(exercise.needs)}")
    return " · ".join(parts)


def _header(chapter: ChapterSource) -> Iterator[Problem]:
    if not chapter.course:
        yield chapter.problem(1, "the header has no `course: {chapter, title, reading, budget_s, budget_mib}` block")
        return
    for key, kind in _HEADER.items():
        if not isinstance(chapter.course.get(key), kind):
            noun = "a text in quotes" if kind is str else "a whole number"
            yield chapter.problem(1, f"the header's course block needs {key}: {noun}, not {chapter.course.get(key)!r}")
    if isinstance(given := chapter.course.get("chapter"), str) and given != chapter.stem[:2]:
        yield chapter.problem(1, f'the header says chapter "{given}", the file name {chapter.stem[:2]}')
    if chapter.kernelspec["language"] != "python":
        yield chapter.problem(1, f"the kernel's language is {chapter.kernelspec['language']!r}, not 'python'")


def _layout(chapter: ChapterSource) -> Iterator[Problem]:
    first = chapter.cells[0] if chapter.cells else None
    if first is None or first.kind != "markdown" or not first.source.startswith("# "):
        yield chapter.problem(first.line if first else 1, "the first cell must be text that starts with a `# ` title")
    elif missing := [each for each in PLACEHOLDERS if each not in OPTIONAL and each not in first.source]:
        says = f"the first cell does not say {', '.join(missing)}: the build puts the registry's numbers there"
        yield chapter.problem(first.line, says)
    setups = [cell for cell in chapter.cells if cell.is_setup]
    if not setups:
        yield chapter.problem(1, 'there is no setup cell: `# %% tags=["setup"]` with the chapter\'s imports')
        return
    for extra in setups[1:]:
        yield chapter.problem(extra.line, f"second setup cell; the first is on line {setups[0].line}")
    for cell in chapter.cells[: chapter.cells.index(setups[0])]:
        if cell.kind == "code":
            yield chapter.problem(cell.line, "code before the setup cell")
    imported = imported_from(setups[0].source, "course_utils")
    if chapter.answers() and (missing := [name for name in ("check", "hint", "solution") if name not in imported]):
        yield chapter.problem(setups[0].line, f"the setup cell does not import {', '.join(missing)} from course_utils")


def _syntax(chapter: ChapterSource) -> Iterator[Problem]:
    for cell in chapter.cells:
        if cell.kind == "code" and parse(cell.source) is None:
            yield chapter.problem(cell.line, "the cell is not valid Python")
        yield from unfinished_lines(chapter.path, cell.line, cell.source)


def _markers(chapter: ChapterSource) -> Iterator[Problem]:
    for cell in chapter.cells:
        regions, faults = find_regions(cell.source)
        for fault in faults:
            yield chapter.problem(cell.line + fault.line, fault.message)
        if regions and cell.exercise is None:
            message = 'solution region outside an answer cell: mark the cell `# %% exercise="n.n"`'
            yield chapter.problem(cell.line + regions[0].begin, message)
        if cell.exercise is not None and not regions and not faults:
            message = f"the answer cell of {cell.exercise} has no solution region: its answer would be given away"
            yield chapter.problem(cell.line, message)


def _exercises(chapter: ChapterSource, registry: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[str, Cell] = {}
    checks = _check_cells(chapter)
    for cell in chapter.cells:
        if (id := cell.exercise) is None:
            continue
        if id in seen:
            yield chapter.problem(cell.line, f"exercise {id} has an answer cell already, on line {seen[id].line}")
            continue
        seen[id] = cell
        if cell.kind != "code":
            yield chapter.problem(cell.line, f"the answer cell of {id} is not code")
        if id not in registry:
            yield chapter.problem(cell.line, f"course_utils/exercises has no {id}{nearest(id, registry)}")
        elif id.partition(".")[0] != chapter.number:
            yield chapter.problem(cell.line, f"exercise {id} belongs to chapter {id.partition('.')[0]}")
        after = [check for check in checks if check[0] == id]
        if not after:
            yield chapter.problem(
                cell.line, f'exercise {id} has no check cell: `check("{id}", …)` as a cell of its own'
            )
        for _, check in after[1:]:
            yield chapter.problem(check.line, f"exercise {id} is checked already, on line {after[0][1].line}")
        if after and after[0][1].line < cell.line:
            yield chapter.problem(
                after[0][1].line, f"exercise {id} is checked before its answer cell, on line {cell.line}"
            )
        yield from _label(chapter, cell, registry.get(id))
    for id, cell in checks:
        if id not in seen:
            yield chapter.problem(cell.line, f'{id} is checked, and no cell is marked `exercise="{id}"`')


def _label(chapter: ChapterSource, answer: Cell, exercise: Any) -> Iterator[Problem]:
    """The **Exercise n.n** text: there, before its answer, and telling what the registry knows."""
    id = answer.exercise
    labels = [
        (cell, match) for cell in chapter.cells if cell.kind == "markdown" for match in _LABEL.finditer(cell.source)
    ]
    mine = [(cell, match) for cell, match in labels if match[1] == id]
    if not mine:
        yield chapter.problem(answer.line, f"the answer cell of {id} has no text **Exercise {id}** (…) before it")
        return
    cell, match = mine[0]
    line = cell.line + cell.source[: match.start()].count("\n")
    if cell.line > answer.line:
        yield chapter.problem(line, f"the text of exercise {id} comes after its answer cell")
    if exercise is not None:
        said, known = " ".join((match[3] or "").split()), meta_text(exercise)
        if said != known:
            yield chapter.problem(line, f"**Exercise {id}** says ({said}), course_utils/exercises says ({known})")


def _registry(chapter: ChapterSource, registry: Mapping[str, Any]) -> Iterator[Problem]:
    """Exercises of this chapter that the registry knows: all in the notebook, and written to the end."""
    answers = chapter.answers()
    for id, exercise in registry.items():
        if id.partition(".")[0] != chapter.number:
            continue
        if id not in answers:
            yield Problem(*where(type(exercise)), f"exercise {id} has no answer cell in {chapter.path}")
        yield from unfinished(exercise)


def _mentions(chapter: ChapterSource, registry: Mapping[str, Any]) -> Iterator[Problem]:
    """Ids in `hint("1.4")` and `solution("1.4")`, numbers in `quiz("1")`."""
    for cell in chapter.cells:
        tree = parse(cell.source) if cell.kind == "code" else None
        for name, id, line in calls(tree, {"check", "hint", "solution", "quiz"}):
            if name == "quiz" and id != chapter.number:
                yield chapter.problem(cell.line + line - 1, f'quiz("{id}") in chapter {chapter.number}')
            elif name in ("check", "hint", "solution") and id not in registry:
                yield chapter.problem(
                    cell.line + line - 1, f'{name}("{id}"): there is no such exercise{nearest(id, registry)}'
                )


def _stubs(chapter: ChapterSource) -> Iterator[Problem]:
    for id, cell in chapter.answers().items():
        try:
            cut = stub(cell.source, id, names_used_outside(chapter, cell))
        except ValueError as error:
            yield chapter.problem(cell.line, f"exercise {id}: {error}")
            continue
        if parse(cut) is None:
            yield chapter.problem(cell.line, f"exercise {id}: what is left without the solution is not valid Python")


def _notes(chapter: ChapterSource) -> Iterator[Problem]:
    for cell in chapter.cells:
        lines = sum(bool(line.strip()) for line in cell.source.split("\n"))
        if cell.kind == "code" and lines > LONG_CELL:
            yield chapter.problem(cell.line, f"a cell of {lines} lines; up to 15 read well")
    yield from telling.figures_before_their_result(chapter)
    yield from telling.names_for_two_things(chapter)


def _check_cells(chapter: ChapterSource) -> list[tuple[str, Cell]]:
    return [(id, cell) for cell in chapter.cells if cell.kind == "code" and (id := checked_id(cell.source))]
