"""The pristine chapter: what marks are made from, apart from the answers. Read from the published notebook."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.cells.magics import python
from course_utils.cells.names import names
from course_utils.cells.syntax import checks, statements
from course_utils.grading.notebook import parse


@dataclass(frozen=True)
class Item:
    """One code cell. `answers` or `checks` is the id of an exercise; others are context, statement by statement."""

    number: int
    source: str
    answers: str | None = None
    checks: str | None = None
    statements: list[str] = field(default_factory=list)
    is_setup: bool = False


@dataclass(frozen=True)
class PristineChapter:
    """`exercises`: id → the exercise, in the order of the notebook. `seconds`: what running all of it may take."""

    number: str
    stem: str
    items: list[Item]
    exercises: dict[str, Any]
    expressions: dict[str, str]
    seconds: float = 60.0

    def answer(self, id: str) -> Item:
        return next(item for item in self.items if item.answers == id)

    def check(self, id: str) -> Item:
        return next(item for item in self.items if item.checks == id)

    def targets(self, id: str) -> frozenset[str]:
        """The names that an answer must bind: those of the checked expression that the stub binds."""
        return names(self.expressions[id]).needs & names(self.answer(id).source).binds

    @property
    def total(self) -> int:
        return sum(exercise.points for exercise in self.exercises.values())


def read_chapter(path: Path, get: Callable[[str], Any]) -> PristineChapter:
    """Read `NN_name.ipynb`; `get` gives the exercise of an id.

    Raises:
        ValueError: an exercise has no answer cell before its check cell.
    """
    notebook = parse(path.read_bytes())
    items, expressions, answered = [], {}, set()
    for number, cell in enumerate(c for c in notebook.cells if c.kind == "code"):
        source = python(cell.source)
        checked = cell.check and checks(source).get(cell.check)
        if cell.exercise:
            answered.add(cell.exercise)
            items.append(Item(number, source, answers=cell.exercise))
        elif checked:
            if cell.check not in answered:
                raise ValueError(f"{path.name}: exercise {cell.check} is checked before it is answered")
            expressions[cell.check] = checked
            items.append(Item(number, source, checks=cell.check))
        else:
            items.append(Item(number, source, statements=statements(source), is_setup=not items))
    exercises = {id: get(id) for id in expressions}
    number = path.stem.split("_")[0]
    return PristineChapter(
        str(int(number)), path.stem, items, exercises, expressions, float(_budget(path)) if number.isdigit() else 60.0
    )


def _budget(path: Path) -> float:
    import json

    course = json.loads(path.read_text(encoding="utf-8")).get("metadata", {}).get("course", {})
    return max(60.0, float(course.get("budget_s", 60)))


def read_chapters(paths: Iterable[Path], get: Callable[[str], Any]) -> dict[str, PristineChapter]:
    """number → chapter, for every published notebook (`NN_name.ipynb`) of these that has exercises."""
    found = (read_chapter(path, get) for path in paths)
    return {chapter.number: chapter for chapter in found if chapter.exercises}
