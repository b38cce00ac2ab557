"""Answers to cards, kept so that running a cell again takes nothing away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol


class Keeper(Protocol):
    """Where a widget's answers are kept between runs of its cell (`desk.drafts` makes one that outlives the kernel)."""

    def read(self) -> tuple[list[str], list[str]]:
        """The answers as they were left, "" where one was skipped, and those given when the sitting began."""
        ...

    def write(self, texts: Sequence[str], given: Sequence[str]) -> str | None:
        """Keep the answers; a message for the learner if that was not possible."""
        ...


class InThisKernel:
    """Keeps answers until the kernel stops."""

    _kept: ClassVar[dict[tuple[str, ...], tuple[list[str], list[str]]]] = {}

    def __init__(self, kind: str, cards: Sequence[str]) -> None:
        self._about = (kind, *cards)

    def read(self) -> tuple[list[str], list[str]]:
        return self._kept.get(self._about, ([], []))

    def write(self, texts: Sequence[str], given: Sequence[str]) -> str | None:
        self._kept[self._about] = list(texts), list(given)
        return None


def left_off(keep: Keeper, given: Sequence[str], cards: int) -> list[str]:
    """Where to go on: at what was kept, unless other answers are given now than when that sitting began."""
    kept, began_with = keep.read()
    same_sitting = not given or list(began_with) == list(given)
    return list(kept) if same_sitting and len(kept) <= cards else list(given)
