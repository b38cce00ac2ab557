"""`course release`: one version everywhere, or a reason why not."""

import json
import subprocess

import pytest

from course_utils.authoring.errors import CourseError
from course_utils.authoring.release import release


def git(clone, *arguments):
    who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=clone.root, check=True, capture_output=True)


@pytest.fixture
def published(clone):
    """A clone with one chapter's notebooks, committed."""
    for folder in (clone.chapters, clone.solutions):
        folder.mkdir(exist_ok=True)
        name = f"{folder.name}/01_doubling.ipynb"
        cells = [{"source": clone.colab(name)}, {"source": f'wanted = "{clone.requirement}"'}]
        text = json.dumps({"cells": cells, "metadata": {"course": {"version": clone.version}}})
        (clone.root / name).write_text(text)
    (clone.root / "CITATION.cff").write_text("title: x\nversion: 0.1.0\n")
    git(clone, "init", "-q")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "all")
    return clone


def test_it_prints_the_two_lines(published):
    assert release(published) == ["git tag v0.1.0", "git push origin v0.1.0"]
    git(published, "tag", "v0.1.0")
    assert release(published) == ["git tag v0.1.0", "git push origin v0.1.0"]


def change(file, before, after):
    file.write_text(file.read_text().replace(before, after))


@pytest.mark.parametrize(
    "file, before, after, says",
    [
        ("chapters/01_doubling.ipynb", '"version": "0.1.0"', '"version": "0.0.9"', "built for version 0.0.9"),
        ("solutions/01_doubling.ipynb", "blob/v0.1.0", "blob/main", "badge and set-up cell should name v0.1.0"),
        ("chapters/01_doubling.ipynb", "@v0.1.0", "@v0.0.9", "badge and set-up cell should name v0.1.0"),
        ("CITATION.cff", "0.1.0", "0.0.9", "CITATION.cff doesn't say version 0.1.0"),
    ],
)
def test_what_disagrees_is_named(published, file, before, after, says):
    change(published.root / file, before, after)
    git(published, "commit", "-qam", "changed")
    with pytest.raises(CourseError, match=says):
        release(published)


def test_what_is_not_committed_and_a_tag_that_is_elsewhere(published):
    (published.root / "README.md").write_text("changed")
    with pytest.raises(CourseError, match="changes that aren't committed"):
        release(published)
    git(published, "tag", "v0.1.0")
    git(published, "commit", "-qam", "later")
    with pytest.raises(CourseError, match="is there already, at another commit"):
        release(published)
