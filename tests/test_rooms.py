"""The rooms of course_utils/: imports go downwards only and never in a circle, and docs/rooms.md says what is there."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from course_utils import LEARNER_FUNCTIONS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "course_utils"
FLOORS = [
    {"cli", "authoring", "board", "grading", "planning"},
    {"exercises", "desk"},
    {"checking", "plots", "widgets", "cells"},
    {"toy", "computing", "minilang", "lm", "lm_training", "probing", "neurons", "sae", "compiled", "writing"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS, 1) for room in rooms}
SCIENCE = FLOORS[-1]
NOTEBOOKS = {"IPython", "ipywidgets", "plotly", "ipykernel", "nbformat", "nbclient", "jupytext", "circuitsvis"}


class Import(NamedTuple):
    """`target` is a module of the package, by its dotted name without the package's, or another library's top name."""

    module: str
    target: str
    line: int
    ours: bool

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}, imports {self.target}"


def modules(package: Path) -> dict[str, Path]:
    """Dotted name without the package's own → file: "toy" is toy/__init__.py, "toy.losses" is toy/losses.py."""
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: path for name, path in found.items() if name}


def imports(package: Path) -> list[Import]:
    """All of them, those inside functions too, and modules that are only named in a text of the code, to be found
    when it runs."""
    known = modules(package)
    return [each for name, path in known.items() for each in _imports_of(name, path, package.name, known)]


def _imports_of(module: str, path: Path, package: str, known: dict[str, Path]) -> Iterator[Import]:
    dotted = f"{package}.{module}"
    here = dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]
    texts = {f"{package}.{name}" for name in known} - {here}  # a module may look for files in its own package
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _names(node, here, texts):
            top, _, inside = name.partition(".")
            if top != package:
                yield Import(module, top, node.lineno, ours=False)
            elif target := _module(inside, known):
                yield Import(module, target, node.lineno, ours=True)


def _names(node: ast.AST, here: str, texts: set[str]) -> list[str]:
    """What a piece of code imports, in full; `here` is the package that a relative import starts from."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = here.split(".")[: here.count(".") + 2 - node.level] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    return [node.value] if isinstance(node, ast.Constant) and node.value in texts else []


def _module(name: str, known: dict[str, Path]) -> str:
    """The module in which a dotted name stands; "" for a constant of the package itself, like its version."""
    if name in LEARNER_FUNCTIONS:  # `from course_utils import check`: the package fetches it from the desk
        return LEARNER_FUNCTIONS[name].partition(".")[2]
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def room(module: str) -> str:
    return module.partition(".")[0]


def upwards(found: list[Import]) -> list[str]:
    return [str(each) for each in found if each.ours and FLOOR[room(each.target)] < FLOOR[room(each.module)]]


def circle(pairs: set[tuple[str, str]]) -> list[str]:
    """One that is there, or []."""
    graph: dict[str, set[str]] = {}
    for importer, target in pairs:
        if importer != target:
            graph.setdefault(importer, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def found() -> list[Import]:
    return imports(PACKAGE)


def test_every_room_stands_on_one_floor():
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__"} == set(FLOOR)
    assert sum(map(len, FLOORS)) == len(FLOOR)


def test_imports_go_downwards_only(found):
    assert upwards(found) == []


def test_no_room_and_no_module_imports_itself_in_a_circle(found):
    ours = [each for each in found if each.ours]
    assert circle({(room(each.module), room(each.target)) for each in ours}) == []
    assert circle({(each.module, each.target) for each in ours}) == []


def test_the_engine_knows_no_exercises(found):
    """checking/ explains any check: a registry in its reach would be one in the reach of what a learner hands in."""
    assert {each.target for each in found if each.ours and room(each.module) == "checking"} <= {
        name for name in modules(PACKAGE) if room(name) == "checking"
    }


def test_the_science_knows_nothing_of_notebooks(found):
    science = [each for each in found if room(each.module) in SCIENCE]
    assert [str(each) for each in science if each.target in NOTEBOOKS] == []


def test_no_chapters_exercises_and_no_chapters_figures_take_anothers(found):
    def chapter(module: str) -> str:
        return "".join(re.findall(r"^(?:exercises|plots)\.(ch\d\d)", module))

    of_chapters = [each for each in found if chapter(each.module) and chapter(each.target)]
    assert [str(each) for each in of_chapters if chapter(each.module) != chapter(each.target)] == []


class TestTheReader:
    """It finds what it is there to find: in a small house with a fault of each kind."""

    FILES = {
        "cli.py": "from house import plots",
        "plots/__init__.py": "def f():\n    from house.desk import show",
        "plots/bars.py": "from . import lines\nfrom ..checking import run",
        "plots/lines.py": "import house.plots.bars",
        "desk/__init__.py": "from house import __version__",
        "desk/late.py": 'import_module("house.exercises")',
        "checking/run.py": '"""house.exercises is only spoken of."""\nimport plotly.io',
        "checking/__init__.py": "",
        "exercises/__init__.py": "from house import check",
    }

    @pytest.fixture
    def house(self, tmp_path) -> list[Import]:
        for name, text in self.FILES.items():
            path = tmp_path / "house" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return imports(tmp_path / "house")

    def test_inside_functions_relative_and_named_when_it_runs(self, house):
        assert {(each.module, each.target) for each in house if each.ours} == {
            ("cli", "plots"),
            ("plots", "desk"),
            ("plots.bars", "plots.lines"),
            ("plots.bars", "checking.run"),
            ("plots.lines", "plots.bars"),
            ("desk.late", "exercises"),
            ("exercises", "desk.learner"),
        }
        assert [each.target for each in house if not each.ours] == ["plotly"]

    def test_an_import_upwards_is_named_with_its_line(self, house):
        assert upwards(house) == ["plots, line 2, imports desk"]

    def test_a_circle_is_found(self, house):
        pairs = {(each.module, each.target) for each in house if each.ours}
        assert set(circle(pairs)) == {"plots.bars", "plots.lines"}
        assert circle(pairs - {("plots.lines", "plots.bars")}) == []


def first_sentence(name: str) -> str:
    """What a room says of itself; "" if it says nothing."""
    text = ast.get_docstring(ast.parse(modules(PACKAGE)[name].read_text(encoding="utf-8"))) or ""
    return re.split(r"(?<=\.)\s", " ".join(text.split()))[0]


@pytest.mark.parametrize("name", sorted(FLOOR))
def test_every_room_says_in_a_sentence_what_is_inside(name):
    sentence = first_sentence(name)
    assert sentence.endswith(".") and len(sentence.split()) >= 7


def test_the_page_for_authors_has_every_room_on_its_floor_with_the_rooms_own_sentence():
    page = (ROOT / "docs" / "rooms.md").read_text(encoding="utf-8")
    floors = re.split(r"^## \d .*$", page, flags=re.M)[1:]
    shown = [dict(re.findall(r"^\| `(\w+)(?:/|\.py)` \| (.+) \|$", floor, re.M)) for floor in floors]
    assert shown == [{name: first_sentence(name) for name in rooms} for rooms in FLOORS]
