"""Name things without knowing what they are: one card at a time, a line of text for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from html import escape

from course_utils.widgets.canvas import show_controls, show_text, widgets_run
from course_utils.widgets.keeping import InThisKernel, Keeper, left_off

LAG_S = 0.3
"""After Enter: the page sends the last letters later than the key if it types faster than the kernel answers."""


def name_blind(
    cards: Sequence[str],
    *,
    given: Sequence[str] = (),
    complaint: Callable[[str], str | None] = lambda name: None,
    keep: Keeper | None = None,
) -> BlindNaming:
    """Cards one after the other, with a line to write on. Enter, or `next`, goes on to the next card without a name.

    The last expression of a cell. `names` of what it returns is what was written so far, and it stands below the card
    as a list that can be copied into a cell, a name a line. Running the cell again goes on where it was left. Where no
    widgets run all cards are shown at once.

    cards: texts; given: names to begin with, in the order of the cards (other ones than last time count more than what
    was kept); complaint: what is wrong with a name; keep: where names are kept (default: in this kernel).
    Raises ValueError for more names than cards.

    >>> naming = name_blind(["card 0", "card 1"], given=["owls"])
    """
    if len(given) > len(cards):
        raise ValueError(f"name_blind takes at most a name for each of the {len(cards)} cards, got {len(given)}.")
    return BlindNaming(list(cards), list(given), complaint, keep or InThisKernel("names", cards))


class BlindNaming:
    """What `name_blind` returns: `names` so far; `line`, `buttons`, `heading` and `status` once displayed."""

    def __init__(
        self, cards: list[str], given: list[str], complaint: Callable[[str], str | None], keep: Keeper
    ) -> None:
        self.cards, self._given, self._complaint, self._keep = cards, given, complaint, keep
        start = left_off(keep, given, len(cards))
        self._names = [*start, *[""] * (len(cards) - len(start))]
        self._at = self._next_without()
        self._said = ""
        self.buttons: dict = {}
        self.line = self.status = self.heading = self._card = None

    @property
    def names(self) -> list[str]:
        """A name for each card up to the last one that has any; "" for those that were skipped."""
        last = max((i for i, name in enumerate(self._names) if name), default=-1)
        return self._names[: last + 1]

    @property
    def done(self) -> bool:
        """Whether every card has its name."""
        return all(self._names)

    def name(self, text: str) -> None:
        """A name for the present card; the card stays if there is a complaint. Nothing happens once all are named."""
        if self._at is None:
            return
        if trouble := self._trouble(text):
            self._draw(trouble, text)
            return
        self._names[self._at] = text
        self._at = self._next_without(self._at)
        self._draw(self._keep.write(self.names, self._given))

    def skip(self) -> None:
        """Go on without a name; the card comes again after the others."""
        if self._at is not None:
            self._at = self._next_without(self._at)
            self._draw()

    def back(self) -> None:
        """The card before, with its name on the line, to be written anew. It keeps its name until then."""
        self._at = max((len(self.cards) if self._at is None else self._at) - 1, 0)
        self._draw()

    def _trouble(self, text: str) -> str | None:
        if not text.strip():
            return "The line is empty: write a name, or your best guess. “skip” leaves this card for later."
        return self._complaint(text)

    def _next_without(self, at: int = -1) -> int | None:
        """The next card without a name, after the last one the first; None if all have one."""
        n = len(self.cards)
        return next((i % n for i in range(at + 1, at + 1 + n) if not self._names[i % n]), None)

    def _ipython_display_(self) -> None:
        if widgets_run():
            show_controls(self._controls(), self._all())
        else:
            show_text(self._all())

    def _all(self) -> str:
        """All cards, and what to do for somebody who can't click."""
        how = "Name each card. Where nothing can be clicked, give the names, in the order of the cards, "
        cards = (f"--- {number}\n{card}" for number, card in enumerate(self.cards))
        return "\n".join([f'{how}as `given=["…", …]` to `name_blind`.', *cards])

    def __repr__(self) -> str:
        named = sum(map(bool, self._names))
        return f"{named} of {len(self.cards)} cards are named" + (f": {self.names!r}" if named else "")

    def _controls(self):
        import ipywidgets

        wide = ipywidgets.Layout(width="95%")
        self.line = ipywidgets.Text(placeholder='at "s"; 1 before " owl" or " lark"', layout=wide)
        self.line.on_msg(lambda _, content, __: self._entered() if content.get("event") == "submit" else None)
        self.line.observe(self._typed, names="value")
        self.buttons = {word: ipywidgets.Button(description=word) for word in ("next", "skip", "back")}
        self.buttons["next"].on_click(lambda _: self.name(self.line.value))
        self.buttons["skip"].on_click(lambda _: self.skip())
        self.buttons["back"].on_click(lambda _: self.back())
        self.heading, self.status, self._card = (ipywidgets.HTML() for _ in range(3))
        self._draw()
        row = ipywidgets.HBox(list(self.buttons.values()))
        return ipywidgets.VBox([self.heading, self._card, self.line, row, self.status])

    def _entered(self) -> None:
        """Enter was pressed. `LAG_S` later the line holds all that was typed before."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.name(self.line.value)
        else:
            loop.call_later(LAG_S, lambda: self.name(self.line.value))

    def _typed(self, change: dict) -> None:
        """A complaint is about what was on the line before."""
        if self._said and change["new"] != self._said:
            self._say(None, "")

    def _draw(self, trouble: str | None = None, refused: str = "") -> None:
        """Shows the present card. `trouble`: to be told; `refused`: the text it is about, which stays on the line."""
        if self.status is None:
            return
        n, at = len(self.cards), self._at
        self.heading.value = "<b>All are named.</b>" if at is None else f"<b>Card {at + 1} of {n}</b>"
        self._card.value = "" if at is None else f'<pre style="color:inherit">{escape(self.cards[at])}</pre>'
        self._said = ""
        self.line.value = refused or ("" if at is None else self._names[at])
        self._say(trouble, refused)
        self.line.disabled = self.buttons["next"].disabled = self.buttons["skip"].disabled = at is None
        self.buttons["back"].disabled = at == 0

    def _say(self, trouble: str | None, refused: str) -> None:
        """The complaint, if there is one, and below it the names as code to copy."""
        self._said = refused
        listed = "".join(f"    {name!r},\n" for name in self.names)
        complaint = f'<div role="alert"><b>{escape(trouble)}</b></div>' if trouble else ""
        code = escape(f"[\n{listed}]" if listed else "[]")
        self.status.value = f'{complaint}So far, to copy:<pre style="color:inherit">{code}</pre>'
