"""Finding a learner's answers in their notebook: by cell metadata, then by their check call, then by the name defined.

Notebooks come back with cells copied, split, merged, moved and stripped of metadata. The last definition wins, as it
would in a kernel, and helpers that an answer needs come with it. All else in a submission is ignored.
"""

import __future__

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from course_utils.cells.magics import python
from course_utils.cells.names import BUILTINS, Names, names
from course_utils.cells.syntax import checks, definitions, imported_from, imports_everything, normal_form
from course_utils.grading.chapter import PristineChapter
from course_utils.grading.notebook import Notebook

MOST_HELPERS = 200


class Answer(NamedTuple):
    """What a learner handed in for one exercise. `cells`: (number, code) in order; `how` it was found."""

    cells: list[tuple[int, str]]
    expression: str
    how: str


class _ReadCell(NamedTuple):
    number: int
    source: str
    names: Names
    exercise: str | None
    checks: dict[str, str]
    ours: bool
    """The chapter's own: context or a stub, as published."""
    star: bool
    """Whether it imports everything of a module."""


def find_answers(notebook: Notebook, chapter: PristineChapter) -> dict[str, Answer]:
    """id → answer, for the exercises that have been touched."""
    cells = _read(notebook, chapter)
    found = {id: _Search(cells, chapter, id).answer() for id in chapter.exercises}
    return {id: answer for id, answer in found.items() if answer is not None}


def chapter_of(notebook: Notebook, path: str, chapters: dict[str, PristineChapter]) -> PristineChapter | None:
    """The chapter a notebook belongs to: by the exercises it claims or checks, its file's name, what it defines."""
    votes: Counter[str] = Counter()
    for cell in notebook.cells:
        if cell.kind == "code":
            ids = {cell.exercise, cell.check, *checks(cell.source)}
            votes.update(id.split(".")[0] for id in ids if id)
    for number, _ in votes.most_common():
        if number in chapters:
            return chapters[number]
    name = path.rpartition("/")[2].lower()
    named = [c for c in chapters.values() if c.stem.lower() in name] or [
        c for c in chapters.values() if f"{int(c.number):02d}" in name
    ]
    if len(named) == 1:
        return named[0]
    defined = {n for cell in notebook.cells if cell.kind == "code" for n in names(cell.source).binds}
    known = {c.number: sum(c.targets(id) <= defined for id in c.exercises) for c in chapters.values()}
    best = max(known, key=known.get, default=None)
    return chapters[best] if best is not None and known[best] else None


def _read(notebook: Notebook, chapter: PristineChapter) -> list[_ReadCell]:
    published = {normal_form(item.source) for item in chapter.items}
    cells = []
    for number, cell in enumerate(c for c in notebook.cells if c.kind == "code"):
        source = python(cell.source)
        ours = normal_form(source) in published or not source.strip()
        star = not ours and "*" in source and imports_everything(source)
        cells.append(_ReadCell(number, source, names(source), cell.exercise, checks(source), ours, star))
    return cells


def _future(source: str) -> list[str]:
    """The cell's `from __future__ import …`, which hold for all cells below it."""
    names = sorted(imported_from(source, "__future__") & set(__future__.all_feature_names))
    return [f"from __future__ import {', '.join(names)}"] if names else []


class _Search:
    """One exercise in one notebook."""

    def __init__(self, cells: list[_ReadCell], chapter: PristineChapter, id: str) -> None:
        self.cells, self.chapter, self.id = cells, chapter, id
        self.own = [cell for cell in cells if not cell.ours]
        self.star = next((cell for cell in self.own if cell.star), None)
        self.binding: dict[str, list[_ReadCell]] = {}
        for cell in self.own:
            for name in cell.names.binds:
                self.binding.setdefault(name, []).append(cell)
        checked = [cell for cell in cells if id in cell.checks]
        self.given: dict[str, list[int]] = {}  # the chapter's own cells that bind a name
        for cell in cells:
            for name in cell.names.binds if cell.ours else ():
                self.given.setdefault(name, []).append(cell.number)
        self.last_check = checked[-1].number if checked else None
        self.called_with = checked[-1].checks[id] if checked else None

    def answer(self) -> Answer | None:
        expression, targets = self.chapter.expressions[self.id], self.chapter.targets(self.id)
        chosen = self._definers(targets)
        if chosen:
            how = "metadata" if any(cell.exercise == self.id for cell in chosen) else "name"
            missing = targets - frozenset().union(*(cell.names.binds for cell in chosen))
            return self._complete(chosen, expression, how, with_stub=bool(missing))
        if self.called_with is not None and self.called_with != expression:
            needs = names(self.called_with).needs - BUILTINS
            chosen = self._definers(needs)
            if chosen or not needs:
                return self._complete(chosen, self.called_with, "check call")
        if claimed := [cell for cell in self.own if cell.exercise == self.id]:
            return self._complete(claimed[-1:], expression, "metadata")
        return None

    def _definers(self, targets: Iterable[str]) -> list[_ReadCell]:
        """The cell that defines each of these names, for the names that are defined at all."""
        found = {cell.number: cell for name in targets if (cell := self._definer(name)) is not None}
        return [found[number] for number in sorted(found)]

    def _definer(self, name: str) -> _ReadCell | None:
        binding = self.binding.get(name, [])
        claimed = [cell for cell in binding if cell.exercise == self.id]
        free = [cell for cell in binding if cell.exercise is None]
        if claimed:
            later = [cell for cell in free if claimed[-1].number < cell.number <= (self.last_check or 0)]
            return (later or claimed)[-1]
        for some in (free, binding):
            before = [cell for cell in some if self.last_check is None or cell.number <= self.last_check]
            if some:
                return (before or some)[-1]
        return None

    def _complete(self, chosen: list[_ReadCell], expression: str, how: str, with_stub: bool = False) -> Answer:
        """The answer with the learner's helpers that it needs, each cell once, in the notebook's order."""
        needed, waiting, seen = {}, [], set()
        bound: dict[str, int] = {}  # name → the first of the needed cells that binds it

        def take(cell: _ReadCell) -> None:
            needed[cell.number] = cell
            waiting.append(cell)
            for name in cell.names.binds:
                bound[name] = min(bound.get(name, cell.number), cell.number)

        for cell in chosen:
            take(cell)
        while waiting and len(needed) < MOST_HELPERS:
            cell = waiting.pop()
            for name in sorted(cell.names.needs - BUILTINS - seen):
                seen.add(name)
                helper = self._helper(name, cell) if bound.get(name, cell.number) >= cell.number else None
                if helper is not None and helper.number not in needed:
                    take(helper)
        last = max(needed, default=len(self.cells))
        future = [
            (cell.number, line)
            for cell in self.own
            if "__future__" in cell.source and cell.number < last and cell.number not in needed
            for line in _future(cell.source)
        ]
        stub = [(-1, self.chapter.answer(self.id).source)] if with_stub else []
        cells = sorted([*future, *((n, cell.source) for n, cell in needed.items())])
        return Answer([*stub, *cells], expression, how)

    def _helper(self, name: str, user: _ReadCell) -> _ReadCell | None:
        """Who defines `name` for `user`: cells just above it, then the chapter, then any cell of the learner's."""
        binding = [cell for cell in self.binding.get(name, []) if cell.number != user.number]
        before = [cell for cell in binding if cell.number < user.number]
        if before and before[-1].number >= self.block[user.number]:
            return before[-1]
        if name in self.context:
            return self._redefined(name, user, before)
        if binding:
            return (before or binding)[-1]
        return self.star

    def _redefined(self, name: str, user: _ReadCell, before: list[_ReadCell]) -> _ReadCell | None:
        """The learner's own function or import with the name of one of the chapter's, where it came last.

        A changed value of the chapter's counts for nothing; nor does what is the same as the chapter's.
        """
        if name in self.answers:  # which runs in its own place
            return None
        given = [number for number in self.given.get(name, []) if number < user.number]
        own = [cell for cell in before if cell.number > (given or [-1])[-1] and name in definitions(cell.source)]
        if own and definitions(own[-1].source)[name] not in self._the_chapters(name):
            return own[-1]
        return None

    @cached_property
    def answers(self) -> frozenset[str]:
        """Names that the answers of this chapter bind."""
        return frozenset().union(*(names(item.source).binds for item in self.chapter.items if item.answers))

    def _the_chapters(self, name: str) -> set[str]:
        items = self.chapter.items[: self.chapter.check(self.id).number]
        return {found[name] for item in items if name in (found := definitions(item.source))}

    @cached_property
    def block(self) -> list[int]:
        """For each cell, where the run of the learner's own cells just above it begins."""
        starts, start = [], 0
        for cell in self.cells:
            starts.append(start)
            if cell.ours or cell.exercise not in (None, self.id) or cell.checks:
                start = cell.number + 1
        return starts

    @cached_property
    def context(self) -> frozenset[str]:
        """Names that the chapter binds before this exercise is checked."""
        items = self.chapter.items[: self.chapter.check(self.id).number]
        return frozenset().union(*(names(item.source).binds for item in items))
