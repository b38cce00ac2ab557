"""What a learner has begun to write in a widget: kept as it grows, so that running the cell again, a reload of the page
or a new kernel takes nothing away.

A draft stands in the record of what was done (`history`), a row for every change: nothing is written over, an export
takes it along, and a file that can't be written stops nobody.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from course_utils.desk import history

KIND = "draft"


class Draft(NamedTuple):
    """Texts written for an exercise, about certain things. A keeper as `widgets.name_blind` wants it."""

    exercise: str
    about: str
    """A digest of the things: other cards have other names."""

    def read(self) -> tuple[list[str], list[str]]:
        """The texts as they were left, and those that the sitting began with; both empty if there is no draft."""
        for event in reversed(history.events()):
            if event.exercise == self.exercise and event.kind == KIND:
                found = json.loads(event.detail)
                if found["about"] == self.about:
                    return found["texts"], found["given"]
        return [], []

    def write(self, texts: Sequence[str], given: Sequence[str]) -> str | None:
        """Keep the texts as they are now; a message if that was not possible."""
        detail = {"about": self.about, "given": list(given), "texts": list(texts)}
        return history.record(self.exercise, KIND, detail=json.dumps(detail, ensure_ascii=False))


def draft(exercise: str, about: Sequence[str]) -> Draft:
    """The draft for an exercise about these things (their texts, in their order).

    >>> name_blind(cards, keep=draft("10.7", cards))
    """
    return Draft(exercise, hashlib.sha256("\0".join(about).encode()).hexdigest()[:16])
