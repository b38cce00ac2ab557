"""The page on privacy is exact: it names every field that is sent and every column that is kept, and no others."""

import re

from course_utils.board.storage import EVENT, LEARNER
from course_utils.desk.event_wire import SENT_KINDS
from course_utils.desk.history import Event
from tests.browser.conftest import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_it_lists_the_fields_of_an_event_and_the_kinds():
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE, re.M)) == Event._fields
    (kinds,) = re.findall(r"^\| `kind` \| (.*) \|$", PAGE, re.M)
    assert (
        set(re.findall(r"\w+", kinds)) & {"check", "hint", "solution", "start", "predict", "compare", "quiz"}
        == SENT_KINDS
    )


def test_nothing_else_is_kept():
    """Whoever adds a column says so on the page first."""
    assert {column.name for column in EVENT.c} == {"seq", "learner", *Event._fields}
    assert {column.name for column in LEARNER.c} == {"id", "name", "folded", "token", "joined", "left_at"}
    for words in ("your name, when you joined and left", "a hash of the token"):
        assert words in PAGE
