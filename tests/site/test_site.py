"""The site as a reader has it: opened from a folder, without a network, in light and dark, on a desk and on a phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import course_utils
from course_utils import exercises
from course_utils.authoring.site import glossary, links
from course_utils.authoring.source import read_source
from tests.browser.conftest import ROOT
from tests.conftest import PATIENCE

CHAPTERS = [path.stem for path in sorted((ROOT / "solutions").glob("[0-9]*.py"))]
GUIDES = ["index", "glossary", "mini_language", "teachers", "privacy", "authors", "rooms", "search"]
VIEWS = {
    "light, on a desk": ("light", 1280),
    "dark, on a phone": ("dark", 390),
    "dark, on a desk": ("dark", 1280),
    "light, on a phone": ("light", 390),
}
# Nine tenths of a page are of three kinds, each made by one program: they are looked at once, in every view.
BULK = (".plot", ".highlight", ".katex")
FIRST = {".course-figure": 1, ".formula": 20, "div.highlight": 8, ".exercise": 2, ".prediction": 2}


@pytest.fixture(scope="module")
def open_page(chromium, site):
    """`open_page("glossary", "dark", 390)`: the page, with everything that its reader has to open opened."""
    views: dict[tuple[str, int], Page] = {}

    def open_(name: str, theme: str = "light", width: int = 1280) -> Page:
        if (theme, width) not in views:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme, offline=True, has_touch=width < 500
            )
            context.set_default_timeout(PATIENCE)
            views[theme, width] = context.new_page()
            views[theme, width].on("pageerror", lambda problem: problems.append(str(problem)))
            views[theme, width].on(
                "requestfailed", lambda request: problems.append(f"{request.url}: {request.failure}")
            )
        problems.clear()
        page = views[theme, width]
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})  # a test may have turned it
        page.goto((site / f"{name}.html").as_uri())
        page.evaluate("document.fonts.ready")
        return page

    problems: list[str] = []
    open_.problems = problems
    yield open_
    for page in views.values():
        page.context.close()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.wait_for_timeout(100)


def look(page: Page, theme: str, width: int) -> None:
    """Turn a page that is open to another view."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # what is watched for its size


def findings(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:120]}" for each in grave for node in each["nodes"]]


@pytest.mark.parametrize("name", [*GUIDES, *CHAPTERS])
def test_axe_finds_nothing_grave_and_the_page_does_not_scroll_sideways(open_page, name):
    page = open_page(name)
    unfold(page)
    for width in (390, 1280):
        look(page, "light", width)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator(".katex-error").all_text_contents() == []
    # Left out by emptying it: axe reads also what it is told to leave out, for half of its time.
    page.evaluate("bulk => document.querySelectorAll(bulk).forEach(each => each.replaceChildren())", ", ".join(BULK))
    assert findings(page) == []
    look(page, "dark", 390)
    assert findings(page) == []
    assert open_page.problems == []


@pytest.mark.parametrize("view", VIEWS)
def test_an_exercise_with_its_code_a_formula_and_a_drawn_figure_are_readable_in_every_view(open_page, view):
    page = open_page("01_toy_models", *VIEWS[view])
    page.evaluate(
        """first => {
            for (const [kind, kept] of Object.entries(first))
                [...document.querySelectorAll(kind)].slice(kept).forEach(each => each.remove());
            document.querySelectorAll("details:not(.result)").forEach(each => { each.open = true });
        }""",
        FIRST,
    )
    page.locator(".course-figure").scroll_into_view_if_needed()
    page.locator(".course-figure.drawn").wait_for()
    assert all(
        page.locator(part).count() for part in (".exercise .highlight span", ".katex", ".plot svg", ".prediction")
    )
    assert findings(page) == []


def test_pages_are_small_and_fetch_nothing(site):
    assert list(links.problems(site)) == []
    assert max(path.stat().st_size for path in site.glob("*.html")) < 1_000_000
    assert [path.name for path in site.rglob("plotly*.js")] == ["plotly.min.js"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_all_its_exercises_with_their_hints_and_its_quiz(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    chapter = exercises.chapter(name[:2])
    assert re.findall(r'<h3 id="exercise-([\d-]+)"', text) == [each.id.replace(".", "-") for each in chapter.exercises]
    assert text.count('<details class="hint">') == sum(len(each.hints) for each in chapter.exercises)
    assert text.count('<details class="solution">') == len(chapter.exercises)
    assert text.count('<div class="question">') == len(chapter.quiz)
    assert text.count('<div class="exercise">') == len(chapter.exercises)
    assert f"/blob/v{course_utils.__version__}/chapters/{name}.ipynb" in text


def test_figures_are_drawn_when_they_come_near_also_behind_a_click(open_page):
    page = open_page("01_toy_models")
    hidden = page.locator("details.result .course-figure").first
    assert "drawn" not in hidden.get_attribute("class")
    page.locator("details.result", has=page.locator(".course-figure")).first.evaluate("each => { each.open = true }")
    hidden.scroll_into_view_if_needed()
    expect(hidden).to_have_class(re.compile("drawn"))
    assert hidden.locator(".plot").get_attribute("aria-label").startswith("Figure")
    assert open_page.problems == []


def film(page: Page):
    """The page's first animation, drawn."""
    figure = page.locator(".course-figure.film").first
    figure.scroll_into_view_if_needed()
    figure.locator(".player").wait_for()
    return figure


def shapes(figure) -> list[str]:
    return figure.locator(".scatterlayer path.js-line").evaluate_all("all => all.map(each => each.getAttribute('d'))")


def test_an_animation_is_moved_and_played_with_the_keyboard(open_page):
    figure = film(open_page("01_toy_models"))
    slider, button = figure.get_by_role("slider"), figure.get_by_role("button")
    end, label = shapes(figure), figure.locator("output").text_content()
    slider.press("Home")
    expect(figure.locator("output")).not_to_have_text(label)
    assert slider.get_attribute("aria-valuetext") == figure.locator("output").text_content()
    assert shapes(figure) != end
    button.press("Enter")
    expect(button).to_have_text("❚❚ Pause")
    expect(slider).not_to_have_value("0")
    button.press("Enter")
    expect(button).to_have_text("▶ Play")


def test_figures_take_the_pages_ink_when_its_theme_changes(open_page):
    page = open_page("01_toy_models")
    figure = page.locator(".course-figure").first
    figure.scroll_into_view_if_needed()
    text = figure.locator("svg text").first
    expect(text).to_have_css("fill", "rgb(74, 74, 74)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(text).to_have_css("fill", "rgb(196, 201, 207)")


def test_search_works_from_a_folder(open_page, site):
    page = open_page("search")
    page.goto((site / "search.html").as_uri() + "?q=pentagon")
    expect(page.locator("#search-results li a").first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("Toy models")


def test_a_link_to_an_exercise_leads_there(open_page, site):
    page = open_page("index")
    page.locator("ol.map details").nth(1).evaluate("each => { each.open = true }")
    page.get_by_role("link", name="1.4 ").click()
    expect(page.locator("#exercise-1-4")).to_be_in_viewport()


def test_every_word_of_the_glossary_is_used_in_the_chapter_that_introduces_it():
    terms = glossary.read((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert len({term.name for term in terms}) == len(terms) > 50
    prose = {}
    for path in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        cells = read_source(path).cells
        prose[path.stem[:2]] = "\n\n".join(cell.source for cell in cells if cell.kind == "markdown")
    unused = [t.name for t in terms if "{term}" not in glossary.linked(prose[t.chapter], [t], t.chapter)]
    assert unused == []


def test_headings_and_landmarks(site):
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert len(re.findall("<h1[ >]", text)) == 1, path.name
        assert len(re.findall("<main[ >]", text)) == 1 and 'lang="en"' in text, path.name
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), path.name
