"""The three lists of dependencies agree, and installing the course replaces nothing that Colab ships."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from course_utils import cli

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = PROJECT["name"]

COLAB_PYTHON = "3.13.0"
COLAB = {
    "torch": "2.11.0",
    "numpy": "2.1.3",
    "pandas": "2.2.3",
    "transformers": "5.15.0",
    "plotly": "5.24.1",
    "ipywidgets": "7.7.1",
    "ipython": "7.34.0",
    "ipykernel": "6.17.1",
    "nbformat": "5.11.1",
    "safetensors": "0.8.0",
    "einops": "0.8.2",
    "scikit-learn": "1.6.1",
    "matplotlib": "3.10.0",
    "scipy": "1.16.3",
    "numba": "0.61.2",
    "tqdm": "4.67.3",
    "rich": "13.9.4",
    "typer": "0.27.1",
    "platformdirs": "4.11.3",
    "jupytext": "1.19.5",
    "sqlalchemy": "2.0.52",
    "dask": "2026.7.1",
    "pytest": "8.4.2",
    "huggingface-hub": "1.27.0",
}
# Colab ships these too, in versions that we do not know: their bounds are the risk we take, so each is named.
SHIPPED_BY_COLAB_TOO = {
    "accelerate",
    "datasets",
    "httpx",
    "importlib-metadata",
    "jupyter-core",
    "packaging",
    "protobuf",
    "sentencepiece",
    "traitlets",
    "typeguard",
    "typing-extensions",
    "wandb",
}
# What `pip install` of the course brings to Colab: the course, transformer-lens and the small packages under them.
NEW_IN_COLAB = {
    "beartype",
    "circuitsvis",
    "fancy-einsum",
    "jaxtyping",
    "superposition-course",
    "transformer-lens",
    "transformers-stream-generator",
    "wadler-lindig",
}

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"}


def on(platform: dict[str, str], python: str) -> dict[str, str]:
    """The marker environment of another platform and Python."""
    return platform | {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}


def requirements_of(name: str, extras: Iterable[str], environment: dict[str, str]) -> Iterator[Requirement]:
    """What the installed distribution `name` asks for in that environment; the course is read from pyproject.toml."""
    if canonicalize_name(name) == NAME:
        yield from map(Requirement, PROJECT["dependencies"])
        for extra in extras:
            yield from map(Requirement, PROJECT["optional-dependencies"][extra])
        return
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        wanted = [environment | {"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(requirement.marker.evaluate(each) for each in wanted):
            yield requirement


def everything_under(
    name: str, extras: Iterable[str], environment: dict[str, str], stop: Iterable[str] = ()
) -> Iterator[tuple[str, Requirement]]:
    """(who asks, what it asks for), down to packages in `stop` and to those that are not installed here."""
    todo, seen = [(name, frozenset(extras))], set()
    while todo:
        asker, wanted = todo.pop()
        if (asker, wanted) in seen or asker in stop:
            continue
        seen.add((asker, wanted))
        try:
            requirements = list(requirements_of(asker, sorted(wanted), environment))
        except metadata.PackageNotFoundError:  # of another platform: its own needs can't be read here
            continue
        for requirement in requirements:
            yield asker, requirement
            todo.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))


def pins() -> dict[str, Version]:
    lines = [line.strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    exact = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): Version(next(iter(each.specifier)).version) for each in exact}


def refusals(asked: Iterable[tuple[str, Requirement]], versions: dict[str, Version]) -> list[str]:
    """Every demand that one of the given versions does not meet, in words."""
    return sorted(
        f"{asker} wants {requirement}, there is {versions[name]}"
        for asker, requirement in asked
        if (name := canonicalize_name(requirement.name)) in versions
        and not requirement.specifier.contains(versions[name], prereleases=True)
    )


# Colab


def test_nothing_that_colab_ships_is_replaced():
    colab = {name: Version(version) for name, version in COLAB.items()}
    asked = list(everything_under(NAME, [], on(LINUX, COLAB_PYTHON), stop={*COLAB, *SHIPPED_BY_COLAB_TOO}))
    assert refusals(asked, colab) == []


def test_every_package_that_colab_lacks_was_let_in_by_name():
    known = {*COLAB, *SHIPPED_BY_COLAB_TOO}
    asked = everything_under(NAME, [], on(LINUX, COLAB_PYTHON), stop=known)
    brought = {canonicalize_name(requirement.name) for _, requirement in asked} - known | {NAME}
    assert brought == NEW_IN_COLAB


def test_bounds_of_the_extras_hold_in_colab_too():
    colab = {name: Version(version) for name, version in COLAB.items()}
    asked = [(NAME, each) for each in requirements_of(NAME, PROJECT["optional-dependencies"], on(LINUX, COLAB_PYTHON))]
    assert refusals(asked, colab) == []


def test_the_course_and_what_it_brings_run_on_colabs_python():
    assert SpecifierSet(PROJECT["requires-python"]).contains(COLAB_PYTHON)
    for name in NEW_IN_COLAB - {NAME}:
        assert SpecifierSet(metadata.metadata(name)["Requires-Python"] or "").contains(COLAB_PYTHON), name


def test_a_bound_that_is_too_high_is_found():
    asked = [(NAME, Requirement("plotly>=6"))]
    refused = ["superposition-course wants plotly>=6, there is 5.24.1"]
    assert refusals(asked, {"plotly": Version(COLAB["plotly"])}) == refused


# pyproject.toml, constraints.txt, environment.yml


def brought_by(extra: str) -> set[str]:
    """Packages that the course names for an extra, with those of the extras it includes."""
    found = set()
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        name = canonicalize_name(requirement.name)
        found |= set().union(*map(brought_by, requirement.extras)) if name == NAME else {name}
    return found


def test_every_extra_brings_what_its_people_need_and_no_more():
    extras = ("lab", "board", "hub", "teach", "site", "cluster", "test")
    lab, board, hub, teach, site, cluster, test = map(brought_by, extras)
    assert lab == {"ipykernel", "jupyterlab", "nbconvert", "nbformat", "typer"}
    assert board == {"jinja2", "psutil", "sqlalchemy", "starlette", "typer", "uvicorn"}
    tools = {"jupytext", "kaleido", "nbclient", "pillow", "pyseccomp", "markdown-it-py", "mdit-py-plugins"}
    assert teach - lab - board == tools | {"matplotlib", "pandas", "scikit-learn"}  # these for learners' code
    assert site - teach == {"myst-parser", "pydata-sphinx-theme", "sphinx"}
    assert cluster - teach == {"distributed"}
    assert hub - lab - board == {"jupyterhub", "nbgitpuller"}
    assert cluster | hub | site < test and {"nbgrader", "nbval", "pytest", "ruff"} <= test - cluster
    assert set(PROJECT["optional-dependencies"]) == set(extras)


def test_the_command_names_the_extra_that_brings_a_missing_tool():
    assert all(package in brought_by(extra) for package, extra in cli.TOOLS.items())
    teach, cluster = brought_by("teach") - brought_by("lab"), brought_by("cluster")
    assert (
        teach | brought_by("site") - brought_by("lab") <= cli.TOOLS.keys()
        and cluster - brought_by("teach") <= cli.TOOLS.keys()
    )


def test_bounds_are_lower_bounds_only():
    for requirement in map(Requirement, chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())):
        operators = [each.operator for each in requirement.specifier]
        assert operators == ([] if requirement.name == NAME else [">="]), requirement


@pytest.mark.parametrize("python", ["3.11.0", COLAB_PYTHON])
@pytest.mark.parametrize("platform", [LINUX, MACOS, WINDOWS], ids=["linux", "macos", "windows"])
def test_everything_installed_is_pinned_to_a_version_that_everybody_accepts(platform, python):
    asked = list(everything_under(NAME, PROJECT["optional-dependencies"], on(platform, python)))
    missing = {canonicalize_name(each.name) for _, each in asked} - pins().keys() - {NAME}
    assert missing == set()
    assert refusals(asked, pins()) == []


def test_nothing_is_pinned_that_nobody_asks_for():
    platforms = [on(platform, python) for platform in (LINUX, MACOS, WINDOWS) for python in ("3.11.0", COLAB_PYTHON)]
    extras = PROJECT["optional-dependencies"]
    asked = chain.from_iterable(everything_under(NAME, extras, each) for each in platforms)
    used = {canonicalize_name(requirement.name) for _, requirement in asked}
    for_cuda = {
        name for name in pins() if name.startswith(("cuda-", "nvidia-", "triton"))
    }  # not asked for by the CPU build
    assert pins().keys() - used - for_cuda == set()


def test_constraints_are_exact_and_say_nothing_of_where_packages_come_from():
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.]*", line), line
    assert pins()["torch"] == Version("2.13.0")


def test_conda_installs_the_same_course_with_the_same_constraints():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [each for each in environment["dependencies"] if isinstance(each, str)]
    (through_pip,) = [each["pip"] for each in environment["dependencies"] if isinstance(each, dict)]
    assert environment["name"] == NAME
    python = next(each.partition("=")[2] for each in conda if each.startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python + ".0")
    # Versions stand in one place: conda brings Python and pip, and pip does what `make` does.
    assert {each.partition("=")[0] for each in conda} == {"python", "pip"}
    assert through_pip == ["-c constraints.txt", "-e .[lab]"]
    assert '-c constraints.txt -e ".[$*]"' in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_address_of_the_repository_stands_in_one_place():
    address = PROJECT["urls"]["Repository"]
    sources = [*(ROOT / "course_utils").rglob("*.py"), *(ROOT / "solutions").glob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in sources if address in path.read_text(encoding="utf-8")] == []
