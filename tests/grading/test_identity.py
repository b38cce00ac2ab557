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
        ("müllerjosé_LATE_4711_88_01_toy_models.ipynb", "4711", "müllerjosé"),
        ("Ada_12_assignsubmission_file/01_toy_models.ipynb", "12", "Ada"),
        ("E\u0301milie/x.ipynb", "\u00c9milie", "\u00c9milie"),
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


def test_what_moodle_and_canvas_give_is_a_roster(tmp_path):
    worksheet, export = tmp_path / "worksheet.csv", tmp_path / "export.csv"
    worksheet.write_text(
        '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (grade)"\n'
        '"Participant 12","Ada Lovelace",ada@x.org,"Submitted for grading",4711,100.00,-\n'
        '"Participant 13","Bob",bob@x.org,"No submission",,100.00,-\n',
        "utf-8",
    )
    export.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Old (5),Final Score\n,,,,,Manual Posting,\n"
        '    Points Possible,,,,,10,(read only)\n"Lovelace, Ada",4711,77,ada,Monday,12,12\n',
        "utf-8",
    )
    moodle, canvas = read_roster(worksheet), read_roster(export)
    learner = identify("Ada Lovelace_12_assignsubmission_file/x.ipynb", STEMS, None, moodle)
    assert (learner.key, learner.name, learner.source) == ("12", "Ada Lovelace", "roster")
    assert learner.details["identifier"] == "Participant 12" and len(moodle.rows) == 2
    assert identify("4711/x.ipynb", STEMS, None, moodle).source == "path"  # a grade is no name
    for path in ("lovelaceada_4711_88_01_toy_models.ipynb", "ada/x.ipynb", "77/x.ipynb"):
        learner = identify(path, STEMS, None, canvas)
        assert (learner.key, learner.name, learner.details["section"]) == ("4711", "Lovelace, Ada", "Monday")
    assert len(canvas.rows) == 1 and identify("12/x.ipynb", STEMS, None, canvas).source == "path"


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
