"""How far somebody is before or behind a timetable."""

from collections.abc import Mapping, Sequence


def pace(at: str, ends: Mapping[str, float], now: float, pauses: Sequence[tuple[float, float]] = ()) -> float | None:
    """Seconds of work behind the plan, negative if ahead, 0 if in time; None for an exercise that isn't planned.

    at: the exercise being worked at. Who should have finished it by now is behind; who begins it before the planned
    end of the one before it is ahead.
    ends: when each exercise should be done, in seconds since 1970.
    pauses: from when to when nobody is to work, lunch and nights; they put nobody behind.

    >>> plan = {"1.1": 600.0, "1.2": 1200.0}
    >>> pace("1.1", plan, 900.0), pace("1.2", plan, 900.0), pace("1.2", plan, 500.0)
    (300.0, 0.0, -100.0)
    >>> pace("1.1", plan, 900.0, [(600.0, 800.0)])
    100.0
    """
    if at not in ends:
        return None
    before = max((end for id, end in ends.items() if end < ends[at]), default=now)
    due = min(max(now, before), ends[at])
    first, last = min(due, now), max(due, now)
    idle = sum(max(0.0, min(end, last) - max(start, first)) for start, end in pauses)
    return now - due - idle if now > due else now - due + idle
