"""A learner's exported progress, brought in after a day without a network."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course_utils.board.catalogue import Catalogue
from course_utils.board.intake import Refused, admit
from course_utils.board.storage import Learner, Store
from course_utils.desk.event_wire import SENT_KINDS, clean_name
from course_utils.desk.history import FORMAT


def read_progress(file: Path) -> list[Any]:
    """The rows of a file that `export_progress` wrote. Raises ValueError if it is none, OSError if it can't be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] != FORMAT or not isinstance(content["events"], list):
            raise ValueError
        return content["events"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{file.name} is not a progress file of this course.") from error


def bring_in(rows: Sequence[Any], store: Store, catalogue: Catalogue, name: str) -> tuple[Learner, int, int]:
    """Add what a board takes to the learner who has some of it already, else to `name`, who is made if needed.

    Returns the learner, how many events are new, and how many are left out. Raises ValueError if it can't be told
    whose they are.
    """
    sendable = [row for row in rows if isinstance(row, dict) and row.get("kind") in SENT_KINDS]
    judged = [admit(row, catalogue, time.time()) for row in sendable]
    events = [each for each in judged if not isinstance(each, Refused)]
    learner = _whose(store.whose(event.uid for event in events), store, name)
    before = store.count()
    store.write([(learner.id, event) for event in events])
    return learner, store.count() - before, len(rows) - len(events)


def _whose(numbers: set[int], store: Store, name: str) -> Learner:
    known = {each.id: each for each in store.learners()}
    owners = sorted(numbers & known.keys())
    if len(owners) == 1:
        return known[owners[0]]
    if owners:
        names = " and ".join(known[each].name for each in owners)
        named = store.named(name) if name else None
        if named is None:
            raise ValueError(f"Parts of this are on the board as {names}: say whose the rest is with --name.")
        return named
    if not name:
        raise ValueError('Nothing of this is on the board yet: say whose it is, with --name "Ada".')
    return store.named(clean_name(name)) or store.join(clean_name(name), with_token=False)[0]
