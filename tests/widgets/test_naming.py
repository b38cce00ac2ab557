"""Blind naming: a line of text for each card, nothing is lost on the way, and without widgets all cards are shown."""

import asyncio

import pytest

from course_utils.widgets import name_blind
from course_utils.widgets.keeping import InThisKernel
from course_utils.widgets.naming import LAG_S


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in a place where widgets run."""
    displayed = []
    monkeypatch.setattr("course_utils.widgets.naming.widgets_run", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    return displayed


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins in a new kernel, as far as names are concerned."""
    monkeypatch.setattr(InThisKernel, "_kept", {})


def write(naming, text, button="next"):
    naming.line.value = text
    naming.buttons[button].click()


def enter(naming):
    """What the page sends when somebody presses Enter on the line."""
    naming.line._handle_custom_msg({"event": "submit"}, [])


def displayed(naming):
    naming._ipython_display_()
    return naming


def test_each_name_goes_with_a_card_and_enter_goes_on_as_next_does(shown):
    naming = displayed(name_blind(["a <b>", "c"]))
    assert "a &lt;b&gt;" in naming._card.value and naming.buttons["back"].disabled
    write(naming, "owls")
    assert naming.names == ["owls"] and naming.line.value == "" and "Card 2 of 2" in naming.heading.value
    naming.line.value = "larks"
    enter(naming)
    assert naming.names == ["owls", "larks"] and naming.done and naming.line.disabled
    assert (
        "<pre" in naming.status.value and "[\n    &#x27;owls&#x27;,\n    &#x27;larks&#x27;,\n]" in naming.status.value
    )


def test_back_shows_a_name_to_be_changed_and_drops_none(shown):
    naming = displayed(name_blind(["a", "b", "c"]))
    write(naming, "owls")
    write(naming, "larks")
    naming.back()
    naming.back()
    assert naming.names == ["owls", "larks"] and naming.line.value == "owls" and "Card 1 of 3" in naming.heading.value
    write(naming, "two owls")
    assert naming.names == ["two owls", "larks"] and "Card 3 of 3" in naming.heading.value
    write(naming, "x")
    naming.back()
    assert naming.done and naming.line.value == "x" and not naming.line.disabled


def test_a_skipped_card_comes_again_after_the_others(shown):
    naming = displayed(name_blind(["a", "b", "c"]))
    naming.buttons["skip"].click()
    write(naming, "b is this")
    assert naming.names == ["", "b is this"] and not naming.done
    write(naming, "and c")
    assert "Card 1 of 3" in naming.heading.value
    naming.buttons["skip"].click()
    assert "Card 1 of 3" in naming.heading.value, "there is no other one left"
    write(naming, "a")
    assert naming.names == ["a", "b is this", "and c"] and naming.done


def test_a_name_with_a_complaint_stays_on_the_line_until_something_is_typed(shown):
    naming = displayed(name_blind(["a", "b"], complaint=lambda name: "no <piece>" if "x" in name else None))
    write(naming, "x")
    assert naming.names == [] and naming.line.value == "x" and "no &lt;piece&gt;" in naming.status.value
    naming.line.value = "y"
    assert "no &lt;piece&gt;" not in naming.status.value
    naming.buttons["next"].click()
    assert naming.names == ["y"]


def test_an_empty_line_is_told_what_to_do_whatever_else_may_be_wrong(shown):
    naming = displayed(name_blind(["a"], complaint=lambda name: f"{name!r} is nothing"))
    write(naming, "  ")
    assert "The line is empty: write a name" in naming.status.value and "is nothing" not in naming.status.value


def test_running_the_cell_again_goes_on_where_it_was_left(shown):
    write(displayed(name_blind(["a", "b"])), "owls")
    again = displayed(name_blind(["a", "b"]))
    assert again.names == ["owls"] and "Card 2 of 2" in again.heading.value
    assert name_blind(["other", "cards"]).names == []


def test_names_given_now_count_more_than_those_of_last_time_but_not_the_same_ones_again(shown):
    write(displayed(name_blind(["a", "b"], given=["owls"])), "larks")
    assert name_blind(["a", "b"], given=["owls"]).names == ["owls", "larks"]
    assert name_blind(["a", "b"], given=["wrens"]).names == ["wrens"]


def test_it_says_so_if_names_can_not_be_kept(shown):
    class Full:
        def read(self):
            return [], []

        def write(self, texts, given):
            return "the disk is full"

    naming = displayed(name_blind(["a", "b"], keep=Full()))
    write(naming, "owls")
    assert "the disk is full" in naming.status.value and naming.names == ["owls"]


def test_it_takes_no_more_names_than_cards(shown):
    naming = displayed(name_blind(["a", "b"], given=["owls"]))
    assert "b" in naming._card.value and repr(naming) == "1 of 2 cards are named: ['owls']"
    naming.name("larks")
    naming.name("one more")
    assert naming.names == ["owls", "larks"]
    with pytest.raises(ValueError, match="at most a name for each of the 2 cards"):
        name_blind(["a", "b"], given=["x"] * 3)


async def _typed_faster_than_the_kernel_answers(naming):
    naming.line.value = "ow"
    enter(naming)
    naming.line.value = "owls"
    await asyncio.sleep(2 * LAG_S)


def test_letters_that_arrive_after_enter_belong_to_the_name(shown):
    naming = displayed(name_blind(["a", "b"]))
    asyncio.run(_typed_faster_than_the_kernel_answers(naming))
    assert naming.names == ["owls"] and naming.line.value == ""


def test_without_widgets_all_cards_are_shown(monkeypatch):
    displayed = []
    monkeypatch.setattr("course_utils.widgets.naming.widgets_run", lambda: False)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    name_blind(["a", "b"])._ipython_display_()
    (text,) = (item["text/plain"] for item in displayed)
    assert 'given=["…", …]' in text and text.endswith("\n--- 0\na\n--- 1\nb")
