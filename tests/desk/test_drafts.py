"""Drafts: what was written in a widget is there again, in another kernel too, and nothing of it is written over."""

import pytest

from course_utils.desk import history
from course_utils.desk.drafts import draft
from course_utils.widgets import name_blind

CARDS = ["card 0", "card 1", "card 2"]


@pytest.fixture(autouse=True)
def a_record_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))


def test_names_are_there_again_and_those_of_other_cards_are_not():
    naming = name_blind(CARDS, keep=draft("10.7", CARDS))
    naming.name('at "s"')
    naming.skip()
    naming.name("⏎ and ü")
    assert name_blind(CARDS, keep=draft("10.7", CARDS)).names == ['at "s"', "", "⏎ and ü"]
    assert name_blind(CARDS[:2], keep=draft("10.7", CARDS[:2])).names == []
    assert draft("8.4", CARDS).read() == ([], [])


def test_every_change_is_a_row_of_its_own_and_travels_with_an_export(tmp_path, monkeypatch):
    naming = name_blind(CARDS, keep=draft("10.7", CARDS))
    naming.name("first")
    naming.back()
    naming.name("second thought")
    assert [event.kind for event in history.events()] == ["draft", "draft"]
    history.export_to(tmp_path / "progress.json")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "another machine"))
    assert draft("10.7", CARDS).read() == ([], [])
    history.import_from(tmp_path / "progress.json")
    assert draft("10.7", CARDS).read() == (["second thought"], [])


def test_a_file_that_can_not_be_written_stops_nobody(tmp_path, monkeypatch):
    (tmp_path / "no folder").write_text("a file")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "no folder"))
    monkeypatch.setattr(history, "_waiting", [])
    naming = name_blind(CARDS, keep=draft("10.7", CARDS))
    naming.name("owls")
    assert naming.names == ["owls"] and name_blind(CARDS, keep=draft("10.7", CARDS)).names == ["owls"]
    monkeypatch.setattr(history, "_told", set())
