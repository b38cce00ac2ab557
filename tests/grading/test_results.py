"""Tables and pages: everything a learner wrote is text in them, and nothing is merged behind a teacher's back."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from notebooks import cells, code, notebook, submission

from course_utils.grading import pages as pages_module
from course_utils.grading import results as joined
from course_utils.grading.export import canvas_rows, moodle_rows, plain_rows, write_tables
from course_utils.grading.gradebook import Entry
from course_utils.grading.identity import Roster
from course_utils.grading.pages import class_page, file_name, learner_page, write_pages
from course_utils.grading.plain import cell, one_line, plain

CATALOGUE = {
    "7": {
        "stem": "07_small",
        "exercises": {"7.1": {"title": "Scale", "points": 2}, "7.10": {"title": "Last", "points": 1}},
    }
}


def mark(id, status="passed", points=2, mistake=None, text="Checked."):
    about = {"exercise": id, "points": points, "of": points, "status": status, "mistake": mistake}
    return about | {"headline": "Not yet.", "lines": [[text, "plain"]], "how": "metadata", "flag": None}


def entry(path, digest="1", problem=None, claims=None, **statuses):
    marks = {id: mark(id, *given) for id, given in statuses.items()}
    chapter = "7" if problem is None else None
    return Entry(path, digest, chapter, claims, problem, [], "bubblewrap", "2026-01-01", marks)


def join(*entries, roster=None, history=()):
    return joined.join(list(entries), [*history, *entries], CATALOGUE, roster)


ADA = entry("ada/07_small.ipynb", **{"7.10": ("passed", 1), "7.1": ("passed", 2)})
BOB = entry("bob/07_small.ipynb", **{"7.1": ("failed", 0, "adds"), "7.10": ("not attempted", 0)})


def test_the_plain_table_has_a_row_for_every_file():
    rows = plain_rows(join(ADA, BOB, entry("cy/x.ipynb", problem="it is empty")))
    assert rows[0] == ["learner", "name", "chapter", "points", "of", "to look at", "file", "7.1", "7.10"]
    assert rows[1][:5] == ["ada", "ada", "7", 3, 3] and rows[1][-2:] == [2, 1]
    assert rows[3][:6] == ["cy", "cy", "", 0, "", "not marked: it is empty"]


def test_two_files_of_one_learner_are_reported_and_left_to_a_person():
    twice = join(ADA, entry("ada/07_small (1).ipynb", **{"7.1": ("failed", 0)}), BOB)
    assert [row.flags for row in twice.rows if row.learner.key == "ada"] == [["2 files of one learner"]] * 2
    assert [row[0] for row in plain_rows(twice)[1:]] == ["ada", "ada", "bob"]
    assert [row[0] for row in canvas_rows(twice)[2:]] == ["ada", "bob"]
    assert canvas_rows(twice)[2][-1] == "" and [row[1] for row in moodle_rows(twice, "7")[1:]] == ["bob"]


def test_canvas_and_moodle_get_their_columns():
    """As their importers want them: lib/gradebook_importer.rb, mod/assign/feedback/offline/importgradeslib.php."""
    roster = Roster(
        [{"learner": "ada", "name": "Ada Lovelace", "email": "a@x.org", "id": "4711", "identifier": "Participant 9"}]
    )
    canvas, moodle = canvas_rows(join(ADA, roster=roster)), moodle_rows(join(ADA, roster=roster), "7")
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "07_small"]
    assert canvas[1] == ["    Points Possible", "", "", "", "", 3]
    assert canvas[2] == ["Ada Lovelace", "4711", "", "", "", 3]
    assert moodle[0] == [
        "Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)",
        "Feedback comments",
    ]  # fmt: skip
    assert moodle[1] == ["Participant 9", "Ada Lovelace", "a@x.org", 3, 3, "2026-01-01", "7.1 ✓ 7.10 ✓"]


def test_a_number_of_ours_never_passes_for_one_of_theirs():
    """Canvas would take 4711 for an ID of its own, Moodle the end of "student-num-42": a mark for somebody else."""
    found = join(entry("4711/x.ipynb", **{"7.1": ("passed", 2)}), entry("student-num-42/x.ipynb"))
    assert [row[1:4] for row in canvas_rows(found)[2:]] == [["", "", "4711"], ["", "", "student-num-42"]]
    assert [row[0] for row in moodle_rows(found, "7")[1:]] == ["", ""]
    canvas = join(entry("lovelaceada_4711_88_07_small.ipynb", **{"7.1": ("passed", 2)}))
    moodle = join(entry("Ada_12_assignsubmission_file/07_small.ipynb", **{"7.1": ("passed", 2)}))
    assert canvas_rows(canvas)[2][1] == "4711" and moodle_rows(moodle, "7")[1][0] == "Participant 12"


def test_what_we_failed_to_grade_is_blank_and_not_zero():
    found = join(entry("ada/x.ipynb", problem="could not be graded: the judge broke down"))
    assert canvas_rows(found)[2][5:] == [] and plain_rows(found)[1][5].startswith("not marked: could not be graded")


def test_absent_learners_and_strangers_are_named():
    found = join(ADA, BOB, roster=Roster([{"learner": "ada"}, {"learner": "zoe", "name": "Zoe"}]))
    assert [learner.name for learner in found.absent] == ["Zoe"]
    assert [row.flags for row in found.rows] == [[], ["not in the roster"]]
    assert plain_rows(found)[-1][:6] == ["zoe", "Zoe", "", "", "", "nothing handed in"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "＝1",
        "＠SUM(A1)",
        "﹦1",
        "﹢1",
        "﹣1",
        "﹫SUM(A1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "|calc",
        "%0A=1",
        "\x00=1",
    ],
)
def test_no_cell_is_a_formula(text):
    assert cell(text)[0] not in "=+-@|%＝＠﹦﹢﹣﹫\t\r\n\x00"


UNSEEN = ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u180e", "\U000e0041", "\u200d\u200b", "\u034f", "\u3164", "\ufe0f"]


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", '"=1', "a;{}=1", "+1"])
def test_no_cell_is_a_formula_behind_what_nobody_sees(unseen, text):
    told = text.format(unseen) if "{}" in text else unseen + text
    assert cell(told) == (cell("a;=1") if "{}" in text else cell(text))
    assert cell(f"{unseen}Ada") == f"{unseen}Ada"  # a name stays as it is


def test_no_name_breaks_out_of_its_cell(tmp_path):
    """Read with commas, or as a spreadsheet in Germany would, with semicolons: a name is one cell, and no formula."""
    names = ['a;=cmd|"/c calc"!A1', 'Lovelace, "Ada"', "two\nlines", "\u202egnp", "عائشة", "\t=1", "ἀ;+1"]
    roster = Roster([{"learner": f"l{n}", "name": name} for n, name in enumerate(names)])
    rows = [entry(f"l{n}/07_small.ipynb", **{"7.1": ("passed", 2)}) for n in range(len(names))]
    for path in write_tables(join(*rows, roster=roster), tmp_path):
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf") == (path.name == "marks.csv")  # Canvas would stumble over it
        text = raw.decode("utf-8-sig")
        table = list(csv.reader(text.splitlines()))
        assert {len(row) for row in table} == {len(table[0])} and len(table) == len(names) + 1 + (table[1][1] == "")
        assert {'Lovelace, "Ada"', "two lines", "\\u202egnp", "عائشة"} <= {cell for row in table for cell in row}
        for row in csv.reader(text.splitlines(), delimiter=";"):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@"))]


def test_numbers_stay_numbers_in_a_table(tmp_path):
    write_tables(join(entry("=cmd()|x/07_small.ipynb", **{"7.1": ("passed", 2)}), ADA), tmp_path)
    rows = list(csv.reader((tmp_path / "marks.csv").open(encoding="utf-8-sig", newline="")))
    assert {row[0] for row in rows[1:]} == {"'=cmd()|x", "ada"} and rows[1][3] == "2"
    assert (tmp_path / "canvas.csv").exists() and (tmp_path / "moodle-07_small.csv").exists()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x07b", "a\\x07b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("é✓", "é✓"),
    ],
)
def test_control_characters_are_written_out(text, shown):
    assert plain(text) == shown


def test_one_line_is_one_line():
    assert one_line("a\nb\r\n\tc") == "a b\\x0d c" and len(one_line("x" * 1000)) < 250


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and the texts that can be read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts += [value for name, value in attrs if name == "title"]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def structure(self) -> list[tuple[str, list[str]]]:
        return [(tag, list(attributes)) for tag, attributes in self.elements]


EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&lt;'{{ 7 * 7 }}{% raw %}<b>"


def told(text: str, **where: object) -> joined.Results:
    """A class with `text` in one place: `mark=`, `entry=` name a field of Ada's submission, `line=` a kind of line."""
    about = mark("7.1", "failed", 0)
    if kind := where.get("line"):
        about["lines"].append([text, kind])
    if field := where.get("mark"):
        about[field] = text
    path = "7.ipynb" if where.get("entry") == "claims" else "ada/7.ipynb"  # a claim counts where nothing else tells
    first = entry(path)._replace(marks={"7.1": about})
    if field := where.get("entry"):
        first = first._replace(**{field: {"notes": [text], "path": f"{text}/7.ipynb"}.get(field, text)})
    second = entry("x/y.ipynb", problem=text if where.get("problem") else "it is empty")
    rows = [{"learner": "ada", "name": text if where.get("roster") == "name" else "Ada"}]
    rows += [{"learner": "zoe", "name": text if where.get("roster") == "absent" else "Zoe"}]
    others = [text] if where.get("others") else ["a.txt"]
    return joined.join([first, second], [first], CATALOGUE, Roster(rows) if "roster" in where else None, others)


ON_THE_PAGE = {
    "the path": {"entry": "path"},
    "the name that a notebook claims": {"entry": "claims"},
    "a note on the file": {"entry": "notes"},
    "the problem of a marked file": {"entry": "problem"},
    "the sandbox": {"entry": "sandbox"},
    "the time": {"entry": "graded"},
    "why a file was not marked": {"problem": True},
    "a file that is no notebook": {"others": True},
    "a name in the roster": {"roster": "name"},
    "the name of somebody absent": {"roster": "absent"},
    "a misconception": {"mark": "mistake"},
    "a flag": {"mark": "flag"},
}
IN_A_REPORT = {f"a {kind} line": {"line": kind} for kind in ("plain", "key", "code", "small")}
IN_A_REPORT |= {"the headline": {"mark": "headline"}}
PLACES = ON_THE_PAGE | IN_A_REPORT


def pages(found: joined.Results) -> list[str]:
    return [class_page(found), *(learner_page(found, [row]) for row in found.rows)]


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES)
def test_what_a_learner_wrote_is_read_and_changes_no_element(where):
    seen = ""
    for page, like in zip(pages(told(EVIL, **where)), pages(told("harmless", **where)), strict=True):
        assert Page(page).structure == Page(like).structure
        seen += "".join(Page(page).texts)
    assert "<script>alert(1)" in seen


@pytest.mark.parametrize("where", ON_THE_PAGE.values(), ids=ON_THE_PAGE)
def test_it_is_one_short_line_without_control_characters(where):
    """In a report it may have several lines, and was cut when it was marked."""
    for page in pages(told("a\n" * 3 + "\x1b[2J\u202egnp" + "x" * 10_000, **where)):
        assert not re.search("[\x1b\u202e]|a\na", page) and "x" * 301 not in page


def test_a_title_of_ours_is_text_too():
    catalogue = {"7": {"stem": EVIL, "exercises": {"7.1": {"title": EVIL, "points": 1}}}}
    found = joined.join([ADA], [ADA], catalogue, None)
    like = joined.join([ADA], [ADA], {"7": {"stem": "s", "exercises": {"7.1": {"title": "t", "points": 1}}}}, None)
    for page, harmless in zip(pages(found), pages(like), strict=True):
        assert Page(page).structure == Page(harmless).structure


def test_a_page_runs_and_loads_nothing():
    for page in pages(told("text")):
        policy = [a["content"] for _, a in Page(page).elements if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'; form-action 'none'"]


def test_no_template_switches_the_escaping_off_and_a_misspelt_name_is_an_error():
    for template in Path(pages_module.__file__).with_name("templates").glob("*.html"):
        assert not re.search(r"\bsafe\b|autoescape|Markup", template.read_text("utf-8")), template
    with pytest.raises(UndefinedError):
        pages_module._TEMPLATES.from_string("{{ lerner }}").render(learner="Ada")


def evil_results():
    bad = entry(f"{EVIL}/07_small.ipynb", claims=EVIL, **{"7.1": ("failed", 0, None, f"{EVIL} `{EVIL}`")})
    return joined.join([bad, entry(f"x/{EVIL}.ipynb", problem=EVIL)], [bad], CATALOGUE, None, [EVIL])


def test_marked_code_is_the_only_element_that_a_text_can_make():
    tags = [tag for page in pages(evil_results()) for tag, _ in Page(page).elements]
    assert "code" in tags and not {"script", "img", "b", "iframe"} & set(tags)


def test_links_lead_to_the_pages_that_are_written(tmp_path):
    page = write_pages(evil_results(), tmp_path)
    links = set(re.findall(r'href="learners/([^"]+)"', page.read_text("utf-8")))
    assert links == {path.name for path in (tmp_path / "learners").iterdir()}
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", link) for link in links)


def test_learners_never_share_a_page():
    assert len({file_name(key) for key in ("ada", "Ada", "ada!", "../ada", "", "ادا", "阿达")}) == 7


def test_the_class_page_shows_who_is_stuck_where():
    page = class_page(join(ADA, BOB, history=[entry("bob/07_small.ipynb", "0", **{"7.1": ("failed", 0)})]))
    assert "2 handed in, mean 1.5 of 3 points" in page
    assert ">✓</td>" in page and ">✗ ×2</td>" in page and ">○</td>" in page
    assert "7.1 Scale: adds (1)" in page and "50 %" in page
    assert page.index(">7.1<") < page.index(">7.10<")


def test_a_learner_reads_what_a_live_check_says(grader):
    result = grader.mark(submission(e72="def interference(W): return ((W.T @ W) ** 2).sum(1)"), "x.ipynb", [])
    marks = {m["exercise"]: m for m in result["marks"]}
    found = Entry("ada/x.ipynb", "1", "7", None, None, [], result["sandbox"], "now", marks)
    page = learner_page(
        joined.join([found], [found], grader.catalogue, None),
        joined.join([found], [found], grader.catalogue, None).rows,
    )
    assert "The sum should skip j = i." in page and "course-card" in page and "6 of 8 points" in page


def test_exceptions_arrive_as_text(grader):
    evil = f"def interference(W): raise ValueError({EVIL + chr(27) + '[2J'!r})"
    result = grader.mark(notebook([*cells({"7.2": evil}), code("x")]), "x.ipynb", [])
    lines = [text for m in result["marks"] if m["exercise"] == "7.2" for text, _ in m["lines"]]
    assert any("<script>" in text for text in lines) and not any("\x1b" in text for text in lines)
