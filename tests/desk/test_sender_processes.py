"""Kernels end, are killed and are begun anew: what they did reaches the board."""

import os
import signal
import subprocess
import sys
import time

import pytest

from course_utils.desk import history, membership
from course_utils.desk.membership import Membership
from tests.desk.conftest import soon

pytestmark = pytest.mark.usefixtures("learner")
RECORD = """
import sys, time
from course_utils.desk import history, sender
for number in range({count}):
    assert history.record(f"1.{{number + 1}}", "check", "passed") is None
print("recorded", flush=True)
time.sleep({stays})
"""


def kernel(count: int, stays: float = 0.0) -> subprocess.Popen:
    code = RECORD.format(count=count, stays=stays)
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "recorded\n", child.stderr.read()
    return child


def on(stub) -> None:
    stub.names["secret"] = "Ada"
    membership.keep(Membership(stub.address, "secret", "Ada", "Ada", stub.title, stub.board_id, 0.0))


def test_a_kernel_that_ends_at_once_has_sent_all(friday):
    on(friday)
    child = kernel(5)
    assert child.wait(20) == 0 and child.stderr.read() == ""
    assert len(friday.events) == 5 and len(membership.acknowledged()) == 5


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_what_a_killed_kernel_could_not_send_the_next_one_sends(friday):
    on(friday)
    friday.stop()
    child = kernel(5, stays=60)
    child.send_signal(signal.SIGKILL)
    assert child.wait(20) == -signal.SIGKILL
    assert friday.events == {} and len(history.events()) == 5
    friday.restart()
    assert kernel(1).wait(20) == 0
    assert set(friday.events) == {event.uid for event in history.events()} and len(friday.events) == 6
    assert friday.stored_twice == 0


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_killed_between_the_boards_answer_and_its_own_note(friday):
    on(friday)
    friday.always = "die"  # the board stores, the kernel never learns of it
    child = kernel(5, stays=60)
    assert soon(lambda: len(friday.events) == 5)
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    friday.always = ""
    kernel(1).wait(20)
    assert len(friday.events) == 6 and len(membership.acknowledged()) == 6  # sent twice, there once


def test_the_end_waits_no_longer_than_a_second(friday):
    on(friday)
    friday.always = "stall"
    child = kernel(3)
    began = time.monotonic()
    assert child.wait(20) == 0 and child.stderr.read() == ""
    assert time.monotonic() - began < 5  # one second, and what a busy machine needs; the board would have had ten


def test_who_is_on_no_board_loads_nothing_of_the_network():
    code = RECORD.format(count=3, stays=0.5) + "print('httpx' in sys.modules, 'ssl' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["recorded", "False", "False"]
