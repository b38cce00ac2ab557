"""What is said to be typed can be typed, after a chapter's first cell."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import LEARNER_FUNCTIONS
from course_utils.desk.at_hand import lay_at_hand

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
TOLD = re.compile(r"`(join|leave|export_progress|import_progress)\(")
TRY = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from course_utils import start; leave = 5; start('00', built_for='0.1.0')").raise_error()
shell.run_cell("join('http://127.0.0.1:1', 'tiger-amber-37', name='Ada'); export_progress('p.json'); print(leave)")
"""


def test_texts_tell_learners_to_type_what_no_chapter_imports():
    texts = [ROOT / "README.md", ROOT / "docs" / "teachers.md", ROOT / "solutions" / "00_start_here.py"]
    told = {name for path in texts for name in TOLD.findall(path.read_text(encoding="utf-8"))}
    assert {"join", "export_progress", "import_progress"} <= told <= LEARNER_FUNCTIONS.keys()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_starts_in_its_first_code_cell(path):
    """There it lays the names at hand."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert re.search(r"^start\(", first, re.MULTILINE)


def test_after_start_the_printed_line_can_be_typed_and_the_learners_own_names_stay(tmp_path):
    environment = {"COURSE_DATA_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", TRY], cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert "NameError" not in ran.stdout + ran.stderr
    assert "Nothing listens at http://127.0.0.1:1" in ran.stdout
    assert (tmp_path / "p.json").exists() and ran.stdout.rstrip().endswith("5")


def test_without_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert lay_at_hand() is None and "IPython" not in sys.modules
