"""What the classic Notebook needs to draw figures: plotly.js in its own folder, and a script that says so."""

from importlib.metadata import PackageNotFoundError

import pytest

from course_utils.plots import classic


@pytest.fixture
def laid(tmp_path, monkeypatch):
    """Where plotly.js goes."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "nbextensions" / classic.FOLDER / "plotly.min.js"


def test_plotly_js_is_laid_once_and_the_script_points_there(laid):
    script = classic.script()
    assert f"nbextensions/{classic.FOLDER}/plotly.min.js" in script and len(script) < 3000
    assert laid.stat().st_size > 1_000_000
    before = laid.stat().st_mtime_ns
    classic.script()
    assert laid.stat().st_mtime_ns == before


def test_another_versions_plotly_js_is_replaced(laid):
    laid.parent.mkdir(parents=True)
    laid.write_text("older")
    classic.script()
    assert laid.stat().st_size > 1_000_000


def test_a_place_that_cannot_be_written_is_an_os_error(laid):
    laid.parents[2].parent.mkdir(exist_ok=True)
    laid.parents[2].write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"."):
        classic.script()


@pytest.mark.parametrize(
    ("nbclassic", "notebook", "here"),
    [(True, "7.2", True), (False, "6.5.7", True), (False, "7.6.5", False), (False, None, False)],
)
def test_it_is_looked_for_beside_the_course(monkeypatch, nbclassic, notebook, here):
    def version(name):
        if notebook is None:
            raise PackageNotFoundError(name)
        return notebook

    monkeypatch.setattr(classic, "find_spec", lambda name: object() if nbclassic else None)
    monkeypatch.setattr(classic, "version", version)
    assert classic.is_here() is here
