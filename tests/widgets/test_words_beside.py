"""What somebody gets who can't click or see: all that a notebook displays has words, which say how to go on."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from course_utils.desk.export import page
from tests.notebooks.waking import look_again

WIDGET = "application/vnd.jupyter.widget-view+json"
ASKS = {  # what a learner is asked or shown, and words that must stand beside it
    'predict("1.1", question="Which?", choices=["one", "two"])': ("Which?", "2. two", "mine=1", 'mine="skip"'),
    'quiz("1")': ("Quiz", "    a. ", 'quiz("1", answers="…")'),
    'widgets.rate_blind(["first card"], {"m": "one", "p": "several"})': ("first card", "m (one)", 'given="…"'),
    'widgets.name_blind(["first card"])': ("first card", 'given=["…", …]'),
    "widgets.live_training()": ("Arrows from the origin", "density = 0.03", "Sliders change them"),
    "widgets.live_polytopes()": ("Figure", "n_features = 6", "Sliders change them"),
}
SHOWS = {
    'plots.bars([1.0, 2.0], ["a", "b"])': ("Figure. a 1, b 2.",),
    'circuits.colored_tokens(["The", " cat"], [0.0, 2.5])': ("cat⟨2.5⟩",),
    'widgets.neuron_dashboard("neuron 7", torch.arange(4.0), ["two fern owl"])': ("neuron 7: from 0.00", "fern owl"),
    'check("1.1", None)': ("Not attempted",),
    'hint("1.1")': ("Hint 1 of",),
    'solution("1.1")': ("One solution", "def "),
    "progress()": ("Chapter", "Points"),
    'compare("1.2", 3)': ("waits for your prediction",),
}
SET_UP = """\
import torch
from course_utils import check, compare, hint, plots, predict, progress, quiz, solution, start, widgets
from course_utils.widgets import circuits
start("01", built_for="0.1.0")"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict[str, nbformat.NotebookNode]:
    """Cells by their source, run as in front of a learner."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("COURSE_STRICT", "NBGRADER_EXECUTION", "PLOTLY_RENDERER"):
            patch.delenv(variable, raising=False)
        patch.setenv("COURSE_DATA_DIR", str(tmp_path_factory.mktemp("progress")))
        patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in (SET_UP, *ASKS, *SHOWS)]
        )
        client = NotebookClient(notebook, timeout=120, kernel_name="python3")
        with client.setup_kernel():
            client.kc.allow_stdin = True  # somebody is there
            look_again(client.kc.shell_channel)
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
        return {cell.source: cell for cell in notebook.cells}


@pytest.mark.parametrize("source", ASKS | SHOWS)
def test_words_say_what_is_there_and_how_to_go_on(ran, source):
    shown = [output for output in ran[source].outputs if "data" in output]
    assert shown and all(output.data.get("text/plain") for output in shown)
    assert any(WIDGET in output.data for output in shown) == (source in ASKS)
    text = "\n".join(output.data["text/plain"] for output in shown)
    assert [words for words in (ASKS | SHOWS)[source] if words not in text] == []
    assert not re.search(r"\w+\(children=|Output\(\)|object at 0x", text)


def test_a_page_made_of_the_notebook_holds_them(ran):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in ran.values()])
    read = re.sub(r"<[^>]*>|&\w+;|&#\d+;", "", page(notebook, "own"))
    for words in ("mine=1", "answers=", "given=", "Sliders change them", "waits for your prediction"):
        assert words in read, words
    assert "VBox(" not in read
