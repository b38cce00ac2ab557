"""What `pip install` of the repository brings: every file of the package, the `course` command, no surprise imports."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "course_utils"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The wing that learners in Colab never import.
FOR_TEACHERS = ("authoring", "board", "cells", "grading", "planning", "cli.py")
IMPORTED_AS = {
    "IPython": "ipython",
    "PIL": "pillow",
    "markdown_it": "markdown-it-py",
    "transformer_lens": "transformer-lens",
}
COMES_WITH = {
    "transformers": "transformer-lens",
    "tokenizers": "transformer-lens",
    "pygments": "ipython",
    "traitlets": "ipywidgets",
    "markupsafe": "jinja2",
    "docutils": "sphinx",
    "google": "Colab itself",
}


def wheel(folder: Path) -> zipfile.ZipFile:
    """The wheel of a copy of the tree, built offline with the setuptools that is here."""
    source = folder / "source"
    shutil.copytree(PACKAGE, source / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "chapters", source / "chapters")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, source], check=True, timeout=120)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_package(tmp_path):
    """Colab installs a wheel: a data file that package-data forgets is missing there and nowhere else."""
    with wheel(tmp_path) as built:
        inside = {name for name in built.namelist() if name.startswith("course_utils/")}
        chapters = {Path(name).name for name in built.namelist() if "/share/superposition-course/chapters/" in name}
        commands = built.read(next(name for name in built.namelist() if name.endswith("entry_points.txt"))).decode()
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert inside == {path.relative_to(ROOT).as_posix() for path in files}
    assert chapters == {path.name for path in (ROOT / "chapters").glob("[0-9]*.ipynb") if ".yours-" not in path.name}
    assert "course = course_utils.cli:app" in commands


def test_the_citation_names_this_version_and_its_home():
    cited = dict(line.split(": ", 1) for line in (ROOT / "CITATION.cff").read_text().splitlines() if ": " in line)
    assert cited["version"] == PROJECT["version"]
    assert cited["repository-code"] == PROJECT["urls"]["Repository"]


def test_the_teachers_page_installs_this_version_from_its_home():
    """The line that a hub's administrator copies."""
    text = (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8")
    named = re.findall(r"git\+(https://[^@\s]+)@v([0-9.]*[0-9])", text)
    assert named and set(named) == {(PROJECT["urls"]["Repository"], PROJECT["version"])}


def test_the_course_command_answers():
    course = Path(sys.executable).with_name("course")
    ran = subprocess.run([course, "--help"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0
    assert "build" in ran.stdout


def imports(path: Path) -> Iterator[str]:
    """Top-level names of the third-party modules a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        else:
            continue
        yield from (name for each in names if (name := each.partition(".")[0]) not in sys.stdlib_module_names)


def declared(*requirements: str) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements} | {"course-utils"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_import_is_declared_for_those_who_need_it(path):
    allowed = declared(*PROJECT["dependencies"])
    if path.relative_to(PACKAGE).parts[0] in FOR_TEACHERS:
        extras = PROJECT["optional-dependencies"]
        allowed |= declared(*extras["teach"], *extras["board"], *extras["lab"])
    if path.is_relative_to(PACKAGE / "board"):  # it must do with its own extra
        allowed = declared(*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["board"])
    if path == PACKAGE / "desk" / "export.py":
        allowed |= declared(*PROJECT["optional-dependencies"]["lab"])
    if path.is_relative_to(PACKAGE / "authoring" / "site"):
        allowed |= declared(*PROJECT["optional-dependencies"]["site"])
    if path == PACKAGE / "grading" / "cluster.py":
        allowed |= declared(*PROJECT["optional-dependencies"]["cluster"])
    used = {canonicalize_name(IMPORTED_AS.get(name, name)) for name in imports(path)}
    assert used - allowed - COMES_WITH.keys() == set()
