"""Whether a site holds together."""

import pytest

from course_utils.authoring.errors import CourseError
from course_utils.authoring.site import links
from course_utils.authoring.site.build import site

HERE = '<a href="other.html#part">x</a><script src="a.js"></script><link rel="stylesheet" href="a.css">'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "index.html").write_text(f'<h1 id="top-1">x</h1>{HERE}')
    (tmp_path / "other.html").write_text('<p id="part"><a href="#part">x</a> <a href="https://example.org">y</a></p>')
    for name in ("a.js", "a.css"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_a_site_that_holds_together(folder):
    assert list(links.problems(folder)) == []


@pytest.mark.parametrize(
    "added, says",
    [
        ('<a href="gone.html">x</a>', "index.html points at gone.html: there is no such file"),
        ('<a href="other.html#gone">x</a>', "index.html points at other.html#gone: there is no such place"),
        ('<a href="#gone">x</a>', "index.html points at #gone: there is no such place"),
        ('<img src="gone.png">', "index.html points at gone.png: there is no such file"),
        ('<script src="https://example.org/x.js"></script>', "index.html loads https://example.org/x.js: a reader may"),
        ("x" * 2_000_001, "index.html has 2,000,"),
    ],
)
def test_what_does_not_hold(folder, added, says):
    page = folder / "index.html"
    page.write_text(page.read_text() + added)
    (problem, *_) = links.problems(folder)
    assert problem.startswith(says)


def test_a_folder_with_other_things_is_left_alone(clone, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(CourseError, match="holds other things than a site"):
        site(tmp_path / "mine", clone, say=print)
    assert (tmp_path / "mine" / "thesis.txt").exists()
