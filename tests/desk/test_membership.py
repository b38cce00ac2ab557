"""Which board a learner is on, in a file that only they can read and that may break."""

import os
import sqlite3
import stat

import pytest

from course_utils.desk import history, membership
from course_utils.desk.membership import Membership

ADA = Membership("http://127.0.0.1:1", "secret-token", "Ada", "Ada (2)", "Friday", "b1", 100.0)
pytestmark = pytest.mark.usefixtures("learner")


def test_nobody_is_on_a_board_before_they_join():
    assert not membership.exists() and membership.read() is None and membership.acknowledged() == set()
    assert not history.path().parent.exists()  # looking leaves nothing behind


def test_it_is_kept_beside_progress_and_replaced():
    membership.keep(ADA, ["u1"])
    assert membership.path().parent == history.path().parent
    assert membership.read() == ADA and membership.acknowledged() == {"u1"}
    membership.acknowledge("secret-token", ["u1", "u2"])
    assert membership.acknowledged() == {"u1", "u2"}
    bea = Membership("http://127.0.0.1:2", "other-token", "Bea", "Bea", "Monday", "b2", 200.0)
    membership.keep(bea)
    assert membership.read() == bea and membership.acknowledged() == set()
    membership.drop()
    assert membership.read() is None and list(membership.path().parent.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_its_owner_may_read_it():
    membership.path().parent.mkdir(parents=True)
    membership.path().touch(0o644)
    membership.keep(ADA)
    assert stat.S_IMODE(membership.path().stat().st_mode) == 0o600


def test_the_token_is_not_shown():
    assert "secret-token" not in repr(ADA)


def test_a_late_answer_for_an_earlier_board_changes_nothing():
    membership.keep(ADA)
    membership.acknowledge("a token of before", ["u9"])
    assert membership.acknowledged() == set()
    assert not membership.end("a token of before", "unknown")
    assert membership.read().state == "active"
    membership.drop()
    membership.acknowledge("secret-token", ["u9"])
    assert not membership.end("secret-token", "unknown") and not membership.exists()


def test_its_end_is_news_once():
    membership.keep(ADA)
    assert membership.end("secret-token", "unknown") and not membership.end("secret-token", "unknown")
    assert membership.read().state == "unknown"


@pytest.mark.parametrize("content", [b"", b"no database, " * 500])
def test_a_broken_file_is_replaced_by_joining(content):
    membership.path().parent.mkdir(parents=True)
    membership.path().write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        membership.read()
    membership.keep(ADA)
    assert membership.read() == ADA
