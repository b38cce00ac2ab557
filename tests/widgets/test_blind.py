"""Blind rating: a click is a letter, a letter can be taken back, and without widgets all cards are shown."""

import pytest

from course_utils.widgets import rate_blind
from course_utils.widgets.keeping import InThisKernel

ANSWERS = {"m": "one subject", "p": "several"}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins in a new kernel, as far as letters are concerned."""
    monkeypatch.setattr(InThisKernel, "_kept", {})


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in a place where widgets run."""
    displayed = []
    monkeypatch.setattr("course_utils.widgets.blind.widgets_run", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    return displayed


def test_each_click_rates_a_card_and_back_takes_it_off(shown):
    rating = rate_blind(["a <b>", "c"], ANSWERS)
    rating._ipython_display_()
    assert "a &lt;b&gt;" in rating._card.value and rating.buttons["back"].disabled
    rating.buttons["m"].click()
    rating.buttons["back"].click()
    rating.buttons["p"].click()
    rating.buttons["m"].click()
    assert rating.letters == "pm" and rating.done and rating.buttons["m"].disabled


def test_more_clicks_than_cards_change_nothing():
    rating = rate_blind(["a"], ANSWERS, given="m")
    rating.rate("p")
    assert rating.letters == "m"


def test_it_goes_on_from_an_earlier_sitting(shown):
    rating = rate_blind(["a", "b"], ANSWERS, given="p")
    rating._ipython_display_()
    assert "Card 2 of 2" in rating.status.value and ">b</pre>" in rating._card.value


def test_running_the_cell_again_goes_on_where_it_was_left():
    rate_blind(["a", "b", "c"], ANSWERS).rate("p")
    assert rate_blind(["a", "b", "c"], ANSWERS).letters == "p"
    assert rate_blind(["a", "b", "c"], {"x": "this", "y": "that"}).letters == "", "those letters mean nothing here"
    assert rate_blind(["a", "b", "c"], ANSWERS, given="mm").letters == "mm"


def test_without_widgets_all_cards_are_shown(monkeypatch):
    displayed = []
    monkeypatch.setattr("course_utils.widgets.blind.widgets_run", lambda: False)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    rate_blind(["a", "b"], ANSWERS, given="p")._ipython_display_()
    (text,) = (item["text/plain"] for item in displayed)
    assert text.startswith("Rate each card: m (one subject), p (several).") and 'given="…"' in text
    assert text.endswith("\n--- 0\na\n--- 1\nb")


@pytest.mark.parametrize(("answers", "given"), [({"mm": "x"}, ""), (ANSWERS, "x"), (ANSWERS, "mpm")])
def test_letters_that_are_no_answers_are_refused(answers, given):
    with pytest.raises(ValueError, match="rate_blind takes"):
        rate_blind(["a", "b"], answers, given=given)
