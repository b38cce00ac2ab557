"""All latents on one page: one file, nothing from elsewhere, and no text of it is ever code."""

import json
import re

import pytest

from course_utils.widgets import write_latents_page
from course_utils.widgets.latents_page import latents_page

ROWS = [[1, 1.5], [1, 1.5], [], [], [2, 0.5], [0, 0]]
LATENT = [7, 2, 1.5, [1, 1], ROWS, [1, 0.5], [0, -0.5], [7, 1.0], [[0, 1, 1, 1]]]
DATA = {
    "pieces": ["</script><b>", " owl"],
    "features": ["thing/<i>owl</i>"],
    "length": 2,
    "tokens": [0, 1, 1, 0],
    "latents": [LATENT],
}


def test_the_data_stand_in_it_whole_and_cannot_end_the_script():
    html = latents_page(DATA, "latents & <others>")
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert json.loads(text) == DATA and "<" not in text
    assert "<title>latents &amp; &lt;others&gt;</title>" in html and "__" not in html.replace("__proto__", "")


def test_it_asks_for_nothing():
    html = latents_page(DATA, "t")
    assert "default-src 'none'" in html
    assert not re.search(r"https?://|src=|@import|url\(|fetch\(|innerHTML", html)


def test_it_is_written_whole_and_linked(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    view = write_latents_page(DATA, "All <latents>", tmp_path / "latents.html")
    assert (tmp_path / "latents.html").read_text(encoding="utf-8") == latents_page(DATA, "All <latents>")
    assert f'href="{tmp_path}/latents.html"' in view.html() and "All &lt;latents&gt;" in view.html()
    assert re.search(r"\(0\.\d\d MB, 1 latents\)", repr(view))
    with pytest.raises(OSError, match="no folder"):
        write_latents_page(DATA, "t", tmp_path / "nowhere" / "latents.html")


def test_where_nobody_watches_no_file_is_left_beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    monkeypatch.chdir(tmp_path)
    view = write_latents_page(DATA, "t", "latents.html")
    assert list(tmp_path.iterdir()) == [] and 'href="latents.html"' in view.html()
