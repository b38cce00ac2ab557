"""While another process holds the database, or nothing can be written, nothing good is lost and nobody waits."""

import json
import sqlite3
import time

import pytest

from course_utils.desk import history, overview


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    for name, kind in {"_waiting": list, "_told": set, "_hurried": list}.items():
        monkeypatch.setattr(history, name, kind())
    monkeypatch.setattr(history, "WAIT", 0.3)


@pytest.fixture
def held():
    """By another process, as far as SQLite can tell."""
    history.record("1.1", "check", "passed", points=2)
    history.record("1.2", "hint", detail="1")
    lock = sqlite3.connect(history.path(), isolation_level=None)

    def hold():
        lock.execute("BEGIN EXCLUSIVE")
        return lock

    yield hold
    lock.close()


def exercises_in(file):
    return sorted(event["exercise"] for event in json.loads(file.read_text())["events"])


def test_an_export_is_never_replaced_by_less(tmp_path, held, capsys):
    file = tmp_path / "progress.json"
    assert history.export_to(file) == 2
    held()
    history.record("1.3", "check")
    overview.export_progress(str(file))
    assert exercises_in(file) == ["1.1", "1.2", "1.3"]
    said = capsys.readouterr().out
    assert "3 events written" in said and "can't be read (database is locked)" in said


def test_with_nothing_to_write_nothing_is_written(tmp_path, held, capsys):
    held()
    overview.export_progress(str(tmp_path / "progress.json"))
    assert "can't be read: database is locked" in capsys.readouterr().out
    assert not (tmp_path / "progress.json").exists()


def test_an_export_waits_for_a_file_that_is_held_for_a_moment(tmp_path, held, monkeypatch):
    lock, read, times = held(), history._read, []

    def let_go_later(wait=None):
        times.append(wait)
        if len(times) == 3:
            lock.execute("ROLLBACK")
        return read(wait)

    monkeypatch.setattr(history, "_read", let_go_later)
    assert history.export_to(tmp_path / "progress.json") == 2
    assert len(times) == 3


def test_after_the_database_was_lost_an_export_still_has_what_it_had(tmp_path, capsys):
    history.record("1.1", "check", "passed", points=2)
    history.export_to(tmp_path / "progress.json")
    history.path().write_bytes(b"this is no database, " * 100)
    history.record("1.4", "check")
    assert history.export_to(tmp_path / "progress.json") == 2
    assert exercises_in(tmp_path / "progress.json") == ["1.1", "1.4"]


@pytest.mark.parametrize("content", ["my notes", "{}", '{"format": "another", "events": []}'])
def test_somebody_elses_file_is_not_overwritten(tmp_path, content, capsys):
    (tmp_path / "notes.json").write_text(content)
    history.record("1.1", "check")
    overview.export_progress(str(tmp_path / "notes.json"))
    assert (tmp_path / "notes.json").read_text() == content
    assert "not a progress file of this course" in capsys.readouterr().out


def test_one_wait_a_session(held):
    lock = held()
    took = []
    for number in range(4):
        began = time.perf_counter()
        history.record(f"1.{number}", "check")
        history.events()
        took.append(time.perf_counter() - began)
    assert took[0] > 0.25 and sum(took[1:]) < 0.2
    lock.execute("ROLLBACK")
    assert history.unsaved() == 0 and len(history.events()) == 6
    lock.execute("BEGIN EXCLUSIVE")  # another time: it may be another reason, and is worth another wait
    began = time.perf_counter()
    history.record("1.9", "check")
    assert time.perf_counter() - began > 0.25


def test_the_last_events_are_written_when_the_session_ends(held):
    lock = held()
    history.record("1.3", "check")
    lock.execute("ROLLBACK")
    history._last_try()
    assert history._waiting == [] and len(history.events()) == 3


def where():
    return overview._where_kept()


def test_the_card_tells_of_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    """Also before anything was to be written there."""
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "a file" / "folder"))
    assert "Not saved" in where() and "can't be written" in where()
    assert "Kept in" not in where() and "is not shown" not in where()


def test_the_card_tells_of_a_file_that_may_only_be_read(monkeypatch):
    history.record("1.1", "check")
    connect = sqlite3.connect

    def read_only(file, **options):
        return connect(f"file:{file}?mode=ro", uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert "Not saved" in where() and "readonly" in where()
    assert len(history.events()) == 1


def test_the_card_tells_what_it_cannot_show(held):
    held()
    assert "What was done before is not shown" in where() and "database is locked" in where()


def test_the_card_tells_where_all_is_kept():
    history.record("1.1", "check")
    assert where() == f"Kept in {history.path()}"


def test_half_a_letter_is_written_out_and_stops_nobody():
    """Text cut in the middle of an emoji, as some editors hand it over: one such event used to block all later ones."""
    assert history.record("1.1", "predict", detail="a\ud83d") is None
    assert history.record("1.2", "check") is None
    assert [(e.exercise, e.detail) for e in history.events()] == [("1.1", "a\\ud83d"), ("1.2", "")]


CANNOT_BE = [{"points": 2**70}, {"points": True}, {"points": -1}, {"detail": "\ud800"}, {"time": 10**400}]


@pytest.mark.parametrize("change", [*CANNOT_BE, {"time": float("nan")}, {"time": float("inf")}])
def test_an_event_that_cannot_be_is_not_taken_in(tmp_path, change):
    history.record("1.1", "check")
    file = tmp_path / "progress.json"
    history.export_to(file)
    content = json.loads(file.read_text())
    content["events"] = [event | {"uid": "another"} | change for event in content["events"]]
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="is not a progress file"):
        history.import_from(file)
    assert history.record("1.2", "check") is None and history.unsaved() == 0


def test_a_file_nested_too_deeply_is_no_progress_file_and_one_with_a_mark_is(tmp_path):
    file = tmp_path / "progress.json"
    file.write_text('{"format":' + "[" * 200_000)
    with pytest.raises(ValueError, match="is not a progress file"):
        history.import_from(file)
    file.unlink()
    history.record("1.1", "check")
    history.export_to(file)
    file.write_text(file.read_text(), encoding="utf-8-sig")  # as an editor of Windows saves it
    assert history.import_from(file) == (0, None)


@pytest.mark.parametrize("first", [history.events, lambda: history.record("1.9", "check")], ids=["read", "write"])
def test_damage_behind_the_first_page_is_damage_too(first):
    """The file opens, and breaks when it is used: it is set aside, and what comes is kept."""
    for n in range(1, 60):
        history.record("1.1", "check", detail="x" * 200, points=n)
    file = history.path()
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    first()
    said = history.record("1.2", "check") or ""
    assert (file.parent / "progress.damaged-1.sqlite").exists()
    assert "1.2" in [event.exercise for event in history._read()[0]] and history.unsaved() == 0
    assert "was damaged" in said or first is not history.events
