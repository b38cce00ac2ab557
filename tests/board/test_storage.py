"""What is kept, in SQLite and in a real PostgreSQL."""

import os
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.board.service import Service
from course_utils.board.storage import Store, hashed
from tests.board.conftest import CATALOGUE, NOW, event
from tests.board.test_state import EVENTS


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'b.db'}"


@pytest.fixture
def store(url):
    store = Store(url)
    yield store
    store.close()


def test_a_restart_finds_the_same_board(store, url):
    before = store.board("Summer school")
    again = Store(url)
    assert again.board() == before
    assert again.board("Winter school").code == before.code and store.board().title == "Winter school"
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_new_file_can_be_read_by_its_owner_alone(tmp_path):
    """On a hub learners have accounts on the machine; the file holds names and the key of the teacher's page."""
    store = Store(f"sqlite:///{tmp_path / 'b.db'}")
    store.board()
    assert {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == dict.fromkeys(
        ("b.db", "b.db-wal", "b.db-shm"), 0
    )
    store.close()


def test_a_name_that_is_taken_gets_a_number(store):
    names = [store.join(name)[0].name for name in ("Ada", "ada", "Ada", "Bo")]
    assert names == ["Ada", "ada (2)", "Ada (3)", "Bo"]


def test_only_a_hash_of_the_token_is_kept(store):
    ada, token = store.join("Ada")
    assert store.tokens() == {hashed(token): ada.id}
    assert token not in str(store.tokens())


def test_who_left_has_no_token_and_takes_up_their_name_again(store):
    ada, token = store.join("Ada")
    store.write([(ada.id, event())])
    store.leave(ada.id, NOW)
    assert store.tokens() == {} and store.learners()[0].left == NOW
    again, other = store.join("Ada")
    assert again == ada and other != token and len(list(store.events())) == 1


def test_an_event_is_kept_once_whoever_sends_it_again(store):
    (ada, _), (bo, _) = store.join("Ada"), store.join("Bo")
    one, two = event(), event()
    assert store.write([(ada.id, one), (ada.id, one)]) == set()
    assert store.write([(ada.id, one), (bo.id, one), (ada.id, two)]) == set()
    assert list(store.events()) == [(ada.id, one), (ada.id, two)]
    assert store.whose([one.uid, "nobody's"]) == {ada.id}


def test_what_comes_from_somebody_who_was_forgotten_is_named_and_the_rest_is_kept(store):
    (ada, _), (bo, _) = store.join("Ada"), store.join("Bo")
    store.forget([ada.id])
    kept = event()
    assert store.write([(ada.id, event()), (bo.id, kept)]) == {ada.id}
    assert list(store.events()) == [(bo.id, kept)]


def test_forgetting_takes_the_events_too_and_nobody_gets_the_number(store):
    (ada, _), (bo, _) = store.join("Ada"), store.join("Bo")
    store.write([(ada.id, event()), (ada.id, event()), (bo.id, event())])
    assert store.forget([ada.id]) == 2
    assert [each.name for each in store.learners()] == ["Bo"] and store.count() == 1
    assert store.join("Cy")[0].id not in (ada.id, bo.id)


def test_forgotten_is_gone_from_the_disk(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'b.db'}")
    ada, _ = store.join("Zebulon Quartermaine")
    store.write([(ada.id, event(uid="cafe0123"))])
    store.forget([ada.id])
    for file in tmp_path.iterdir():
        assert b"Quartermaine" not in file.read_bytes() and b"cafe0123" not in file.read_bytes(), file
    store.close()


def test_a_crash_in_the_middle_leaves_a_whole_file(tmp_path):
    """WAL, and every commit is on the disk before it returns."""
    store = Store(f"sqlite:///{tmp_path / 'b.db'}")
    with store._engine.connect() as db:
        asked = [
            db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert asked == ["wal", 2, 1]
    store.close()
    assert sqlite3.connect(tmp_path / "b.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 1), EVENTS), max_size=8), max_size=5))
def test_a_restart_rebuilds_the_same_state(tmp_path_factory, batches):
    url = f"sqlite:///{tmp_path_factory.mktemp('board') / 'b.db'}"
    store = Store(url)
    numbers = [store.join(name)[0].id for name in ("Ada", "Bo")]
    before = Service(store, store.board(), CATALOGUE)
    for batch in batches:
        owned = [(numbers[who], each) for who, each in batch]
        store.write(owned)
        for number, each in owned:
            before._kept(number, [each])
    again = Store(url)
    assert Service(again, again.board(), CATALOGUE).room == before.room
    store.close()
    again.close()
