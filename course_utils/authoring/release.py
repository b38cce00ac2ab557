"""`course release`: whether what is here can be given out as the version that it says it is."""

import json
import subprocess
from collections.abc import Iterator

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import Repository


def release(repository: Repository) -> list[str]:
    """The two lines that publish this version. Changes nothing.

    A learner in Colab opens a notebook of the tag and installs the package of the tag: all must say the same.

    Raises:
        CourseError: with everything that disagrees.
    """
    if problems := list(_problems(repository)):
        raise CourseError("\n".join([f"{repository.tag} can't be released:", *(f"- {each}" for each in problems)]))
    return [f"git tag {repository.tag}", f"git push origin {repository.tag}"]


def _problems(repository: Repository) -> Iterator[str]:
    for path in sorted([*repository.chapters.glob("[0-9]*.ipynb"), *repository.solutions.glob("*.ipynb")]):
        text = path.read_text(encoding="utf-8")
        said = json.loads(text)["metadata"].get("course", {}).get("version")
        if said != repository.version:
            yield f"{repository.shown(path)} was built for version {said}: `course build`"
        elif repository.colab(repository.shown(path)) not in text or f"@{repository.tag}" not in text:
            yield f"{repository.shown(path)}: badge and set-up cell should name {repository.tag}: `course build`"
    citation = repository.root / "CITATION.cff"
    if citation.exists() and f"\nversion: {repository.version}\n" not in citation.read_text(encoding="utf-8"):
        yield f"CITATION.cff doesn't say version {repository.version}"
    if _git(repository, "status", "--porcelain"):
        yield "there are changes that aren't committed"
    tagged, here = (
        _git(repository, "rev-parse", "-q", "--verify", f"{repository.tag}^{{commit}}"),
        _git(repository, "rev-parse", "HEAD"),
    )
    if tagged and tagged != here:
        yield f"the tag {repository.tag} is there already, at another commit: raise the version in pyproject.toml"


def _git(repository: Repository, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository.root, capture_output=True, text=True)
    return done.stdout.strip()
