"""The right mark for the right person: names that are nearly the same, and names that somebody else wrote."""

import csv

import pytest
from test_results import CATALOGUE, entry

from course_utils.grading import results as joined
from course_utils.grading.export import canvas_rows, moodle_rows, plain_rows, write_tables
from course_utils.grading.identity import Roster, identify, layouts, read_roster
from course_utils.grading.pages import write_pages

STEMS = ["07_small"]


def roster_of(tmp_path, text: str, encoding: str = "utf-8") -> Roster:
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    return read_roster(tmp_path / "roster.csv")


def join(*entries, roster=None):
    return joined.join(list(entries), list(entries), CATALOGUE, roster)


def right(path, **more):
    return entry(path, **more, **{"7.1": ("passed", 2)})


def wrong(path, **more):
    return entry(path, **more, **{"7.1": ("failed", 0)})


def flags(found) -> dict[str, str]:
    return {row.entry.path: "; ".join(row.flags) for row in found.rows}


PEOPLE = "learner,name,section,status\na1,Ada Lovelace,Monday,present\nb2,Bob,Tuesday,away\n"


@pytest.mark.parametrize("claim", ["ada", "a1", "Ada Lovelace", "ADA LOVELACE"])
@pytest.mark.parametrize("with_roster", [True, False])
def test_a_name_cell_never_touches_anothers_mark(tmp_path, claim, with_roster):
    """Somebody writes `NAME = "ada"` into a file without a name: Ada's mark stands, and the file is looked at."""
    roster = roster_of(tmp_path, PEOPLE) if with_roster else None
    found = join(right("a1/07_small.ipynb"), wrong("07_small.ipynb", claims=claim), roster=roster)
    points = {row[2] or row[3]: row[-1] for row in canvas_rows(found)[2:]}
    assert points == {"a1": 2} and [row[3] for row in moodle_rows(found, "7")[1:]] == [2]
    assert flags(found)["a1/07_small.ipynb"] == "" and "own claim" in flags(found)["07_small.ipynb"]
    assert len(plain_rows(found)[1:]) == 2 + with_roster  # both files, and Bob, who is absent


def test_a_name_cell_alone_is_a_mark_with_a_flag_for_a_person_to_place(tmp_path):
    found = join(right("07_small.ipynb", claims="Ada Lovelace"), roster=roster_of(tmp_path, PEOPLE))
    assert plain_rows(found)[1][:4] == ["a1", "Ada Lovelace", "7", 2] and "own claim" in flags(found)["07_small.ipynb"]
    assert canvas_rows(found)[2:] == [] and moodle_rows(found, "7")[1:] == []
    assert "Ada Lovelace" in [learner.name for learner in found.absent]


def test_a_claim_is_not_on_anothers_page(tmp_path):
    found = join(right("ada/07_small.ipynb"), wrong("07_small.ipynb", claims="ada"))
    write_pages(found, tmp_path)
    pages = [path.read_text("utf-8") for path in (tmp_path / "learners").iterdir()]
    assert len(pages) == 2 and sum("2 of 3 points" in page for page in pages) == 1


def test_the_name_of_a_file_in_a_folder_tells_nothing(tmp_path):
    """Everybody may name their file as they like, in their own folder."""
    roster = roster_of(tmp_path, "learner,name,file\na1,Ada,ada.ipynb\n")
    stranger = identify("mallory/ada.ipynb", STEMS, None, roster)
    assert (stranger.key, stranger.source) == ("mallory", "path")
    assert identify("ada.ipynb", STEMS, None, roster).key == "a1"


def test_where_a_file_was_found_outweighs_what_it_is_called():
    found = join(right("ada/07_small.ipynb"), wrong("ada_07_small.ipynb"))
    assert [row[-1] for row in canvas_rows(found)[2:]] == [2]
    assert flags(found)["ada/07_small.ipynb"] == "" and flags(found)["ada_07_small.ipynb"] != ""


def test_a_folder_that_imitates_moodles_names_is_not_believed(tmp_path):
    """In a folder that is no download of Moodle's, or with somebody else's number."""
    worksheet = (
        "Identifier,Full name,Email address\nParticipant 12,Ada Lovelace,ada@x.org\nParticipant 13,Bob,b@x.org\n"
    )
    roster = roster_of(tmp_path, worksheet)
    mallory = "Ada Lovelace_12_assignsubmission_file_/07_small.ipynb"
    found = join(right("ada@x.org/07_small.ipynb"), right("Bob/07_small.ipynb"), wrong(mallory), roster=roster)
    assert [(row[0], row[3]) for row in moodle_rows(found, "7")[1:] if row[0]] == [
        ("Participant 12", 2), ("Participant 13", 2),
    ]  # fmt: skip
    assert flags(found)[mallory] and not flags(found)["ada@x.org/07_small.ipynb"]
    other = "Mallory_12_assignsubmission_file_/07_small.ipynb"
    found = join(right("Ada Lovelace_12_assignsubmission_file_/07_small.ipynb"), wrong(other), roster=roster)
    assert [(row[0], row[3]) for row in moodle_rows(found, "7")[1:]] == [("Participant 12", 2)]
    assert flags(found)[other]


def test_a_folder_is_a_download_when_most_of_it_looks_so():
    moodle = [f"Ada {n}_{n}_assignsubmission_file_/x.ipynb" for n in range(3)]
    canvas = [f"ada_{n}_88_x.ipynb" for n in range(3)]
    assert layouts(moodle) == {"moodle"} and layouts([*canvas, "more.ipynb"]) == {"canvas"}
    assert layouts(["ada/x.ipynb", moodle[0]]) == frozenset() and layouts(["a/ada_1_2_x.ipynb"]) == frozenset()


def test_a_name_made_to_be_read_in_two_ways_is_not_moodles():
    twice = "Ada_12_assignsubmission_file__13_assignsubmission_file_"
    assert identify(f"{twice}/x.ipynb", STEMS, None, None).key == twice


@pytest.mark.parametrize("folder", ["Monday", "present", "away", "Tuesday"])
def test_only_columns_about_a_person_find_one(tmp_path, folder):
    assert identify(f"{folder}/x.ipynb", STEMS, None, roster_of(tmp_path, PEOPLE)).source == "path"


@pytest.mark.parametrize("column", ["id number", "Login", "username", "E-Mail", "SIS User ID", "Full Name", "Student"])
def test_columns_about_a_person_find_one(tmp_path, column):
    roster = roster_of(tmp_path, f"learner,{column}\n1,somebody\n2,else\n")
    assert identify("somebody/x.ipynb", STEMS, None, roster).key == "1"


@pytest.mark.parametrize(
    "one, other",
    [("muller", "müller"), ("José García", "Jose Garcia"), ("Strauss", "Strauß"), ("A7", "a7"), ("Ines", "Inés")],
)
def test_names_that_are_nearly_the_same_are_two_people(tmp_path, one, other):
    roster = roster_of(tmp_path, f"learner,name\n1,{one}\n2,{other}\n")
    found = join(right(f"{one}/07_small.ipynb"), wrong(f"{other}/07_small.ipynb"), roster=roster)
    assert {row[2] or row[3]: row[-1] for row in canvas_rows(found)[2:]} == {"1": 2, "2": 0}
    assert not any(flags(found).values())


def test_a_name_that_only_nearly_fits_costs_nobody_a_mark(tmp_path):
    """Jose is not in the roster: José's mark stands, and Jose's is looked at."""
    roster = roster_of(tmp_path, "learner,name\n1,José García\n")
    found = join(right("José García/07_small.ipynb"), wrong("Jose Garcia/07_small.ipynb"), roster=roster)
    assert [row[-1] for row in canvas_rows(found)[2:]] == [2]
    assert flags(found)["Jose Garcia/07_small.ipynb"] and not flags(found)["José García/07_small.ipynb"]


@pytest.mark.parametrize("folder", ["O'Brien", "O’Brien", "O‘Brien", "o´brien"])
def test_apostrophes_are_one(tmp_path, folder):
    for name in ("O'Brien", "O’Brien"):
        roster = roster_of(tmp_path, f"learner,name\n1,{name}\n")
        assert identify(f"{folder}/x.ipynb", STEMS, None, roster).key == "1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_roster_in_any_encoding_of_a_spreadsheet(tmp_path, encoding):
    roster = roster_of(tmp_path, "learner,name\n1,José García\n2,Jose Garcia\n3,Þóra\n", encoding)
    for folder, key in {"José García": "1", "Jose Garcia": "2", "Þóra": "3"}.items():
        assert identify(f"{folder}/x.ipynb", STEMS, None, roster).key == key
    assert [("Windows-1252" in note) for note in roster.notes] == [True] * (encoding == "cp1252")


def test_nobody_is_found_around_a_lost_letter(tmp_path):
    roster = roster_of(tmp_path, "learner,name\n1,Jos\ufffd\n2,Bob\n")
    for folder in ("Jos", "José", "Jose", "Jos\ufffd"):
        assert identify(f"{folder}/x.ipynb", STEMS, None, roster).source == "path"
    assert "1 row" in roster.notes[0]


def test_two_of_one_name_are_left_to_a_person(tmp_path):
    roster = roster_of(tmp_path, "learner,name\n1,Bob\n2,Bob\n")
    found = join(right("Bob/07_small.ipynb"), roster=roster)
    assert "more than one in the roster" in flags(found)["Bob/07_small.ipynb"]


@pytest.mark.parametrize("name", ["@nna", "-Zoë O'Neill", "+Bob", "@da Lovelace-King", "-Müller, J."])
def test_a_name_that_begins_like_a_formula_is_found_again(tmp_path, name):
    """By Canvas and Moodle, that is; for a spreadsheet it is quoted."""
    roster = roster_of(tmp_path, f'learner,name,email\na1,"{name}",@x\n')
    write_tables(join(right("a1/07_small.ipynb"), roster=roster), tmp_path)

    def cells(file: str) -> set[str]:
        return {c for row in csv.reader((tmp_path / file).open(encoding="utf-8-sig", newline="")) for c in row}

    assert name in cells("canvas.csv") and name in cells("moodle-07_small.csv") and f"'{name}" in cells("marks.csv")
    assert identify(f"{name}/x.ipynb", STEMS, None, roster).key == "a1"


@pytest.mark.parametrize("name", ["@SUM(A1)", "-1+1", "+cmd|' /C calc'!A0", "=Bob", "@A1:B2", "-2", "+49 170 1", "=1"])
def test_what_would_be_a_formula_is_quoted_everywhere(tmp_path, name):
    roster = Roster([{"learner": "a1", "name": name, "email": name, "sis login id": name}])
    for path in write_tables(join(right("a1/07_small.ipynb"), roster=roster), tmp_path):
        for row in csv.reader(path.open(encoding="utf-8-sig", newline="")):
            assert not [c for c in row if c[:1] in "=+-@" and c]


GARCIAS = "learner,name\n1,José García\n2,Jose Garcia\n"


@pytest.mark.parametrize("encoding", ["mac_roman", "cp437", "cp850"])
def test_a_name_found_only_without_accents_in_letters_that_were_guessed_is_looked_at(tmp_path, encoding):
    """José's own row can't be read: what is left to find is the other one."""
    roster = roster_of(tmp_path, GARCIAS, encoding)
    assert roster.guessed
    found = join(right("José García/07_small.ipynb"), roster=roster)
    assert "without its accents" in flags(found)["José García/07_small.ipynb"]
    plain = roster_of(tmp_path, "learner,name\n1,José García\n")
    assert flags(join(right("Jose Garcia/07_small.ipynb"), roster=plain))["Jose Garcia/07_small.ipynb"] == ""


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("learner\tname\n1\tZoë\n", "utf-16"),  # Excel's "Unicode text"
        ("learner\tname\n1\tZoë\n", "utf-8"),
        ("sep=;\nlearner;name\n1;Zoë\n", "utf-8"),
        ("learner,name\r1,Zoë\r", "utf-8"),
        ("learner,name\n1,Zoë\n", "utf-16-le"),
        ("learner,name\n1,Zoë\n", "utf-16-be"),
        ("learner,name\n1,Zoë\n1,Zoë\n", "utf-8"),
    ],
)
def test_what_spreadsheets_write(tmp_path, text, encoding):
    assert identify("Zoë/x.ipynb", STEMS, None, roster_of(tmp_path, text, encoding)).key == "1"


@pytest.mark.parametrize(
    "text, message",
    [("learner,name\n", "nobody is in this roster"), ("learner\n1" + "a" * 200_000, "can't be read as a CSV file")],
)
def test_a_roster_that_is_none_is_one_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        roster_of(tmp_path, text)
    assert "roster.csv" in str(caught.value)


@pytest.mark.parametrize("name", ["Copy of 07_small.ipynb", "Kopie von 07_small.ipynb", "Copia de 07_small.ipynb"])
def test_what_drive_puts_before_a_name_is_nobodys(name):
    assert identify(name, STEMS, "Ada", None).key == "Ada"
    assert identify(name.replace("07_small", "ada_07_small"), STEMS, None, None).key == "ada"
