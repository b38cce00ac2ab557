"""Events reach the board once, whatever the network and the board do, and no check waits for it."""

import os
import sqlite3
import threading
import time
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.desk import history, membership, sender
from course_utils.desk.membership import Membership
from tests.desk.conftest import new_kernel, soon

pytestmark = pytest.mark.usefixtures("learner")


def on(stub, since=0.0) -> Membership:
    stub.names["secret"] = "Ada"
    member = Membership(stub.address, "secret", "Ada", "Ada", stub.title, stub.board_id, since)
    membership.keep(member)
    return member


def record(count=1, **what) -> None:
    for number in range(count):
        assert history.record(f"1.{number + 1}", **{"kind": "check", "status": "failed", **what}) is None


def recorded() -> set[str]:
    return {event.uid for event in history.events() if event.kind != "predict"}


def all_there(stub) -> bool:
    return set(stub.events) == recorded() == membership.acknowledged()


def test_who_is_on_no_board_has_no_thread(monkeypatch):
    own = new_kernel(monkeypatch)
    record(3)
    assert own._thread is None and not membership.exists()


def test_a_check_is_sent_as_it_is_recorded(friday):
    on(friday)
    record(1, detail="counts itself")
    assert soon(lambda: all_there(friday))
    (event,) = friday.events.values()
    assert (event["exercise"], event["status"], event["detail"]) == ("1.1", "failed", "counts itself")
    assert friday.requests[0][2]["format"] == 1 and friday.paths() == ["/room7/api/events"]


def test_only_what_was_done_since_joining_and_no_words_of_ones_own(friday):
    record(2)
    on(friday, since=time.time())
    record(1, kind="hint", status="", detail="1")
    history.record("1.9", "predict", detail="my own words")
    history.record("1", "quiz", detail="4/5")
    record(1, kind="solution", status="")
    assert soon(lambda: sorted(event["kind"] for event in friday.events.values()) == ["hint", "solution"])
    assert sender.sender()._idle.wait(5)
    assert "my own words" not in str(friday.requests) and len(friday.events) == 2


def test_cells_that_run_in_a_row_give_few_requests(friday, monkeypatch):
    monkeypatch.setattr(sender, "GATHER", 0.5)
    on(friday)
    record(30)
    assert soon(lambda: all_there(friday))
    assert len(friday.requests) <= 3


def test_no_request_carries_more_than_the_contract_allows(friday):
    friday.stop()
    on(friday)
    record(450)
    friday.restart()
    assert soon(lambda: all_there(friday))
    sizes = [len(body["events"]) for _, _, body in friday.requests]
    assert max(sizes) == 200 and sum(sizes) == 450 and friday.stored_twice == 0


MISHAPS = ["stall", "die", "lose", "html", "redirect", "fault", "nothing", "echo", "small", "later"]


@pytest.mark.parametrize("mishap", MISHAPS)
def test_it_is_sent_again_until_it_is_there(friday, mishap, monkeypatch):
    monkeypatch.setattr(sender, "ANSWER", 0.3)
    friday.does = [mishap] * 2
    on(friday)
    record(5)
    assert soon(lambda: all_there(friday))
    assert friday.does == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["die", "lose", "html", "fault", "nothing", "echo", "small", ""]), max_size=6))
def test_whatever_happens_in_whatever_order_nothing_is_lost(friday, mishaps):
    friday.does = list(mishaps)
    on(friday)
    for _ in range(3):
        record(2)
        time.sleep(0.005)
    assert soon(lambda: recorded() <= set(friday.events) and sender.sender()._idle.is_set())


def test_a_network_that_comes_back(friday):
    friday.stop()
    on(friday)
    record(3)
    time.sleep(0.2)
    assert friday.events == {}
    friday.restart()
    assert soon(lambda: all_there(friday))


def test_what_the_board_refuses_is_not_sent_again(friday):
    friday.always = "refuse"
    on(friday)
    record(2)
    assert soon(lambda: membership.acknowledged() == recorded())
    friday.always = ""
    record(1)
    assert soon(lambda: membership.acknowledged() == recorded())
    assert len(friday.events) == 1


def test_one_event_that_the_board_cannot_take_stands_in_nobodys_way(friday, monkeypatch):
    on(friday)
    friday.always = "form"
    record(3)
    assert soon(lambda: sender.sender()._idle.is_set())
    friday.always = ""
    record(1)
    assert soon(lambda: len(friday.events) == 1)
    new_kernel(monkeypatch)  # perhaps the board is newer by now
    record(1)
    assert soon(lambda: all_there(friday))


def test_a_board_that_asks_for_patience_gets_it(friday):
    friday.does = ["later"]
    on(friday)
    record(1)
    time.sleep(0.1)
    record(1)  # a check doesn't shorten it
    assert soon(lambda: all_there(friday))
    first, second = (moment for moment, _, _ in friday.requests[:2])
    assert second - first >= 0.99


def test_pauses_grow_and_have_an_end():
    own = sender.Sender()
    pauses = [own._backoff() for _ in range(40)]
    assert pauses[0] <= sender.FIRST * 1.25 and max(pauses) <= sender.LONGEST * 1.25
    assert min(pauses[10:]) >= sender.LONGEST * 0.75
    assert len(set(pauses[10:])) > 10  # a room full of learners doesn't come back in one moment


def test_a_removed_learner_is_told_once_and_sends_nothing_more(friday, monkeypatch):
    on(friday)
    friday.names.clear()
    record(1)
    assert soon(lambda: sender.sender()._notices)
    assert membership.read().state == "unknown"
    assert "no longer knows you" in history.record("1.1", "check", "passed")
    record(3)
    new_kernel(monkeypatch)
    record(1)
    assert soon(lambda: sender.sender()._idle.is_set())
    assert len(friday.requests) == 1


@pytest.mark.parametrize("variable", ["COURSE_STRICT", "NBGRADER_EXECUTION"])
def test_an_automatic_run_sends_nothing(friday, monkeypatch, variable):
    """A teacher who is on a board marks a class: those are not the teacher's checks."""
    monkeypatch.setenv(variable, "1")
    own = new_kernel(monkeypatch)
    on(friday)
    record(3)
    assert own._thread is None and friday.requests == []


# Nothing waits


def seconds_of_listening(count=40) -> list[float]:
    """What a check spends on the board, while its thread is at work."""
    took = []
    for _ in range(count):
        record()
        began = time.perf_counter()
        assert sender._listen() is None
        took.append(time.perf_counter() - began)
    return took


@pytest.mark.parametrize("trouble", ["stall", "locked", "damaged", "read-only"])
def test_a_check_does_not_wait(friday, trouble):
    on(friday)
    record()
    assert soon(lambda: all_there(friday))
    lock = sqlite3.connect(membership.path(), isolation_level=None)
    if trouble == "stall":
        friday.always = "stall"
    elif trouble == "locked":
        lock.execute("BEGIN EXCLUSIVE")
    elif trouble == "damaged":
        membership.path().write_bytes(b"nonsense " * 1000)
    else:
        membership.path().chmod(0o400)
    assert median(seconds_of_listening()) < 0.005
    lock.close()


def test_a_file_that_cannot_be_written_sends_all_the_same(friday, monkeypatch):
    on(friday)

    def refuse(token, uids):
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(membership, "acknowledge", refuse)
    record(2)
    assert soon(lambda: len(friday.events) == 2 and sender.sender()._idle.is_set())
    record(1)
    assert soon(lambda: len(friday.events) == 3)
    assert friday.stored_twice == 0


def test_progress_that_could_not_be_saved_is_sent_too(friday, monkeypatch):
    on(friday)
    lock = sqlite3.connect(history.path(), isolation_level=None)
    monkeypatch.setattr(history, "WAIT", 0.05)
    history.record("1.1", "check")
    lock.execute("BEGIN IMMEDIATE")  # others may read, none may write
    assert "can't be saved" in history.record("1.2", "check")
    assert soon(lambda: {event["exercise"] for event in friday.events.values()} == {"1.1", "1.2"})
    lock.close()


def test_two_kernels_at_once_do_no_harm(friday):
    on(friday)
    first, second = sender.sender(), sender.Sender()
    record(50)
    second.wake()
    assert soon(lambda: all_there(friday) and first._idle.is_set() and second._idle.is_set())


# Forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_fork_begins_no_thread_and_its_events_are_sent_by_its_parent(friday):
    on(friday)
    record(1)
    assert soon(lambda: all_there(friday))
    pid = os.fork()
    if pid == 0:
        record(1)
        free = sender.sender().files.acquire(timeout=1)
        os._exit(0 if free and sender.sender()._thread is None and threading.active_count() == 1 else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert len(friday.events) == 1
    record(1)
    assert soon(lambda: all_there(friday)) and len(friday.events) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_fork_waits_until_the_thread_has_closed_its_file():
    own = sender.sender()
    held, closed = threading.Event(), []

    def in_a_file():
        with own.files:
            held.set()
            time.sleep(0.2)
            closed.append(True)

    thread = threading.Thread(target=in_a_file)
    thread.start()
    held.wait()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if closed and sender.sender().files.acquire(timeout=1) else 1)
    assert os.waitpid(pid, 0)[1] == 0
    thread.join()
    assert own.files.acquire(timeout=1)
