"""CircuitsVis in a real JupyterLab that can reach nothing but its own server."""

import json
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Locator, Page, expect

from course_utils.widgets import circuits
from course_utils.widgets.circuits_view import FOLDER, serve
from tests.browser.notebook_page import NotebookPage

SET_UP = """\
import torch
from course_utils.widgets import circuits
generator = torch.Generator().manual_seed(0)
tokens = "The| cat| sat|;| i|f| (|a| <|b|>| &amp|)|\\n|The| dog| sat|.".split("|")
n = len(tokens)
values = torch.linspace(-1, 2, n)
earlier = torch.ones(n, n).tril().bool()
attention = (2 * torch.randn(4, n, n, generator=generator)).masked_fill(~earlier, -torch.inf).softmax(-1)
activations = torch.randn(6, n, 3, generator=generator).relu()
"""
NAMES = '["cats", "commas", "code"]'
CELLS = {
    "ColoredTokens": "circuits.colored_tokens(tokens, values)",
    "ColoredTokensMulti": 'circuits.colored_tokens_multi(tokens, torch.stack([values, values**2], 1), ["v", "v²"])',
    "AttentionPattern": "circuits.attention_pattern(tokens, attention[0])",
    "AttentionHeads": "circuits.attention_heads(tokens, attention)",
    "TextNeuronActivations": f"circuits.text_neuron_activations([tokens] * 6, activations, {NAMES})",
    "TopkSamples": f"circuits.topk_samples([tokens] * 6, activations, {NAMES}, k=2)",
    "TokenLogProbs": "circuits.token_log_probs(torch.arange(n), (4 * attention[0]).log_softmax(-1), tokens)",
    "table": f"circuits.topk_tokens(tokens, activations[0].T, {NAMES})",
}


class Notebooks:
    """Opens notebooks made by a test; `foreign` lists what their pages asked other hosts for."""

    def __init__(self, context, lab, pictures):
        self.context, self.lab, self.pictures = context, lab, pictures
        self.foreign: list[str] = []
        self.served: list[str] = []
        context.route("**/*", self._route)

    def _route(self, route) -> None:
        url = route.request.url
        if urlsplit(url).netloc == urlsplit(self.lab.address).netloc:
            self.served.append(urlsplit(url).path)
            route.continue_()
        else:
            self.foreign.append(url)
            route.abort()

    def write(self, name: str, cells: list[str]) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.lab.folder / name)

    def saved(self, name: str) -> str:
        return (self.lab.folder / name).read_text(encoding="utf-8")

    def open(self, name: str) -> NotebookPage:
        page = self.context.new_page()
        page.goto(f"{self.lab.address}/lab/tree/{name}?token={self.lab.token}&reset")
        return NotebookPage(page, pictures=self.pictures)


@pytest.fixture
def notebooks(chromium, lab, tmp_path):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    yield Notebooks(context, lab, tmp_path)
    context.close()


def card(notebook: NotebookPage, component: str) -> Locator:
    """The output of the cell that shows this component."""
    return notebook.cell(CELLS[component]).locator(".jp-Cell-outputArea")


def save(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)


def outputs(notebook: str) -> list[str]:
    """The HTML of every output in a saved notebook."""
    cells = json.loads(notebook)["cells"]
    return ["".join(output["data"]["text/html"]) for cell in cells for output in cell["outputs"]]


def is_drawn(output: Locator) -> None:
    expect(output.locator("[id^=circuits-]")).to_be_visible()
    expect(output.locator("[id^=circuits-] + div")).to_be_hidden()  # the plain picture


def is_plain(output: Locator) -> None:
    """The picture without scripts is there, and nothing of the data beside it is to be read."""
    expect(output.get_by_text("Each row is a token that attends")).to_be_visible()
    expect(output.locator("[id^=circuits-]")).to_have_count(0)
    assert output.locator("img").evaluate_all("all => all.every(img => img.naturalWidth === 18)")
    assert "maskUpperTri" not in output.inner_text()


def numbers(picture: Locator) -> list:
    """What circuits.js reads in a picture of attention."""
    return picture.evaluate("picture => courseCircuits.hundredths(picture)")


def loads(notebooks: Notebooks) -> int:
    return sum(path.endswith("/circuitsvis.js") for path in notebooks.served)


def test_every_view_is_drawn_offline_and_the_script_is_in_no_output(notebooks):
    notebooks.write("views.ipynb", [SET_UP, *CELLS.values()])
    notebook = notebooks.open("views.ipynb")
    notebook.run(notebook.cell("import torch"))
    for name, source in CELLS.items():
        output = notebook.run(notebook.cell(source))
        if name != "table":
            is_drawn(output)
        output.screenshot(path=notebooks.pictures / f"{name}.png")
    notebook.run(notebook.cell(CELLS["ColoredTokens"]))

    output = card(notebook, "ColoredTokens")
    is_drawn(output)
    assert loads(notebooks) == 1
    assert notebooks.foreign == []
    assert "<b> &amp" in output.locator("[id^=circuits-]").inner_text().replace("\u2060", "").replace("\xa0", " ")
    chart = card(notebook, "AttentionHeads")
    exec(SET_UP, values := {})
    for picture, attention in zip(chart.locator("img").all(), values["attention"], strict=True):
        np.testing.assert_allclose(numbers(picture), attention, atol=0.00501)
    output.locator("[id^=circuits-]").get_by_text("dog").hover()
    value = output.locator("div:has(> strong)")
    expect(value).to_have_text("dog1.65")  # with a line between
    edges = [place.bounding_box() for place in (value, output)]
    assert edges[0]["y"] + edges[0]["height"] < edges[1]["y"] + edges[1]["height"]  # nothing of it is cut off
    notebook.picture("hover")

    save(notebook.page)
    text = notebooks.saved("views.ipynb")
    assert "var CircuitsVis" not in text and len(outputs(text)) == len(CELLS)
    assert max(map(len, outputs(text))) < 10_000 and len(text) < 60_000

    notebook.page.get_by_role("menuitem", name="Settings", exact=True).click()
    notebook.page.get_by_text("Theme", exact=True).hover()
    notebook.page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    table = notebook.cell(CELLS["table"]).locator("table")
    table.scroll_into_view_if_needed()
    for place in (card(notebook, "ColoredTokens").locator("[style*='line-height']").first, table.locator("tr").nth(1)):
        expect(place).to_have_css("color", "rgb(17, 17, 17)")
        expect(place).to_have_css("background-color", "rgb(255, 255, 255)")
    notebook.picture("dark")


def test_a_saved_notebook_shows_its_pictures_again(notebooks):
    notebooks.write("saved.ipynb", [SET_UP, CELLS["AttentionHeads"]])
    notebook = notebooks.open("saved.ipynb")
    notebook.run(notebook.cell("import torch"))
    is_drawn(notebook.run(notebook.cell(CELLS["AttentionHeads"])))
    save(notebook.page)
    notebook.page.close()

    # Opened again, trusted, nothing run: the server still has the script.
    again = notebooks.open("saved.ipynb")
    is_drawn(card(again, "AttentionHeads"))
    again.page.close()

    # Changed elsewhere, so not trusted: JupyterLab lets no script run.
    changed = notebooks.saved("saved.ipynb").replace("manual_seed(0)", "manual_seed(1)")
    (notebooks.lab.folder / "changed.ipynb").write_text(changed, encoding="utf-8")
    untrusted = notebooks.open("changed.ipynb")
    is_plain(card(untrusted, "AttentionHeads"))
    untrusted.picture("untrusted")
    untrusted.page.close()

    # Trusted, but the script is not there.
    notebooks.context.route("**/circuitsvis.js", lambda route: route.fulfill(status=404))
    without = notebooks.open("saved.ipynb")
    with without.page.expect_request("**/circuitsvis.js"):
        without.page.reload()
    is_plain(card(without, "AttentionHeads"))
    without.page.close()

    # Exported to a page without a server: nothing is asked for.
    page, before = notebooks.context.new_page(), len(notebooks.served)
    html, _ = HTMLExporter().from_filename(notebooks.lab.folder / "saved.ipynb")
    page.set_content(html)
    is_plain(page.locator(".jp-OutputArea-output").last)
    page.screenshot(path=notebooks.pictures / "exported.png")
    assert len(notebooks.served) == before


@pytest.mark.parametrize("sandbox", ["allow-scripts", "allow-scripts allow-same-origin"])
def test_each_of_several_frames_draws_its_output(chromium, tmp_path, sandbox):
    """A page built like Colab's, as far as that is documented: a frame per output, `google.colab` in it, and
    `/nbextensions/` served. It is not Colab."""
    assert serve(tmp_path / FOLDER)
    exec(SET_UP, values := {})
    views = [eval(CELLS[name], {"circuits": circuits, **values}) for name in ("ColoredTokens", "AttentionPattern")]
    frame = "<!doctype html><script>window.google = {colab: {}}</script>"
    frames = "".join(f'<iframe sandbox="{sandbox}" src="/output/{k}" width=900 height=700></iframe>' for k in (0, 1))

    def answer(route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/nbextensions/google.colab/"):
            route.fulfill(path=tmp_path / path.removeprefix("/nbextensions/google.colab/"))
        elif path.startswith("/output/"):
            route.fulfill(body=frame + views[int(path[-1])].html(), content_type="text/html; charset=utf-8")
        else:
            route.fulfill(body=f"<!doctype html>{frames}", content_type="text/html")

    context = chromium.new_context(viewport={"width": 1000, "height": 1500})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://colab.invalid/")
    for k in (0, 1):
        is_drawn(page.frame_locator("iframe").nth(k).locator("body"))
    page.screenshot(path=tmp_path / "frames.png")
    context.close()
