"""Chapter 08 in a real JupyterLab: neurons are rated blind by clicks, and a card unfolds its truth."""

from playwright.sync_api import expect

SETUP = ("from course_utils import", "TRAINING = 0", "mini-solu-1l", "minilang.most_specific(texts)")
CARDS = 16


def test_sixteen_neurons_rated_by_clicks(open_notebook):
    notebook = open_notebook("08_polysemantic_neurons.ipynb")
    for text in SETUP:
        notebook.run(notebook.cell(text))
    shown = notebook.run(notebook.cell("rate_blind(sixteen"))
    expect(shown.get_by_text(f"Card 1 of {CARDS}")).to_be_visible()
    first = shown.locator("pre", has_text="100%").inner_text()
    one, several, back = (shown.get_by_role("button", name=name) for name in ("m: one", "p: several", "back"))
    expect(back).to_be_disabled()
    one.click()
    expect(shown.get_by_text(f"Card 2 of {CARDS}")).to_be_visible()
    assert shown.locator("pre", has_text="100%").inner_text() != first
    back.click()
    expect(shown.get_by_text(f"Card 1 of {CARDS}")).to_be_visible()
    notebook.picture("a card")
    for k in range(CARDS):
        expect(shown.get_by_text(f"Card {k + 1} of {CARDS}")).to_be_visible()
        (one if k % 2 else several).click()
    expect(shown.get_by_text("pmpmpmpmpmpmpmpm")).to_be_visible()
    expect(one).to_be_disabled()
    unblinded = notebook.run(notebook.cell("def by_rule")).inner_text()
    assert "rated by you" in unblinded and "of 8, GELU" in unblinded


CARD = """\
import torch
from course_utils.widgets import neuron_dashboard
neuron_dashboard("neuron 7", torch.linspace(0, 1, 99), ["100%  fern owl⟦s⟧"], truth=["owls"])"""


def test_a_card_unfolds_what_is_meant(open_notebook):
    notebook = open_notebook("08_polysemantic_neurons.ipynb")
    cell = notebook.cell("from course_utils import")
    notebook.replace(cell, CARD)
    shown = notebook.run(notebook.cell("neuron_dashboard("))
    expect(shown.get_by_text("half of the rows below")).to_be_visible()
    expect(shown.get_by_text("fern owl⟦s⟧   owls")).to_be_hidden()
    shown.get_by_text("what is meant there").click()
    expect(shown.get_by_text("fern owl⟦s⟧   owls")).to_be_visible()
    notebook.picture("a card, unfolded")
