"""How long a cell lets a learner wait without a sign of life."""

import re
import time
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebooks.meter import Meter

PATIENCE = 5.0  # seconds
SHOWS = {"stream", "display_data", "execute_result", "update_display_data", "error"}
KNOWS = re.compile(r"\d%\||\b(?:\d+ s|seconds?|minutes?)\b")  # a bar of tqdm's, or how long it takes


class Sign(NamedTuple):
    """Something that a cell showed, or its start or end; by the clock, and in its kernel's processor time."""

    clock: float
    processor: float
    text: str = ""


class Watch:
    """What every cell of a notebook showed, and when. Cells go by their place in the notebook."""

    def __init__(self, meter: Meter):
        self._meter, self._signs = meter, defaultdict(list)

    def note(self, cell: int, text: str = "") -> None:
        self._signs[cell].append(Sign(time.monotonic(), self._meter.seconds(), text))

    def silences(self) -> dict[int, float]:
        """Cells that kept a learner waiting for more than PATIENCE, with their longest silence."""
        longest = {cell: longest_silence(signs) for cell, signs in self._signs.items()}
        return {cell: seconds for cell, seconds in longest.items() if seconds > PATIENCE}


class WatchedClient(NotebookClient):
    """Runs cells and notes on its `watch` what they show."""

    watch: Watch

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int):
        if msg["msg_type"] in SHOWS:
            content = msg["content"]
            self.watch.note(cell_index, content.get("text") or content.get("data", {}).get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)


def longest_silence(signs: list[Sign]) -> float:
    """Seconds between two signs, until one of them says how long it takes. The first is the start, the last the end.

    A busy machine makes the clock's seconds longer, many threads the processor's: the fewer of the two count.
    """
    longest = 0.0
    for before, after in pairwise(signs):
        if KNOWS.search(before.text):
            break
        longest = max(longest, min(after.clock - before.clock, after.processor - before.processor))
    return longest
