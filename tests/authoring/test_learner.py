"""The notebook a learner opens."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.authoring.counts import counted
from course_utils.authoring.keep import sources_digest
from course_utils.authoring.learner import learner_notebook
from course_utils.authoring.notebook import serialise, with_addresses
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import parse_source


@pytest.fixture
def learner(chapter, registry, clone):
    return learner_notebook(counted(chapter, registry), registry, clone)


def cell(notebook, id):
    return next(cell for cell in notebook.cells if cell.id == id)


def test_it_is_a_valid_notebook_without_outputs(learner):
    nbformat.validate(learner)
    assert all(not c.outputs and c.execution_count is None for c in learner.cells if c.cell_type == "code")


def test_it_opens_with_title_badge_and_contents(learner):
    assert learner.cells[0].source == (
        "# 1. Doubling\n\n"
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        "(https://colab.research.google.com/github/someone/course/blob/v0.1.0/chapters/01_doubling.ipynb)\n\n"
        "You will double things.\n\n"
        "**Time** 9 minutes; 2 exercises, 3 points."
    )
    assert learner.cells[1].source == (
        "**Contents**\n\n- [1.1 Twice *as much*](#1.1-Twice-as-much)\n- [1.2 How much?](#1.2-How-much?)"
    )


def test_the_setup_cell_installs_in_colab_and_starts_the_chapter(learner):
    setup = learner.cells[2]
    assert 'if importlib.util.find_spec("course_utils") is None:' in setup.source
    assert 'wanted = "superposition-course @ git+https://github.com/someone/course@v0.1.0"' in setup.source
    assert setup.source.endswith('from course_utils import start\nstart("01", built_for="0.1.0")')


def test_where_the_tag_cant_be_found_one_sentence_says_so(learner, monkeypatch, capfd):
    """As in Colab without a network, or before the tag was pushed: nothing of pip's, no traceback, nothing imported."""
    ran = subprocess.run
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    nowhere = [sys.executable, "-c", "import sys; print('ERROR: a page of pip', file=sys.stderr); sys.exit(1)"]
    monkeypatch.setattr("subprocess.run", lambda command, **options: ran(nowhere, **options))
    with pytest.raises(SystemExit) as ended:
        exec(learner.cells[2].source, {})
    assert ended.value.code == (
        "The course could not be installed. Is there a network? "
        "It should come from https://github.com/someone/course, version 0.1.0."
    )
    assert capfd.readouterr() == ("", "")


def test_run_all_goes_on_past_every_cell_but_the_setup(learner):
    tagged = ["raises-exception" in c.metadata.get("tags", ()) for c in learner.cells if c.cell_type == "code"]
    assert tagged == [False, True, True, True, True, True, True]


def test_answer_and_check_cells_carry_nbgraders_metadata(learner):
    assert cell(learner, "exercise-1-1").metadata.nbgrader == {
        "schema_version": 3,
        "grade": False,
        "grade_id": "exercise-1-1",
        "locked": False,
        "solution": True,
        "task": False,
    }
    assert cell(learner, "check-1-1").metadata.nbgrader == {
        "schema_version": 3,
        "grade": True,
        "grade_id": "check-1-1",
        "locked": True,
        "points": 2,
        "solution": False,
        "task": False,
    }


def test_the_check_cell_offers_hint_and_solution(learner):
    assert cell(learner, "check-1-2").source == 'check("1.2", total)\n# hint("1.2")   # solution("1.2")'


def test_no_solution_is_left(learner):
    assert "x * 2" not in serialise(learner)
    assert "total = ...  # your answer" in serialise(learner)


def test_cells_for_the_solution_only_stay_there(text, registry, clone):
    more = text + '\n# %% tags=["solution-only"]\nassert total == 6\n'
    notebook = learner_notebook(parse_source(more, "01_doubling", "c.py"), registry, clone)
    assert "assert total" not in serialise(notebook)


def test_the_notebook_knows_its_chapter_and_version(learner):
    assert learner.metadata.course == {
        "chapter": "01",
        "title": "Doubling",
        "minutes": 9,
        "budget_s": 60,
        "budget_mib": 500,
        "version": "0.1.0",
        "sources": sources_digest(learner.cells),
    }


def test_a_long_chapter_says_how_long_it_is_without_what_may_be_left_out(text, registry, monkeypatch):
    more = text.replace("{minutes} minutes;", "{minutes} minutes ({core} without C);")
    monkeypatch.setattr(registry["1.2"], "difficulty", "C")
    chapter = counted(parse_source(more, "01_doubling", "c.py"), registry)
    assert "**Time** 9 minutes (7 without C); 2 exercises, 3 points." in chapter.cells[0].source


def test_the_same_source_gives_the_same_bytes(chapter, registry, clone, learner):
    assert serialise(learner_notebook(counted(chapter, registry), registry, clone)) == serialise(learner)


def test_a_cell_added_above_changes_no_other_cells_id(text, learner, registry, clone):
    more = text.replace("# %%\nones", "# %%\nprint('new')\n\n# %%\nones")
    longer = learner_notebook(counted(parse_source(more, "01_doubling", "c.py"), registry), registry, clone)
    assert {c.id for c in learner.cells} < {c.id for c in longer.cells}


def test_two_equal_cells_have_two_ids(text, registry, clone):
    twice = text + "\n# %%\nprint(1)\n\n# %%\nprint(1)\n"
    ids = [c.id for c in learner_notebook(parse_source(twice, "01_doubling", "c.py"), registry, clone).cells]
    assert len(set(ids)) == len(ids)


def test_files_of_the_clone_are_links():
    clone = Repository(Path("."), "https://github.com/someone/course", "0.1.0")
    assert with_addresses("See `bench/bands.py 01`, `toy.train`.", clone) == (
        "See [`bench/bands.py 01`](https://github.com/someone/course/blob/v0.1.0/bench/bands.py), `toy.train`."
    )
    linked = "[`docs/mini_language.md`](https://example.org)"
    assert with_addresses(linked, clone) == linked
