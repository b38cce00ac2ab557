"""In a real JupyterLab: ten cards are named, with Enter, over a reload of the page and a new kernel; a prediction is
clicked after a reload."""

import re

from playwright.sync_api import expect

from tests.browser.notebook_page import NotebookPage

CARDS = """\
from course_utils.desk.drafts import draft
from course_utils.sae import explain
from course_utils.widgets import name_blind
cards = [f"-- largest\\n  100%  ·two· card{n}⟦s⟧· by" for n in range(10)]
naming = name_blind(cards, complaint=explain.complaint, keep=draft("10.7", cards))
naming"""
NAMES = [f'at "s"; {back} before " owl"' for back in range(1, 11)]


def write(shown, name):
    line = shown.get_by_role("textbox")
    line.fill(name)
    line.press("Enter")


def card(shown, number):
    return shown.get_by_text(f"Card {number} of 10", exact=True)


def reloaded(notebook, page):
    page.get_by_role("button", name=re.compile("^Save")).first.click()  # a key would go to the line that has the focus
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    page.reload()
    return NotebookPage(page, notebook.pictures)


def test_ten_names_over_a_reload_and_a_new_kernel(open_notebook):
    notebook = open_notebook("10_saes_language_model.ipynb")
    page = notebook.page
    setup = "from course_utils import"
    notebook.run(notebook.cell(setup))
    notebook.replace(notebook.cell("name_blind(cards"), CARDS)
    shown = notebook.run(notebook.cell("name_blind(cards"))
    expect(card(shown, 1)).to_be_visible()

    write(shown, "")
    expect(shown.get_by_text("The line is empty")).to_be_visible()
    write(shown, 'at "key"')
    expect(shown.get_by_text('Nearest: "key: "')).to_be_visible()
    shown.get_by_role("textbox").fill('at "key: "')
    expect(shown.get_by_text('Nearest: "key: "')).to_be_hidden()
    for number, name in enumerate(NAMES[:3], start=1):
        write(shown, name)
        expect(card(shown, number + 1)).to_be_visible()
    notebook.picture("three names")

    notebook = reloaded(notebook, page)
    shown = notebook.cell("name_blind(cards").locator(".jp-Cell-outputArea")
    expect(card(shown, 4)).to_be_visible()
    write(shown, NAMES[3])
    expect(card(shown, 5)).to_be_visible()

    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    shown = notebook.run(notebook.cell("name_blind(cards"))
    expect(card(shown, 5)).to_be_visible()
    for name in NAMES[4:]:
        write(shown, name)
        page.wait_for_timeout(500)
    expect(shown.get_by_text("All are named.")).to_be_visible()
    notebook.picture("all named")

    answer, check = notebook.cell("my_names = ..."), notebook.cell('check("10.7"')
    notebook.run(notebook.cell(setup))
    notebook.replace(answer, f"my_names = {NAMES[:1] * 10}")
    answer = notebook.cell("my_names = ['at")
    assert "10 names, 1 different one" in notebook.run_with(answer, check)
    notebook.replace(answer, "my_names = naming.names")
    assert "10.7 ✓" in notebook.run_with(notebook.cell("my_names = naming"), check)


PREDICT = """\
from course_utils import predict
predict("10.1", ["few", "many"], question="How many?")"""
COMPARE = """\
from course_utils import compare
compare("10.1", "seventeen of them")"""


def test_a_prediction_clicked_after_a_reload_shows_its_result(open_notebook):
    notebook = open_notebook("10_saes_language_model.ipynb")
    page = notebook.page
    notebook.run(notebook.cell("from course_utils import"))
    notebook.replace(notebook.cell("name_blind(cards"), PREDICT)
    notebook.replace(notebook.cell("my_names = ..."), COMPARE)
    notebook.run(notebook.cell('question="How many?"'))
    assert "waits for your prediction" in notebook.run(notebook.cell("seventeen of them")).inner_text()

    notebook = reloaded(notebook, page)
    shown = notebook.cell('question="How many?"').locator(".jp-Cell-outputArea")
    shown.get_by_role("button", name="many").click()
    expect(shown.get_by_text("You predict: many.")).to_be_visible()
    shown.get_by_role("button", name="Not shown below?").click()
    expect(shown.get_by_text("Measured: seventeen of them")).to_be_visible()
    notebook.picture("a result beside its prediction")
