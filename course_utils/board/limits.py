"""How much anyone may send, and the count of what was refused, for the page's small line."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

BODY = 256 * 1024  # bytes of one request


@dataclass(frozen=True)
class Rate:
    """At once up to `burst`, then `per_second`."""

    burst: float
    per_second: float


EVENTS = Rate(300, 5)  # of a learner. A day's backlog waits a minute or two, and comes through
JOINS = Rate(600, 10)  # of an address: a whole lecture may come from one
MOST_LEARNERS = 5000  # of a board
WRONG = Rate(20, 0.2)  # wrong codes or keys of an address
SAME = Rate(1, 1 / 600)  # of one wrong code: a room to which it was said wrong is not guessing


class Buckets:
    """One bucket for each name (a learner's number, an address); those that weren't used for long are let go."""

    MOST = 10_000

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._full: OrderedDict[object, tuple[float, float]] = OrderedDict()  # name → (tokens left, at this time)

    def wait(self, who: object, cost: float) -> float:
        """Seconds to wait before `cost` would be granted, taking nothing; 0 if it would be now."""
        return max(0.0, (min(cost, self.rate.burst) - self._left(who)) / self.rate.per_second)

    def take(self, who: object, cost: float) -> float:
        """Takes `cost` and returns 0, or takes nothing and returns the seconds to wait."""
        if seconds := self.wait(who, cost):
            return seconds
        self._full[who] = (self._left(who) - min(cost, self.rate.burst), self._clock())
        self._full.move_to_end(who)
        while len(self._full) > self.MOST:
            self._full.popitem(last=False)
        return 0.0

    def _left(self, who: object) -> float:
        tokens, then = self._full.get(who, (self.rate.burst, self._clock()))
        return min(self.rate.burst, tokens + (self._clock() - then) * self.rate.per_second)


@dataclass
class Refusals:
    """What was refused since the server started: how often, of which kind, from whom.

    `who` is an address, or a learner's number, which the page may have to show without the name.
    """

    MOST = 200  # kinds and senders: a flood of senders can't fill the memory
    counts: Counter = field(default_factory=Counter)

    def note(self, kind: str, who: str | int) -> None:
        key = (kind, who)
        if key not in self.counts and len(self.counts) >= self.MOST:
            key = (kind, "other addresses")
        self.counts[key] += 1

    def shown(self, name: Callable[[int], str], most: int = 6) -> list[str]:
        """The most frequent, as phrases: "3 wrong codes from 192.168.1.7"."""
        phrases = []
        for (kind, who), n in self.counts.most_common(most):
            one, many = KINDS[kind]
            phrases.append(f"{n} {one if n == 1 else many} from {name(who) if isinstance(who, int) else who}")
        return phrases


KINDS = {
    "code": ("wrong code", "wrong codes"),
    "key": ("wrong teacher's key", "wrong teacher's keys"),
    "token": ("unknown token", "unknown tokens"),
    "flood": ("request too fast", "requests too fast"),
    "size": ("request too large", "requests too large"),
    "form": ("request that was no proper one", "requests that were no proper ones"),
    "event": ("event that can't be", "events that can't be"),
}
"""Kinds of refusals, in words: one, several."""
