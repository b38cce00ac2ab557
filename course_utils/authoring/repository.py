"""Where things are: the clone's folders, and the public address from `pyproject.toml`, the one place that knows it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from course_utils.authoring.errors import CourseError

DISTRIBUTION = "superposition-course"


class NotAClone(CourseError):
    """The command needs a clone of the repository and there is none here."""


class NoSuchChapter(CourseError):
    """A chapter was asked for that has no source."""


@dataclass(frozen=True)
class Repository:
    """A clone. `url` is the public address without a trailing slash."""

    root: Path
    url: str
    version: str

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def chapters(self) -> Path:
        return self.root / "chapters"

    @property
    def readme(self) -> Path:
        return self.root / "README.md"

    @property
    def package(self) -> Path:
        return self.root / "course_utils"

    def sources(self, wanted: list[str] | None = None) -> list[Path]:
        """The chapters' sources in order; all, or those named as "01", "1", "1.3" or "01_toy_models".

        Raises:
            NoSuchChapter: a wanted chapter has no source.
        """
        found = sorted(self.solutions.glob("[0-9][0-9]_*.py"))
        if not wanted:
            return found
        by_number = {path.stem: path for path in found} | {plain_number(path.stem): path for path in found}
        chosen = set()
        for name in wanted:
            key = name if name in by_number else plain_number(name.partition(".")[0])
            if key not in by_number:
                have = ", ".join(path.stem[:2] for path in found) or "none"
                raise NoSuchChapter(f"There is no chapter {name!r} in solutions/; there are: {have}.")
            chosen.add(by_number[key])
        return sorted(chosen)

    def reference_file(self, number: str) -> Path:
        return self.package / "exercises" / f"ch{int(number):02d}" / "reference.json"

    def shown(self, path: Path) -> str:
        """The path as messages write it: relative to the clone, with forward slashes."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def colab(self, notebook: str) -> str:
        """The address that opens a notebook of this version in Colab: with the code that its set-up cell installs."""
        place = self.url.removeprefix("https://github.com/")
        return f"https://colab.research.google.com/github/{place}/blob/{self.tag}/{notebook}"

    def page(self, file: str) -> str:
        """The address at which one reads a file of this version."""
        return f"{self.url}/blob/{self.tag}/{file}"

    @property
    def tag(self) -> str:
        """What git calls this version."""
        return f"v{self.version}"

    @property
    def requirement(self) -> str:
        """What pip installs in Colab: this version of the course."""
        return f"{DISTRIBUTION} @ git+{self.url}@{self.tag}"


def find_repository(start: Path | None = None) -> Repository:
    """The clone around `start` (the working directory by default), else the one this package is imported from.

    Raises:
        NotAClone: neither is a clone.
    """
    here = (start or Path.cwd()).resolve()
    for folder in [here, *here.parents, Path(__file__).resolve().parents[2]]:
        if (repository := read_repository(folder)) is not None:
            return repository
    raise NotAClone(
        "This command works in a clone of the course's repository: there is no pyproject.toml of it here or above."
    )


def read_repository(root: Path) -> Repository | None:
    """The clone whose root is `root`, or None when it is no clone of this course.

    Raises:
        NotAClone: it is one, and its pyproject.toml is broken or lacks the address.
    """
    file = root / "pyproject.toml"
    if not file.is_file():
        return None
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotAClone(f"{file}: {error}") from error
    if project.get("name") != DISTRIBUTION:
        return None
    url = project.get("urls", {}).get("Repository", "")
    if not url.startswith("https://github.com/"):
        raise NotAClone(f'{file}: [project.urls] needs Repository = "https://github.com/…"; badges are built from it.')
    return Repository(root, url.rstrip("/").removesuffix(".git"), project["version"])


def plain_number(stem: str) -> str:
    """A chapter's number as exercise ids write it: "1" for "01", "1" and "01_toy_models"; else the text before a _."""
    digits = stem.split("_")[0]
    return str(int(digits)) if digits.isdigit() else digits


def chapter_number(source: Path) -> str:
    """The number of a chapter as exercise ids write it: "1" for solutions/01_toy_models.py."""
    return plain_number(source.stem)
