"""The whole site, built once, and a browser in front of it."""

from pathlib import Path

import pytest

from course_utils.authoring import pipeline, registry
from course_utils.authoring.repository import read_repository
from course_utils.authoring.site import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """Its folder. That it could be built says already that Sphinx warns of nothing and every link leads somewhere."""
    folder, at = tmp_path_factory.mktemp("site") / "site", read_repository(ROOT)
    known = registry.chapters()
    by_id = registry.by_id(known)
    chapters, _ = pipeline.read_all(at.sources(), by_id, at)
    build.make(build.sources(chapters, by_id, {each.number: each.quiz for each in known}, at), folder, at)
    return folder
