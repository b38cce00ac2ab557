"""Progress outlives kernels, other notebooks, damaged files and folders that can't be written."""

import json
import multiprocessing
import os
import sqlite3
import time

import pytest

from course_utils.desk import history


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(history, "_waiting", [])
    monkeypatch.setattr(history, "_told", set())


def kinds() -> list[str]:
    return [event.kind for event in history.events()]


def test_an_event_is_kept():
    assert history.record("1.4", "check", "passed", points=2) is None
    (event,) = history.events()
    assert (event.exercise, event.chapter, event.status, event.points) == ("1.4", "1", "passed", 2)
    assert history.path().exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a user's data from others by itself")
def test_nobody_else_on_the_machine_can_look_into_it():
    before = os.umask(0o022)
    try:
        history.record("1.4", "check", "passed")
    finally:
        os.umask(before)
    assert history.path().parent.stat().st_mode & 0o077 == 0


def test_no_file_is_no_events():
    assert history.events() == []


def _write_fifty(n: int) -> None:
    for i in range(50):
        history.record(f"1.{n}", "check", str(i))
    deadline = time.monotonic() + 60  # where the file was held too long, an event waits for the next write
    while history.unsaved() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_two_notebooks_at_once_lose_nothing():
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(_write_fifty, range(3))
    kept = sorted((event.exercise, int(event.status)) for event in history.events())
    assert kept == [(f"1.{n}", i) for n in range(3) for i in range(50)]


def test_a_damaged_file_is_set_aside_and_the_learner_told():
    history.path().parent.mkdir(parents=True)
    history.path().write_bytes(b"this is no database, " * 100)
    message = history.record("1.1", "hint")
    assert "damaged" in message and "kept as progress.damaged-1.sqlite" in message
    assert kinds() == ["hint"]
    assert (history.path().parent / "progress.damaged-1.sqlite").read_bytes().startswith(b"this is no database")


def test_a_file_cut_short_is_set_aside():
    for _ in range(200):
        history.record("1.1", "check", detail="x" * 500)
    whole = history.path().read_bytes()
    history.path().write_bytes(whole[: len(whole) // 3])
    message = history.record("1.2", "check")
    assert message is None or "damaged" in message
    assert "1.2" in {event.exercise for event in history.events()}


def test_a_file_of_another_schema_is_set_aside():
    history.path().parent.mkdir(parents=True)
    with sqlite3.connect(history.path()) as db:
        db.execute("CREATE TABLE event (a INTEGER)")
    assert "damaged" in history.record("1.1", "check")
    assert kinds() == ["check"]


def test_a_locked_file_delays_and_loses_nothing():
    history.record("1.1", "check")
    lock = sqlite3.connect(history.path(), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert "can't be saved at the moment" in history.record("1.2", "check")
    assert history.record("1.3", "check") is None  # told once
    lock.execute("ROLLBACK")
    lock.close()
    history.record("1.4", "check")
    with sqlite3.connect(history.path()) as db:
        assert db.execute("SELECT COUNT(*) FROM event").fetchone() == (4,)


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "a file" / "folder"))
    assert "can't be saved" in history.record("1.1", "check", "passed")
    assert kinds() == ["check"]  # this session still knows


def test_export_and_import_once_and_twice(tmp_path, monkeypatch):
    history.record("1.1", "check", "passed", points=2)
    history.record("1.2", "hint", detail="1")
    assert history.export_to(tmp_path / "out.json") == 2
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "other machine"))
    history.record("1.3", "check")
    assert history.import_from(tmp_path / "out.json") == (2, None)
    assert history.import_from(tmp_path / "out.json") == (0, None)
    assert sorted(event.exercise for event in history.events()) == ["1.1", "1.2", "1.3"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"format": "other", "events": []}',
        json.dumps({"format": history.FORMAT, "events": [{}]}),
        json.dumps({"format": history.FORMAT, "events": [dict.fromkeys(history.FIELDS, 1)]}),
        json.dumps({"format": history.FORMAT, "events": 3}),
    ],
)
def test_a_file_that_is_no_export_changes_nothing(tmp_path, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match="not a progress file"):
        history.import_from(tmp_path / "bad.json")
    assert history.events() == []
