"""Buckets that fill again, and the count of what was refused."""

from hypothesis import given
from hypothesis import strategies as st

from course_utils.board.limits import EVENTS, Buckets, Rate, Refusals


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_trickle():
    clock = Clock()
    buckets = Buckets(Rate(10, 2), clock)
    assert buckets.take("ada", 10) == 0
    assert buckets.take("ada", 4) == 2.0  # seconds
    assert buckets.take("bo", 10) == 0  # has a bucket of their own
    clock.now = 2.0
    assert buckets.take("ada", 4) == 0


def test_a_days_backlog_gets_through_by_waiting_as_it_is_told():
    clock, buckets, waits = Clock(), None, 0
    buckets = Buckets(EVENTS, clock)
    for _ in range(10):  # 2,000 events
        while wait := buckets.take("ada", 200):
            clock.now += wait
            waits += 1
    assert waits <= 10 and clock.now <= (2000 - EVENTS.burst) / EVENTS.per_second + 1


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 400))))
def test_nobody_gets_more_than_burst_and_rate_allow(asked):
    clock = Clock()
    rate = Rate(100, 3)
    buckets, granted = Buckets(rate, clock), 0.0
    for pause, cost in asked:
        clock.now += pause
        granted += min(cost, rate.burst) if not buckets.take("eve", cost) else 0
    assert granted <= rate.burst + rate.per_second * clock.now + 1e-6


def test_many_senders_fill_no_memory():
    buckets = Buckets(Rate(1, 1))
    buckets.MOST = 50
    for number in range(200):
        buckets.take(number, 1)
    assert len(buckets._full) == 50


def test_refusals_are_counted_by_kind_and_sender():
    refusals = Refusals()
    for _ in range(3):
        refusals.note("code", "192.168.1.7")
    refusals.note("flood", 4)
    assert refusals.shown(lambda number: f"Learner {number}") == [
        "3 wrong codes from 192.168.1.7",
        "1 request too fast from Learner 4",
    ]
    for number in range(1000):
        refusals.note("code", f"10.0.{number // 256}.{number % 256}")
    assert len(refusals.counts) <= refusals.MOST + 1 and "other addresses" in refusals.shown(str)[0]
