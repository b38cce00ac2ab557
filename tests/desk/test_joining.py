"""What a learner reads when they join a board and leave it, and what the board then has."""

import json
import socket
import sqlite3
import time

import pytest

import course_utils
from course_utils.desk import history, joining, membership, sender
from course_utils.desk.event_wire import NEVER_SENT, SENT
from tests.desk.board_stub import CODE, board
from tests.desk.conftest import new_kernel, soon

pytestmark = pytest.mark.usefixtures("learner")


@pytest.fixture
def says(capsys):
    """What is shown by a call, which takes no longer than it may and never gives a secret away."""

    def call(function, *args, **kwargs) -> str:
        began = time.monotonic()
        function(*args, **kwargs)
        assert time.monotonic() - began < joining.PATIENCE + 3  # a busy machine is late
        out, err = capsys.readouterr()
        assert CODE not in out and "secret-token" not in out and err == "" and "Traceback" not in out
        return out

    return call


def test_joining_says_what_it_means(friday, says):
    out = says(course_utils.join, friday.address, CODE, name="Ada")
    assert out.startswith("› You are on the board “Friday”, as Ada.")
    assert all(each in out for each in (*SENT, *NEVER_SENT))
    assert "plain text" in out and "`leave()`" in out and "leave(forget=True)" in out
    assert membership.read().board_id == "b1" and list(friday.names.values()) == ["Ada"]
    course_utils.hint("0.1")
    assert soon(lambda: len(friday.events) == 1)
    assert [event["kind"] for event in friday.events.values()] == ["hint"]


def test_headers_tell_nothing_of_the_machine(friday, says):
    says(course_utils.join, friday.address, CODE, name="Ada")
    course_utils.hint("0.1")
    assert soon(lambda: len(friday.events) == 1)
    known = {"Host", "Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type"}
    for headers in friday.headers:
        assert headers.pop("User-Agent") == "superposition-course", "and not which version of which library"
        assert headers.keys() - {"Authorization"} == known


def test_a_name_that_is_taken(friday, says):
    friday.names["other"] = "Ada"
    out = says(course_utils.join, friday.address, CODE, name=" Ada\n")
    assert "as Ada (2)" in out and "called Ada already" in out


@pytest.mark.parametrize("typed", ["{}/", " {}/live?names=off", "{}/api/join"])
def test_an_address_may_be_pasted(friday, says, typed):
    assert "You are on the board" in says(course_utils.join, typed.format(friday.address), CODE, "Ada")
    assert membership.read().address == friday.address


def test_an_address_without_a_scheme(friday, says):
    assert "You are on the board" in says(course_utils.join, friday.address.removeprefix("http://"), CODE, "Ada")


def test_a_page_of_the_board(friday, says):
    assert "You are on the board" in says(course_utils.join, friday.address + "/exercise", CODE, "Ada")
    assert membership.read().address == friday.address


def not_joined(out: str) -> bool:
    return not membership.exists() and "You are on the board" not in out


def test_a_wrong_code(friday, says):
    out = says(course_utils.join, friday.address, "letmein", "Ada")
    assert "the code is wrong" in out and "letmein" not in out and not_joined(out)


@pytest.mark.parametrize(
    "args, said",
    [
        ((), "Like this"),
        (("http://127.0.0.1:1", CODE), "Like this"),
        (("http://127.0.0.1:1", "", "Ada"), "Like this"),
        (("my board", CODE, "Ada"), "is no address"),
        (("http://127.0.0.1:1", CODE, "A" * 41), "40 characters"),
        (("http://127.0.0.1:1", CODE, "\x00\u202e"), "under which name"),
        (("http://127.0.0.1:1", CODE, "Ada"), "Nothing listens"),
        (("http://no-such-machine.invalid:8642", CODE, "Ada"), "No machine is found|No way|in time"),
        ((3, 4, 5), "3:8642"),
    ],
)
def test_everything_that_can_be_wrong_has_its_sentence(says, args, said):
    out = says(course_utils.join, *args)
    assert any(each.lower() in out.lower() for each in said.split("|")) and not_joined(out)


@pytest.mark.parametrize(
    "does, said",
    [
        ("html", "no board of this course"),
        ("redirect", "begins with https"),
        ("fault", "trouble of its own"),
        ("later", "pause"),
        ("lose", "broke off"),
        ("die", "broke off"),
        ("form", "did not take this"),
        ("nothing", "another version"),
    ],
)
def test_something_else_answers(friday, says, does, said):
    friday.always = does
    out = says(course_utils.join, friday.address.removesuffix("/room7"), CODE, "Ada")
    assert said in out and not_joined(out)


def test_an_address_that_says_nothing(friday, says, monkeypatch):
    monkeypatch.setattr(joining, "PATIENCE", 1.0)
    friday.always = "stall"
    out = says(course_utils.join, friday.address, CODE, "Ada")
    assert "didn't answer in time" in out and not_joined(out)


def test_a_name_server_that_says_nothing(says, monkeypatch):
    monkeypatch.setattr(joining, "PATIENCE", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(5))
    out = says(course_utils.join, "http://slow.example.org:8642", CODE, "Ada")
    assert "didn't answer in time" in out and not_joined(out)


def test_colab_cannot_see_a_classroom(says, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "google.colab", object())
    assert "Colab" in says(course_utils.join, "http://127.0.0.1:1", CODE, "Ada")


def test_joining_twice_changes_nothing(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    before = membership.read()
    out = says(course_utils.join, friday.address, CODE, "Ada")
    assert "already, as Ada" in out and membership.read() == before and len(friday.names) == 1
    friday.stop()
    out = says(course_utils.join, friday.address, CODE, "Ada")
    assert "already" in out and "can't be reached" in out
    friday.restart()


def test_joining_again_after_the_board_forgot(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    friday.names.clear()
    assert "You are on the board “Friday”, as Ada." in says(course_utils.join, friday.address, CODE, "Ada")
    assert list(friday.names.values()) == ["Ada"]


def test_another_name_on_the_same_board_takes_along_what_was_not_sent(friday, says, monkeypatch):
    says(course_utils.join, friday.address, CODE, "Ada")
    friday.stop()
    history.record("1.1", "check", "passed")
    friday.restart()
    says(course_utils.join, friday.address, CODE, "Bea")
    assert list(friday.names.values()) == ["Bea"]
    assert soon(lambda: len(friday.events) == 1)


def test_another_board_takes_the_place_of_the_first(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    history.record("1.1", "check", "passed")
    assert soon(lambda: len(friday.events) == 1)
    with board(board_id="b2", title="Monday") as monday:
        out = says(course_utils.join, monday.address, CODE, "Ada")
        assert "“Monday”, as Ada" in out and "Nothing more is sent to the board before, “Friday”" in out
        history.record("1.2", "check", "passed")
        assert soon(lambda: len(monday.events) == 1)
        assert [event["exercise"] for event in monday.events.values()] == ["1.2"]
    assert len(friday.events) == 1 and friday.names == {}


def test_a_failed_change_leaves_things_as_they_were(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    out = says(course_utils.join, "http://127.0.0.1:1", CODE, "Ada")
    assert "Nothing listens" in out and "still on the board “Friday”, as Ada" in out
    assert membership.read().address == friday.address


def test_leaving(friday, says):
    assert "You are on no board." in says(course_utils.leave)
    says(course_utils.join, friday.address, CODE, "Ada")
    history.record("1.1", "check", "passed")
    assert soon(lambda: len(friday.events) == 1)
    out = says(course_utils.leave)
    assert "Nothing more is sent" in out and "stays there" in out and not membership.exists()
    history.record("1.2", "check", "passed")
    assert friday.names == {} and len(friday.events) == 1
    assert friday.requests[-1][2] == {"forget": False}


def test_leaving_and_being_forgotten(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    history.record("1.1", "check", "passed")
    assert soon(lambda: len(friday.events) == 1)
    assert "deleted what it had of you: 1 event." in says(course_utils.leave, forget=True)
    assert friday.events == {} and not membership.exists()


def test_being_forgotten_needs_the_board(friday, says, monkeypatch):
    says(course_utils.join, friday.address, CODE, "Ada")
    history.record("1.1", "check", "passed")
    assert soon(lambda: len(friday.events) == 1)
    friday.stop()
    out = says(course_utils.leave, forget=True)
    assert "still there" in out and "once more" in out
    friday.restart()
    new_kernel(monkeypatch)
    history.record("1.2", "check", "passed")
    assert soon(lambda: sender.sender()._idle.is_set()) and len(friday.events) == 1
    assert "once more" in says(course_utils.progress)
    assert "deleted" in says(course_utils.leave, forget=True) and friday.events == {}


@pytest.mark.parametrize("variable", ["COURSE_STRICT", "NBGRADER_EXECUTION"])
def test_an_automatic_run_joins_nothing(friday, says, monkeypatch, variable):
    """A notebook that is marked on a teacher's machine may hold a call of join."""
    monkeypatch.setenv(variable, "1")
    out = says(course_utils.join, friday.address, CODE, "Ada")
    assert "automatic run" in out and friday.requests == [] and not_joined(out)
    assert "automatic run" in says(course_utils.leave)


def test_a_folder_that_cannot_be_written(friday, says, monkeypatch, tmp_path):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "a file" / "folder"))
    out = says(course_utils.join, friday.address, CODE, "Ada")
    assert "You are on no board" in out and friday.names == {}  # and the board doesn't wait for them


def test_a_damaged_file_is_said_and_made_anew(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    membership.path().write_bytes(b"no database " * 500)
    assert "is damaged" in says(course_utils.progress)
    assert "as Ada" in says(course_utils.join, friday.address, CODE, "Ada")
    membership.path().write_bytes(b"no database " * 500)
    assert "on no board any more" in says(course_utils.leave) and not membership.exists()


def test_progress_has_one_small_line(friday, says, monkeypatch):
    assert "board" not in says(course_utils.progress)
    says(course_utils.join, friday.address, CODE, "Ada")
    assert "On the board “Friday”, as Ada; `leave()` ends that." in says(course_utils.progress)
    friday.stop()
    history.record("1.1", "check", "passed")
    assert "1 not sent yet" in says(course_utils.progress)
    friday.restart()
    assert soon(lambda: "not sent yet" not in joining.standing())
    friday.names.clear()
    history.record("1.1", "check", "passed")
    assert soon(lambda: "no longer knows you" in joining.standing())
    monkeypatch.setenv("COURSE_STRICT", "1")
    assert "board" not in says(course_utils.progress)


def test_a_check_tells_of_being_removed(friday, says):
    says(course_utils.join, friday.address, CODE, "Ada")
    friday.names.clear()
    says(course_utils.hint, "0.1")
    assert soon(lambda: sender.sender()._notices)
    assert "no longer knows you" in says(course_utils.hint, "0.1")
    assert "no longer knows you" not in says(course_utils.hint, "0.1")


def test_no_secret_is_in_an_exported_file(friday, says, tmp_path):
    says(course_utils.join, friday.address, CODE, "Ada")
    history.record("1.1", "check", "passed")
    says(course_utils.export_progress, str(tmp_path / "progress.json"))
    text = (tmp_path / "progress.json").read_text()
    assert len(json.loads(text)["events"]) == 1 and CODE not in text and "secret-token" not in text
    assert CODE.encode() not in membership.path().read_bytes()  # the code isn't kept at all
    with sqlite3.connect(history.path()) as db:
        assert "secret-token" not in "".join(db.iterdump())
