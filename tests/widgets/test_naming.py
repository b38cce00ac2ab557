"""Blind naming: a line of text for each card, one can go back, and without widgets all cards are shown."""

import pytest

from course_utils.widgets import name_blind


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in a place where widgets run."""
    displayed = []
    monkeypatch.setattr("course_utils.widgets.naming.widgets_run", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    return displayed


def test_each_name_goes_with_a_card_and_back_takes_it_off_to_be_written_anew(shown):
    naming = name_blind(["a <b>", "c"])
    naming._ipython_display_()
    assert "a &lt;b&gt;" in naming._card.value and naming.buttons["back"].disabled
    naming.line.value = "owls"
    naming.buttons["next"].click()
    assert naming.names == ["owls"] and naming.line.value == "" and "Card 2 of 2" in naming.status.value
    naming.buttons["back"].click()
    assert naming.names == [] and naming.line.value == "owls"
    naming.buttons["next"].click()
    naming.line.value = "larks"
    naming.buttons["next"].click()
    assert naming.names == ["owls", "larks"] and naming.done and naming.line.disabled


def test_a_name_with_a_complaint_stays_on_the_line(shown):
    naming = name_blind(["a", "b"], complaint=lambda name: "no <piece>" if "x" in name else None)
    naming._ipython_display_()
    naming.line.value = "x"
    naming.buttons["next"].click()
    assert naming.names == [] and naming.line.value == "x" and "no &lt;piece&gt;" in naming.status.value
    naming.line.value = "y"
    naming.buttons["next"].click()
    assert naming.names == ["y"] and "no &lt;piece&gt;" not in naming.status.value


def test_it_goes_on_from_an_earlier_sitting_and_takes_no_more_names_than_cards(shown):
    naming = name_blind(["a", "b"], given=["owls"])
    naming._ipython_display_()
    assert naming._card.value == "<pre>b</pre>" and repr(naming) == "1 of 2 cards are named: ['owls']"
    naming.name("larks")
    naming.name("one more")
    assert naming.names == ["owls", "larks"]
    with pytest.raises(ValueError, match="at most a name for each of the 2 cards"):
        name_blind(["a", "b"], given=["x"] * 3)


def test_without_widgets_all_cards_are_shown(monkeypatch):
    displayed = []
    monkeypatch.setattr("course_utils.widgets.naming.widgets_run", lambda: False)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    name_blind(["a", "b"])._ipython_display_()
    (text,) = (item["text/plain"] for item in displayed)
    assert 'given=["…", …]' in text and text.endswith("\n--- 0\na\n--- 1\nb")
