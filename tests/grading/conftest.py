"""The small assignment, published in a folder, and a grader for it whose budgets are small too."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE, HERE / "small"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import notebooks  # noqa: E402

from course_utils.grading.budgets import Budgets  # noqa: E402
from course_utils.grading.grader import Grader  # noqa: E402
from course_utils.grading.inside.limits import MIB, Limits  # noqa: E402
from course_utils.grading.sandbox import NoSandbox  # noqa: E402

BUDGETS = Budgets(cell=3, call=2, check=6, total=60)
LIMITS = Limits(memory=1024 * MIB, scratch=32 * MIB, cpu_s=30, processes=32, file=16 * MIB)


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """The folder of published notebooks."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "07_small.ipynb").write_bytes(notebooks.notebook(notebooks.cells()))
    return folder


@pytest.fixture(scope="session")
def registry_on_path() -> str:
    """Judges are other processes: they find the registry of the small assignment by PYTHONPATH."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE / "small"), *([before] if before else [])])
    yield "small_registry"
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def grader(published, registry_on_path):
    """A grader of the small assignment, in the strongest sandbox of this machine."""
    with Grader(
        published, "a secret", registry=registry_on_path, budgets=BUDGETS, limits=LIMITS, preload=["torch"]
    ) as one:
        try:
            one.start()
        except NoSandbox as reason:
            pytest.skip(f"no sandbox works on this machine: {reason}")
        yield one
