"""A little course to build: a clone with the real engine and one chapter of two exercises (see little_course/)."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import course_utils
from course_utils.authoring import pipeline
from course_utils.authoring.repository import Repository, read_repository
from course_utils.authoring.source import ChapterSource, SourceError, parse_source
from tests.modules import loaded

LITTLE = Path(__file__).parent / "little_course"
NOT_COPIED = ("__pycache__", "ch[0-9][0-9]", "toy", "lm", "plots", "widgets")  # the little course needs no science
PYPROJECT = """\
[project]
name = "superposition-course"
version = "0.1.0"
[project.urls]
Repository = "https://github.com/someone/course"
"""
README = """\
| chapter | you will | time | exercises |
| --- | --- | --- | --- |
| [01 Doubling](chapters/01_doubling.ipynb) | double \\| halve things | 9 min | 2 |
"""


@pytest.fixture(scope="session")
def exercises() -> ModuleType:
    """The little course's registry module."""
    return loaded(LITTLE / "exercises.py", "little_course_exercises")


@pytest.fixture
def registry(exercises) -> dict:
    """Its exercises by id."""
    return {kind.id: kind() for kind in exercises.EXERCISES}


@pytest.fixture
def text() -> str:
    """The source of its chapter."""
    return (LITTLE / "01_doubling.txt").read_text()


@pytest.fixture
def chapter(text) -> ChapterSource:
    return parse_source(text, "01_doubling", "solutions/01_doubling.py")


@pytest.fixture
def clone(tmp_path) -> Repository:
    """A clone of the little course, nothing built yet."""
    return little_clone(tmp_path / "clone")


def little_clone(root: Path) -> Repository:
    """Make the clone. It has its own copy of the engine, as a real one has."""
    package = root / "course_utils"
    shutil.copytree(Path(course_utils.__file__).parent, package, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (package / "exercises" / "ch01").mkdir()
    shutil.copy(LITTLE / "exercises.py", package / "exercises" / "ch01" / "__init__.py")
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "README.md").write_text(README)
    (root / "solutions").mkdir()
    shutil.copy(LITTLE / "01_doubling.txt", root / "solutions" / "01_doubling.py")
    repository = read_repository(root)
    assert repository is not None
    return repository


@pytest.fixture(scope="session")
def built_once(tmp_path_factory, exercises) -> Path:
    """The folder of a clone after `course build`, made once because it runs a kernel."""
    root = tmp_path_factory.mktemp("built") / "clone"
    repository, registry = little_clone(root), {kind.id: kind() for kind in exercises.EXERCISES}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))  # so that the kernel imports the clone's package
        chapters, _ = pipeline.read_all(repository.sources(), registry, repository)
        pipeline.build(chapters, registry, repository, force=False, say=lambda line: None)
    return root


@pytest.fixture
def built(built_once, tmp_path, monkeypatch) -> Repository:
    """A clone of the little course, built."""
    root = shutil.copytree(built_once, tmp_path / "built")
    monkeypatch.setenv("PYTHONPATH", str(root))
    return read_repository(root)


@pytest.fixture
def problems(registry) -> Callable[[str], list[str]]:
    """What the build says about a source: one line per problem, `line: message`."""
    from course_utils.authoring.lint import lint

    def found(text: str, registry: dict = registry) -> list[str]:
        try:
            result = lint(parse_source(text, "01_doubling", "01_doubling.py"), registry)
        except SourceError as error:
            return [f"{p.line}: {p.message}" for p in error.problems]
        return [f"{p.line}: {p.message}" for p in result.problems]

    return found
