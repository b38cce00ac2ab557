"""Whose notebook it is: path, then roster, then name cell."""

import pytest
from notebooks import cells, code, notebook, text

from course_utils.grading.identity import claimed_name, identify, read_roster
from course_utils.grading.notebook import parse

STEMS = ["00_start_here", "01_toy_models"]


@pytest.mark.parametrize(
    "path, key, name",
    [
        ("ada/01_toy_models.ipynb", "ada", "ada"),
        ("ada/week 1/anything.ipynb", "ada", "ada"),
        ("Ada Lovelace_12345_assignsubmission_file_/01_toy_models.ipynb", "12345", "Ada Lovelace"),
        ("lovelaceada_4711_88_01_toy_models-1.ipynb", "4711", "lovelaceada"),
        ("lovelaceada_late_4711_88_01_toy_models.ipynb", "4711", "lovelaceada"),
        ("ada_01_toy_models.ipynb", "ada", "ada"),
        ("01_toy_models_ada (2).ipynb", "ada", "ada"),
    ],
)
def test_the_path_tells(path, key, name):
    learner = identify(path, STEMS, None, None)
    assert (learner.key, learner.name, learner.source) == (key, name, "path")


def test_a_name_cell_tells_where_the_path_does_not():
    learner = identify("01_toy_models (3).ipynb", STEMS, "Ada Lovelace", None)
    assert (learner.key, learner.source) == ("Ada Lovelace", "name cell")
    assert identify("ada/x.ipynb", STEMS, "Somebody Else", None).key == "ada"
    assert identify("01_toy_models.ipynb", STEMS, None, None).source == "file name"


def test_a_roster_knows_people_by_any_of_their_names(tmp_path):
    (tmp_path / "roster.csv").write_text(
        "Learner,Name,Email,File\na1,Ada Lovelace,ada@x.org,strange.ipynb\nb2,Émilie du Châtelet,em@x.org,\n", "utf-8"
    )
    roster = read_roster(tmp_path / "roster.csv")
    for path in ("ADA LOVELACE/x.ipynb", "ada@x.org/x.ipynb", "a1/x.ipynb", "strange.ipynb"):
        assert identify(path, STEMS, None, roster).key == "a1"
    assert identify("emilie du chatelet/x.ipynb", STEMS, None, roster).name == "Émilie du Châtelet"
    assert identify("01_toy_models.ipynb", STEMS, "Ada Lovelace", roster).key == "a1"
    stranger = identify("bob/x.ipynb", STEMS, "Ada Lovelace", roster)
    assert (stranger.key, stranger.source) == ("bob", "path")


def test_a_roster_needs_its_column(tmp_path):
    (tmp_path / "roster.csv").write_text("who;what\na;b\n")
    with pytest.raises(ValueError, match="column `learner`"):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    "cell, name",
    [
        (code('NAME = "Ada Lovelace"  # yours'), "Ada Lovelace"),
        (code("name = 'Ada'"), "Ada"),
        (text("**Name:** Ada Lovelace"), "Ada Lovelace"),
        (text("Your name: ____"), None),
        (code('NAME = "your name here"'), None),
        (text("My name: Ada\x1b[31m"), "Ada\\x1b[31m"),
    ],
)
def test_name_cells(cell, name):
    assert claimed_name(parse(notebook([cell, *cells()]))) == name
