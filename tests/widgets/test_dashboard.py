"""A neuron on one card: small, offline, the truth folded away, and the same in words."""

import torch

from course_utils.widgets import neuron_dashboard

ACTS = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.5, 2.0])


def test_it_shows_the_spread_the_rows_and_what_the_neuron_says():
    view = neuron_dashboard("neuron 7", ACTS, ["100%  two <owl>⟦s⟧"], says={" hoot": 0.5, "<b>": -0.25})
    html = view.html()
    assert "0 in 66.7% of the rows, up to 2.00" in html
    assert "two &lt;owl&gt;⟦s⟧" in html and "&lt;b&gt; -0.25" in html
    assert html.count('rows"') == 40 and "0.00 to 0.05: 4 rows" in html  # a bar for each bin
    assert "script" not in html and "http" not in html


def test_the_truth_is_folded_away_in_html_and_last_in_words():
    view = neuron_dashboard("neuron 7", ACTS, ["a line", "b"], truth=["owls", "pond"])
    html = view.html()
    assert html.index("<details>") < html.index("owls") < html.index("</details>")
    assert repr(view).splitlines()[-3:] == ["what is meant there, line by line:", "a line   owls", "b        pond"]
    other = neuron_dashboard("latent 7", ACTS, ["a line", "b"], truth=["owls"])  # no truth of each line
    assert repr(other).splitlines()[-1] == "owls"
    assert "details" not in neuron_dashboard("neuron 7", ACTS, ["line"]).html()


def test_a_card_has_a_few_kilobytes():
    view = neuron_dashboard("neuron 7", torch.randn(100_000), 12 * ["a line of about sixty characters, " * 2])
    assert len(view.html()) < 8_000


def test_an_activation_that_never_changes_has_one_bar():
    html = neuron_dashboard("neuron 7", torch.zeros(5), []).html()
    assert html.count("height:48px") == 1
