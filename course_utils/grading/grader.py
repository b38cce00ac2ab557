"""One machine's grader: a forge of workers and a server of judges, ready to mark submissions."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course_utils.grading.at_hand import imports_of, published
from course_utils.grading.budgets import DEFAULT as DEFAULT_BUDGETS
from course_utils.grading.budgets import Budgets
from course_utils.grading.forge import Forge
from course_utils.grading.inside.limits import DEFAULT as DEFAULT_LIMITS
from course_utils.grading.inside.limits import Limits
from course_utils.grading.judge import JudgeServer
from course_utils.grading.sandbox import open_forge
from course_utils.grading.temporary import make_folder, remove_folder, sweep

REGISTRY = "course_utils.exercises"
FEW = 3


class Grader:
    """A context manager. `catalogue` describes the chapters; `sandbox`, after `start`, says which isolation it is."""

    def __init__(
        self,
        chapters: Path,
        secret: str,
        *,
        registry: str = REGISTRY,
        budgets: Budgets = DEFAULT_BUDGETS,
        limits: Limits = DEFAULT_LIMITS,
        allow_none: bool = False,
        preload: list[str] | None = None,
        numbers: Iterable[str] | None = None,
    ) -> None:
        """numbers: of the chapters at hand; without it, all. preload: without it, what these chapters' code imports."""
        self._chapters = published(chapters, None if numbers is None else set(numbers))
        self._secret, self._registry, self._budgets = secret, registry, budgets
        self._limits, self._allow_none = limits, allow_none
        self._preload = imports_of(self._chapters) if preload is None else preload
        self._forge: Forge | None = None
        self.sandbox = ""

    def __enter__(self) -> "Grader":
        sweep()
        self._folder = make_folder("course-judge-")
        self._judges = JudgeServer(self._chapters, self._registry, self._folder).__enter__()
        self.catalogue = self._judges.catalogue
        return self

    def start(self, submissions: int | None = None) -> "Grader":
        """Open the sandbox, before the first `mark`. Raises sandbox.NoSandbox if there is none and one is needed.

        submissions: how many there will be, if that is known: for a few nothing is done in advance.
        """
        few = submissions is not None and submissions <= FEW
        self._judges.warm_up(few)  # meanwhile:
        given = {"limits": self._limits, "preload": self._preload, "warm": not few}
        self._forge, self.sandbox = open_forge(allow_none=self._allow_none, **given)
        self._judges.ready()
        return self

    def __exit__(self, *_: object) -> None:
        if self._forge is not None:
            self._forge.__exit__()
        self._judges.__exit__()
        remove_folder(self._folder)

    def mark(self, content: bytes, path: str, only: list[str]) -> dict[str, Any]:
        """The result of one submission, with the isolation it ran in. May be called from several threads."""
        result = self._judges.mark(content, path, self._forge.address, self._secret, only, self._budgets)
        return result | {"sandbox": self.sandbox}


def fingerprint(chapters: Path) -> str:
    """Stands for all that marks are made from: the chapters as published, and every file of the course's package."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in [*sorted(chapters.glob("*.ipynb")), *sorted(package.rglob("*.py")), *sorted(package.rglob("*.json"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
