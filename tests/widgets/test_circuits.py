"""Tokens, attention and activations: what an output holds, and what it says without scripts."""

import base64
import json
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from course_utils.widgets import circuits, circuits_view
from course_utils.widgets.circuits_html import ground
from course_utils.widgets.circuits_view import View, serve

WORDS = ["The", " cat", " <b>", "&amp", "\n", " sat", " on", "</script>"]
GENERATOR = torch.Generator().manual_seed(0)
TOKENS = WORDS * 8
CAUSAL = torch.ones(64, 64).tril().bool()
ATTENTION = (2 * torch.randn(4, 64, 64, generator=GENERATOR)).masked_fill(~CAUSAL, -torch.inf).softmax(-1)
ACTIVATIONS = torch.randn(5, 8, 3, generator=GENERATOR)
NAMES = ["cats", "dogs", "code"]


def views() -> dict[str, View]:
    values = torch.randn(64, 2, generator=torch.Generator().manual_seed(1))
    return {
        "tokens": circuits.colored_tokens(TOKENS, values[:, 0]),
        "multi": circuits.colored_tokens_multi(TOKENS, values, ["one", "two"]),
        "pattern": circuits.attention_pattern(TOKENS, ATTENTION[0]),
        "heads": circuits.attention_heads(TOKENS, ATTENTION),
        "neurons": circuits.text_neuron_activations([WORDS] * 5, ACTIVATIONS, NAMES),
        "samples": circuits.topk_samples([WORDS] * 5, ACTIVATIONS, NAMES, k=2),
        "log probs": circuits.token_log_probs(torch.arange(8), ACTIVATIONS[0, :, :1].T.expand(8, 8), WORDS),
        "table": circuits.topk_tokens(WORDS, ACTIVATIONS[0].T, NAMES, k=2),
    }


class Page(HTMLParser):
    """The text of a page that runs no scripts, its data, its pictures."""

    def __init__(self, html: str):
        super().__init__()
        self.open, self.words, self.titles, self.images, self.data = [], [], [], [], None
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in ("img", "br"):
            self.open.append((tag, dict(attributes)))
        if tag == "img":
            self.images.append(dict(attributes))
        self.titles += [value for name, value in attributes if name == "title"]

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open[-1] == ("script", {"type": "application/json"}):
            self.data = json.loads(text)
        elif self.open[-1][0] != "script":
            self.words.append(text)


def pixels(image: dict[str, str]) -> np.ndarray:
    """The palette's indices [row, column] of a picture in a page."""
    png = base64.b64decode(image["src"].partition(",")[2])
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    start = png.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompress(png[start:]), dtype=np.uint8).reshape(height, width + 1)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:]


# What an output weighs


@pytest.mark.parametrize("name, view", views().items(), ids=views())
def test_an_output_is_a_few_kilobytes_and_the_same_every_time(name, view):
    bundle = view._repr_mimebundle_()
    assert bundle["text/html"] == views()[name].html()
    assert len(bundle["text/html"].encode()) < 10_400
    assert len(bundle["text/plain"].encode()) < 4_000
    assert "://" not in bundle["text/html"]


def test_sharp_attention_takes_less_than_noise():
    previous = torch.eye(64).roll(-1, dims=1).tril()
    previous[0, 0] = 1
    sharp, noisy = (Page(circuits.attention_pattern(TOKENS, each).html()) for each in (previous, ATTENTION[0]))
    assert len(sharp.images[0]["src"]) < 0.5 * len(noisy.images[0]["src"])


# What it holds


def test_without_scripts_the_tokens_are_read_as_they_are():
    page = Page(circuits.colored_tokens(WORDS, torch.arange(8.0) - 3).html())
    assert "".join(page.words) == "".join(WORDS).replace("\n", "↵\n")
    assert page.titles == ["-3", "-2", "-1", "1", "2", "3", "4"]  # 0 stands on white, without a frame
    assert page.data["props"]["tokens"] == WORDS
    assert page.data["props"]["values"] == [-3, -2, -1, 0, 1, 2, 3, 4]
    assert (page.data["props"]["minValue"], page.data["props"]["maxValue"]) == (-4, 4)


def test_a_picture_of_attention_is_the_numbers_in_hundredths():
    page = Page(circuits.attention_heads(TOKENS, ATTENTION).html())
    for image, head in zip(page.images, ATTENTION, strict=True):
        shown = pixels(image)
        np.testing.assert_allclose(shown[CAUSAL] / 100, head[CAUSAL], atol=0.00501)
        assert (shown[~CAUSAL] == 101).all()
    assert page.data["component"] == "AttentionHeads"
    assert "attention" not in page.data["props"]


def test_attention_to_later_tokens_is_not_masked():
    even = torch.full((8, 8), 1 / 8)
    page = Page(circuits.attention_pattern(WORDS, even).html())
    assert page.data["props"]["maskUpperTri"] is False
    assert (pixels(page.images[0]) == 12).all()


def test_the_strongest_attention_is_told_in_words():
    attention = torch.eye(8)
    attention[5], attention[7] = 0, 0
    attention[5, 1], attention[5, 0], attention[7, 6] = 0.75, 0.25, 1
    view = circuits.attention_heads(WORDS, attention[None], names=["L0H3"])
    assert str(view) == "L0H3: '</script>' (7) to ' on' (6) 1.00; ' sat' (5) to ' cat' (1) 0.75"
    assert Page(view.html()).images[0]["alt"] == str(view).replace(":", "")


def test_documents_with_the_highest_peak_come_first():
    peaks = torch.zeros(4, 8, 2)
    peaks[:, 1, 0] = torch.tensor([1.0, 4.0, 2.0, 3.0])
    peaks[:, 2, 1] = torch.tensor([5.0, 0.0, 0.0, 6.0])
    documents = [[f"{d}", *WORDS[1:]] for d in range(4)]
    props = Page(circuits.topk_samples(documents, peaks, ["a", "b"], k=2, unit="Latent").html()).data["props"]
    (tokens,), (values,) = props["tokens"], props["activations"]
    assert [[document[0] for document in row] for row in tokens] == [["1", "3"], ["3", "0"]]
    assert [[max(document) for document in row] for row in values] == [[4, 3], [6, 5]]
    assert props["firstDimensionName"] == "Latent"


def test_documents_may_differ_in_length():
    documents = [["a", "b", "c"], ["d"]]
    props = Page(circuits.text_neuron_activations(documents, [torch.ones(3, 2), torch.zeros(1, 2)], ["x", "y"]).html())
    assert props.data["props"]["activations"] == [[[[1, 1]]] * 3, [[[0, 0]]]]


def test_guesses_are_ranked_by_the_probability_of_the_next_token():
    log_probs = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05]]).log()
    view = circuits.token_log_probs(torch.tensor([0, 1, 0]), log_probs, ["a", "b", "c"], k=2)
    props = Page(view.html()).data["props"]
    assert props["prompt"] == ["a", "b", "a"]
    assert props["correctTokenRank"] == [1, 2]
    assert props["topKTokens"] == [["a", "b"], ["c", "b"]]
    np.testing.assert_allclose(np.exp(props["correctTokenLogProb"]), [0.3, 0.1], rtol=0.01)
    assert str(view).splitlines()[0] == "'b': 30.0%, rank 1; 'a' 50.0%, 'b' 30.0%"


def test_the_table_has_both_ends():
    view = circuits.topk_tokens(["a", "b", "c"], [[1.0, -2.0, 0.0]], ["logit"], k=2)
    assert str(view) == "logit: highest 'a' 1, 'c' 0; lowest 'b' -2, 'c' 0"
    assert "".join(Page(view.html()).words) == "highestlowestlogita 1 c 0b -2 c 0"


@pytest.mark.parametrize("value", [-1, -0.6, -0.1, 0, 0.1, 0.6, 1])
def test_black_text_reads_on_every_ground(value):
    channels = np.array([int(digit * 2, 16) for digit in ground(value, 1)[1:]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    text = (17 / 255 + 0.055) / 1.055  # CARD's colour, #111
    assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / (text**2.4 + 0.05) > 7  # WCAG 2, level AAA


# What it refuses


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: circuits.colored_tokens(WORDS, torch.zeros(7)), r"colored_tokens .* \[token 8\], got \[7\]"),
        (lambda: circuits.colored_tokens(WORDS, torch.full((8,), torch.nan)), "finite values only, 8 are not"),
        (lambda: circuits.colored_tokens_multi(WORDS, torch.zeros(2, 8), ["a", "b"]), r"\[token 8, kind 2\], got"),
        (lambda: circuits.attention_pattern(WORDS, torch.zeros(8, 7)), r"destination 8, source 8\], got \[1, 8, 7\]"),
        (lambda: circuits.attention_heads(WORDS, torch.zeros(8, 8)), r"destination 8, source 8\], got \[8, 8\]"),
        (lambda: circuits.attention_heads(WORDS, torch.full((1, 8, 8), 3.0)), "after the softmax, in .* got 3 to 3"),
        (lambda: circuits.attention_heads(WORDS, torch.zeros(2, 8, 8), ["a"]), "as many names as heads.* 1 for 2"),
        (lambda: circuits.text_neuron_activations([WORDS], torch.zeros(2, 8, 1), ["a"]), "as many activations as"),
        (lambda: circuits.topk_samples([], [], ["a"]), "at least one"),
        (lambda: circuits.topk_tokens(WORDS, torch.zeros(8), ["a"]), r"\[row 1, vocabulary 8\], got \[8\]"),
    ],
)
def test_values_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# How the script comes to the server


def test_the_script_is_put_where_the_server_looks_and_kept_new(tmp_path):
    folder = tmp_path / "data" / "labextensions" / "superposition-course"
    serve.cache_clear()
    assert serve(folder)
    assert sorted(each.name for each in folder.iterdir()) == ["circuits.js", "circuitsvis.js"]
    whole = (folder / "circuitsvis.js").read_bytes()
    assert b"var CircuitsVis=" in whole and len(whole) > 1_000_000

    (folder / "circuitsvis.js").write_text("an older version")
    serve.cache_clear()
    assert serve(folder)
    assert (folder / "circuitsvis.js").read_bytes() == whole


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / "file").touch()
    assert serve(tmp_path / "file" / "labextensions") is False


def test_nothing_is_written_where_nobody_watches(monkeypatch):
    served = []
    monkeypatch.setattr(circuits_view, "in_kernel", lambda: True)
    monkeypatch.setattr(circuits_view, "serve", served.append)
    view = circuits.colored_tokens(WORDS, torch.ones(8))
    for name in ("COURSE_STRICT", "NBGRADER_EXECUTION"):
        monkeypatch.setenv(name, "1")
        view._repr_mimebundle_()
        monkeypatch.delenv(name)
    assert served == []
    view._repr_mimebundle_()
    assert [each.name for each in served] == ["superposition-course"]


def test_in_colab_the_script_goes_where_outputs_can_load_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    folder = circuits_view._served_folder()
    assert folder.as_posix() == "/usr/local/share/jupyter/nbextensions/google.colab/superposition-course"
    assert re.search(r'"/nbextensions/google\.colab"', circuits_view.ASK)


def test_circuitsvis_itself_is_never_imported():
    code = "from course_utils.widgets import circuits; import sys; print('circuitsvis' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
