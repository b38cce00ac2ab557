"""`course board`: what it prints, and what it does to the database beside the server."""

import json
import re
import socket
import subprocess
import sys
import time
import unicodedata
from types import SimpleNamespace

import psutil
import pytest
from typer.testing import CliRunner

from course_utils import exercises
from course_utils.authoring.errors import CourseError
from course_utils.board import catalogue, command, importing
from course_utils.board.addresses import lan_addresses
from course_utils.board.join_code import new_code, same_code
from course_utils.board.pace import pace
from course_utils.board.storage import Board, Store
from course_utils.cli import app
from course_utils.desk import history
from course_utils.planning.schedule import Schedule, Slot, written
from tests.board.conftest import CATALOGUE, NOW, event

KEPT = Board("id", "Summer school", "tiger-amber-37", "the-key")


@pytest.fixture
def here(tmp_path, monkeypatch, store) -> Store:
    """The store of `board.sqlite` in the current folder; the exercises are the small ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "load", lambda: CATALOGUE)
    return store


def board(*options: str, **more):
    return CliRunner().invoke(app, ["board", *options], **more)


def test_what_is_printed_is_all_that_learners_and_teacher_need():
    line = 'join("http://10.0.0.5:8642", "tiger-amber-37", name="your name")'
    shown = command.announcement(KEPT, ["http://10.0.0.5:8642", "http://10.1.0.5:8642"], line, True, "board.sqlite")
    for part in (line, "10.1.0.5", "tiger-amber-37", "http://10.0.0.5:8642/?key=the-key", "board.sqlite", "Plain HTTP"):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert "Plain HTTP" not in command.announcement(KEPT, ["https://example.org"], line, False, "")


def test_codes_are_easy_to_say_and_differ():
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 195
    for code in codes:
        assert re.fullmatch(r"[a-z]{3,8}-[a-z]{3,8}-[2-9]{2}", code) and not set(code) & set("0O1lo")
        assert same_code(code, code.upper().replace("-", "  "))
    assert not same_code("tiger-amber-37", "tiger-amber-38") and not same_code("", "a")


def test_addresses_are_found_without_any_network(monkeypatch):
    """No socket is opened; a machine without a network has none, and the board is reached on itself."""
    monkeypatch.setattr(socket, "socket", None)
    address = lambda text: SimpleNamespace(family=socket.AF_INET, address=text)  # noqa: E731
    nets = {"lo": ["127.0.0.1"], "docker0": ["172.17.0.1"], "wlan0": ["192.168.1.7"], "eth1": ["169.254.3.4"]}
    monkeypatch.setattr(
        psutil, "net_if_addrs", lambda: {name: [address(a) for a in found] for name, found in nets.items()}
    )
    monkeypatch.setattr(psutil, "net_if_stats", dict)
    assert lan_addresses() == ["192.168.1.7", "172.17.0.1"]
    assert command._bases("", "0.0.0.0", 8642, "/room7")[0] == "http://192.168.1.7:8642/room7"
    nets.clear()
    assert command._bases("", "0.0.0.0", 8642, "") == ["http://127.0.0.1:8642"]
    assert command._bases("", "::1", 8642, "") == ["http://[::1]:8642"]
    assert command._bases("https://example.org/room7/", "127.0.0.1", 8642, "/room7") == ["https://example.org/room7"]


def test_forgetting_one(here):
    ada, _ = here.join("Ada")
    here.write([(ada.id, event()), (ada.id, event())])
    here.join("Bo")
    before = here.revision()
    assert board("--forget", "ada").output == "Forgotten: Ada with 2 events.\n"
    assert [each.name for each in here.learners()] == ["Bo"] and here.revision() == before + 1
    missing = board("--forget", "Ada")
    assert missing.exit_code == 1 and "there is Bo" in missing.output


def test_a_full_room_is_not_listed_whole(here):
    for number in range(1, command.MOST_NAMES + 4):
        here.join(f"Learner {number}")
    said = board("--forget", "Ada").output
    assert "Learner 20, and 3 more." in said and "Learner 21" not in said


def test_a_file_that_is_not_there_is_said_in_words(here):
    said = board("--import", "away.json", "--name", "Ada").output
    assert said == "away.json can't be read (No such file or directory). Is its name right?\n"


def test_forgetting_everybody_asks_first(here):
    here.join("Ada")
    assert board("--forget", "*", input="n\n").exit_code == 1 and len(here.learners()) == 1
    assert "1 learners with 0 events" in board("--forget", "*", "--yes").output and here.learners() == []


def progress(tmp_path, *events, name: str = "progress.json"):
    content = {"format": history.FORMAT, "events": [each._asdict() for each in events]}
    (tmp_path / name).write_text(json.dumps(content))
    return str(tmp_path / name)


def test_an_imported_file_goes_to_whom_it_belongs(here, tmp_path):
    here.join("Ada")
    bo, _ = here.join("Bo")
    first, later = event(when=NOW), event("1.2", when=NOW + 9, status="passed", points=2)
    here.write([(bo.id, first)])
    file = progress(tmp_path, first, later, event("1", "quiz", detail="my words"), event(kind="predict", detail="mine"))
    assert "Bo: 1 new events of 4; 2 are of kinds" in board("--import", file, "--name", "Ada").output
    assert list(here.events()) == [(bo.id, first), (bo.id, later)]
    assert "Bo: 0 new events" in board("--import", file).output


def test_an_imported_file_of_somebody_new_wants_a_name(here, tmp_path):
    file = progress(tmp_path, event())
    nameless = board("--import", file)
    assert nameless.exit_code == 1 and "--name" in nameless.output and here.learners() == []
    assert "Cy: 1 new events" in board("--import", file, "--name", " Cy ").output
    assert board("--import", progress(tmp_path, event(), name="2.json"), "--name", "Cy").exit_code == 0
    assert [each.name for each in here.learners()] == ["Cy"] and here.count() == 2


@pytest.mark.parametrize("content", ["", "{}", "[" * 100_000, '{"format": "another", "events": []}', '{"events": 5}'])
def test_a_file_that_is_no_progress_is_named(here, tmp_path, content):
    (tmp_path / "odd.json").write_text(content)
    answer = board("--import", str(tmp_path / "odd.json"), "--name", "Ada")
    assert answer.exit_code == 1 and "odd.json is not a progress file" in answer.output


def test_a_running_server_sees_what_was_done_beside_it(serve, monkeypatch, tmp_path):
    monkeypatch.setattr("course_utils.board.service.LOOK_ASIDE", 0.05)
    with serve() as client:
        token, store = client.join(), client.service.store
        importing.bring_in([event()._asdict()], store, CATALOGUE, "Cy")
        store.raise_revision()
        wait(lambda: len(client.service.room.people) == 2)
        store.forget([1])
        store.raise_revision()
        wait(lambda: len(client.service.room.people) == 1)
        assert client.events(token, event()).status_code == 401


def wait(true, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    "options, said",
    [
        (["--starts", "2026-12-01"], "--plan"),
        (["--code", "ab-1"], "6 letters"),
        (["--code", 'tiger"amber'], "no quotation marks"),
        (["--address", "example.org/room7"], "like https://example.org/room7, not 'example.org/room7'"),
        (["--database", "nodb://x"], "--database"),
        (["--database", "/nowhere/board.sqlite"], "database"),
    ],
)
def test_what_does_not_do_is_said(here, options, said):
    answer = board(*options)
    assert answer.exit_code == 1 and said in answer.output and "Traceback" not in answer.output


def test_a_port_that_is_taken_is_said_before_anything_is_promised(here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = board("--host", "127.0.0.1", "--port", str(port))
    assert answer.exit_code == 1 and f"--port {port + 1}" in answer.output and "join(" not in answer.output


def test_a_timetable_gives_the_ends_and_the_pauses(tmp_path):
    slots = (Slot(1, 540, 10, "exercise", "Lengths", "1", "1.1"), Slot(2, 540, 20, "exercise", "Angles", "1", "1.2"))
    (tmp_path / "plan.json").write_text(written(Schedule("Two days", slots)))
    ends, pauses = command._timetable(tmp_path / "plan.json", "2026-12-01T08:00")
    assert ends["1.2"] - ends["1.1"] == 24 * 3600 + 10 * 60
    assert pauses[1:-1] == [(ends["1.1"], ends["1.2"] - 20 * 60)], "the night"
    assert command._timetable(None, None) == (None, [])


def test_the_evening_before_and_the_days_after_a_workshop_count_for_nothing(tmp_path):
    slots = (Slot(1, 540, 10, "exercise", "Lengths", "1", "1.1"), Slot(1, 550, 20, "exercise", "Angles", "1", "1.2"))
    (tmp_path / "plan.json").write_text(written(Schedule("One day", slots)))
    ends, pauses = command._timetable(tmp_path / "plan.json", "2026-12-01")
    begins, over = ends["1.1"] - 600, ends["1.2"]
    assert pace("1.2", ends, begins - 15 * 3600, pauses) == pace("1.2", ends, begins, pauses) == -600
    assert pace("1.1", ends, begins - 15 * 3600, pauses) == 0
    assert pace("1.1", ends, over + 40 * 3600, pauses) == pace("1.1", ends, over, pauses) == 1200


def test_a_timetable_of_texts_alone_is_no_pace(tmp_path):
    (tmp_path / "plan.json").write_text(written(Schedule("Reading", (Slot(1, 540, 10, "reading", "Text", "1"),))))
    with pytest.raises(CourseError, match="this timetable has no exercise"):
        command._timetable(tmp_path / "plan.json", "2026-12-01")


def test_an_address_that_others_cannot_reach_is_said():
    bases = {"http://127.0.0.1:8642": True, "http://[::1]:8642/room7": True, "http://10.0.0.5:8642": False}
    for base, alone in bases.items():
        assert ("Only this machine" in command.announcement(KEPT, [base], "join()", True, "")) == alone


def test_forgetting_in_another_folder_says_where_it_looked_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = board("--forget", "Ada")
    assert answer.exit_code == 1 and "There is no board in" in answer.output
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_found_however_a_terminal_writes_its_accents(here):
    here.join(unicodedata.normalize("NFC", "Émilie"))
    assert "Forgotten" in board("--forget", unicodedata.normalize("NFD", "émilie")).output


def test_the_catalogue_is_the_registrys_and_is_read_once(tmp_path, monkeypatch):
    kept = tmp_path / "cache" / "catalogue.json"
    known = catalogue.load(kept)
    real = [each for chapter in exercises.all_chapters() for each in chapter.exercises]
    assert list(known.exercises) == [each.id for each in real]
    one = real[5]
    assert known.exercises[one.id].mistakes == {name: one.feedback(name) for name in one.mistakes}
    monkeypatch.setattr(catalogue, "_read_elsewhere", lambda: [])
    assert catalogue.load(kept).exercises == known.exercises
    monkeypatch.setattr(catalogue, "_fingerprint", lambda: "another state of the course")
    assert catalogue.load(kept).exercises == {}
    kept.write_text("damaged")
    assert catalogue.load(kept).exercises == {}


def test_the_server_needs_no_torch():
    code = "import sys, course_utils.board.app, course_utils.cli; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
