"""What a chapter can load: on a package of a few files, and on this one."""

import subprocess
import sys
from pathlib import Path

import pytest

import course_utils
from course_utils.authoring.imports import data_files, modules_loaded
from course_utils.authoring.repository import find_repository
from course_utils.authoring.source import read_source

FILES = {
    "__init__.py": "HOME = ['desk.learner', 'nowhere']\ndef load(n): importlib.import_module(HOME[n])",
    "desk/__init__.py": "",
    "desk/learner.py": "def check():\n    from course_utils.engine import run\n",
    "engine.py": "'''toy.weights'''",
    "toy/__init__.py": "from .train import train",
    "toy/train.py": "from . import kernels\nimport numpy",
    "toy/kernels.py": "NAMES = ['lm']",
    "toy/unused.py": "",
    "toy/README.md": "",
    "lm/__init__.py": "from course_utils.toy import train",
    "lm/weights/a.safetensors": "",
    "lm/weights/__pycache__/a.pyc": "",
    "lm/layers/__init__.py": "",
    "lm/layers/table.json": "",
}


@pytest.fixture
def package(tmp_path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "course_utils" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "course_utils"


ALWAYS = {"course_utils", "course_utils.desk", "course_utils.desk.learner", "course_utils.engine"}


@pytest.mark.parametrize(
    ("cell", "more"),
    [
        ("from course_utils import check", set()),
        ("import course_utils.toy.unused", {"toy", "toy.train", "toy.kernels", "toy.unused"}),
        ("from course_utils import toy", {"toy", "toy.train", "toy.kernels"}),
        ("from course_utils.toy.kernels import NAMES", {"toy", "toy.train", "toy.kernels"}),
        ("def f():\n    from course_utils import lm", {"lm", "toy", "toy.train", "toy.kernels"}),
        ("%time import course_utils.lm.layers", {"lm", "lm.layers", "toy", "toy.train", "toy.kernels"}),
    ],
)
def test_imports_are_followed_wherever_they_stand(package, cell, more):
    assert set(modules_loaded(package, [cell])) == ALWAYS | {f"course_utils.{name}" for name in more}


def test_nothing_of_the_package_and_what_is_always_loaded(package):
    assert modules_loaded(package, ["import numpy"]) == {}
    assert set(modules_loaded(package, [], also=["course_utils.engine"])) == ALWAYS


def test_data_belongs_to_the_nearest_package(package):
    found = data_files([package / "lm" / "__init__.py", package / "toy" / "train.py"])
    assert found == [package / "lm" / "weights" / "a.safetensors"]
    assert data_files([package / "lm" / "layers" / "__init__.py"]) == [package / "lm" / "layers" / "table.json"]


# This package, and its chapters

PACKAGE = Path(course_utils.__file__).parent
CHAPTERS = [read_source(path) for path in find_repository(PACKAGE).sources()]
LOADS = """
import sys
from course_utils import exercises, {calls}
exercises.chapter("{number}")
{setup}
print(*(name for name in sys.modules if name.partition(".")[0] == "course_utils"))
"""


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)
def test_a_kernel_loads_nothing_that_was_not_foreseen(chapter):
    """What the chapter's imports load is asked of Python itself."""
    setup = "\n".join(cell.source for cell in chapter.cells if cell.is_setup)
    code = LOADS.format(calls=", ".join(course_utils.LEARNER_FUNCTIONS), number=chapter.number, setup=setup)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    cells = [cell.source for cell in chapter.cells if cell.kind == "code"]
    own = f"course_utils.exercises.ch{chapter.stem[:2]}"
    foreseen = modules_loaded(PACKAGE, cells, also=[own])
    assert set(ran.stdout.split()) - set(foreseen) == set()
    assert not [name for name in foreseen if name.startswith(("course_utils.authoring", "course_utils.grading"))]
