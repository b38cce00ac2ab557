"""`course plan` as a person runs it, and its pages in a browser: offline, in both themes, on a phone and on paper."""

import re
from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe
from typer.testing import CliRunner

from course_utils.cli import app
from course_utils.planning.schedule import read
from tests.conftest import PATIENCE

WISHES = ["--days", "1", "--hours", "4", "--from", "00", "--to", "01"]
PAGES = ["index.html", "sheets/00.html", "sheets/01.html", "slides/00.html", "slides/01.html"]


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["plan", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("plan") / "out"
    status, said, _ = run(*WISHES, "--title", "Physics <&> friends", "--out", str(place))
    assert status == 0 and f"5 pages. Open {place / 'index.html'}" in said
    return place


def test_the_timetable_is_printed():
    status, said, _ = run(*WISHES)
    assert status == 0
    assert "Day 1, 09:00 to " in said and re.search(r"\d\d:\d\d +5 min  00  0\.2   Read a feature", said)
    assert "Left out:" in said and "drop in this order" in said and "With --out FOLDER" in said
    assert max(map(len, said.splitlines())) <= 105


@pytest.mark.parametrize(
    "wishes, says",
    [
        (["--days", "2", "--hours", "0", "--from", "00", "--to", "01"], "--hours is 0; a day needs at least 1 hour."),
        (["--days", "3", "--hours", "30", "--from", "00", "--to", "01"], "has 15 till midnight."),
        (["--days", "1", "--hours", "6", "--from", "04", "--to", "01"], "--from 04 comes after --to 01"),
        (["--days", "1", "--hours", "6", "--from", "00", "--to", "99"], "--to is '99'; there is no such chapter."),
    ],
)
def test_an_impossible_wish_gets_a_sentence(wishes, says):
    status, said, error = run(*wishes)
    assert (status, said) == (1, "")
    assert says in error and error.count("\n") == 1


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    status, _, error = run(*WISHES, "--out", str(tmp_path))
    assert status == 1 and "holds other things than a plan" in error
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_schedule_beside_the_pages_can_be_read(folder):
    found = read((folder / "schedule.json").read_text(encoding="utf-8"))
    assert found.title == "Physics <&> friends" and len(found.days) == 1
    assert {slot.chapter for slot in found.slots} == {"", "0", "1"}


def test_a_plan_is_written_over_an_older_one(folder):
    (folder / "sheets" / "09.html").write_text("old")
    assert run(*WISHES, "--title", "Physics <&> friends", "--out", str(folder))[0] == 0
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == ["00.html", "01.html"]


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_and_links_only_what_is_in_the_folder(folder, name):
    page = folder / name
    text = page.read_text(encoding="utf-8")
    for link in Links(text).found:
        target = re.split(r"[?#]", link)[0]
        assert link.startswith("https://") or not target or (page.parent / target).exists(), link
    assert "Physics <&>" not in text


def test_a_sheet_says_what_a_check_says(folder):
    text = (folder / "sheets" / "00.html").read_text(encoding="utf-8")
    assert "<em>counts itself</em>: That is the whole reading." in text
    assert "<code>result = …</code> in a loop" in text


@pytest.fixture(scope="module")
def open_page(chromium, folder):
    contexts, problems = [], []

    def open_(name: str, theme: str = "light", width: int = 1280):
        context = chromium.new_context(viewport={"width": width, "height": 720}, color_scheme=theme, offline=True)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on("requestfailed", lambda request: problems.append(request.url))
        page.goto(f"{folder.as_uri()}/{name}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def findings(page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}, context={"exclude": [[".plot"]]})
    grave = [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:120]}" for each in grave for node in each["nodes"]]


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("name", ["index.html", "sheets/01.html"])
def test_axe_finds_nothing_grave_and_the_page_does_not_scroll_sideways(open_page, name, theme, width):
    page = open_page(name, theme, width)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_arrows_turn_slides_and_figures_are_drawn(open_page, theme):
    page = open_page("slides/01.html", theme)
    assert page.locator("section.present h1").text_content() == "01 Toy models"
    assert findings(page) == []
    page.keyboard.press("ArrowRight")
    assert page.locator("section.present .kind").text_content() == "Predict"
    assert findings(page) == []
    page.evaluate("Reveal.slide(7)")
    page.locator("section.present .course-figure.drawn svg").first.wait_for()
    assert findings(page) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 26)"}[theme]


@pytest.mark.parametrize("name", ["00", "01"])
def test_on_paper_every_slide_is_one_page_and_nothing_is_cut_off(open_page, name):
    page = open_page(f"slides/{name}.html?print-pdf")
    page.locator("html[data-printable]").wait_for()
    boxes = page.locator(".slides .page, .slides .body")
    assert max(boxes.evaluate_all("all => all.map(each => each.scrollHeight - each.clientHeight)")) <= 0
    slides = page.locator(".slides section").count()
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == slides


def test_a_day_is_one_page_of_paper(open_page):
    page = open_page("index.html")
    page.evaluate("document.querySelectorAll('#out, #late').forEach(each => each.remove())")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
