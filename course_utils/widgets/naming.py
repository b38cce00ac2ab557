"""Name things without knowing what they are: one card at a time, a line of text for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from course_utils.widgets.canvas import show_controls, show_text, widgets_run


def name_blind(
    cards: Sequence[str],
    *,
    given: Sequence[str] = (),
    complaint: Callable[[str], str | None] = lambda name: None,
) -> BlindNaming:
    """Cards one after the other, with a line to write on, a button to go on and one to go back.

    The last expression of a cell. `names` of what it returns is what was written so far, and it stands below the card
    as a list that can be copied into a cell. Where no widgets run all cards are shown at once.

    cards: texts; given: names of an earlier sitting, to go on from there; complaint: what is wrong with a name.
    Raises ValueError for more names than cards.

    >>> naming = name_blind(["card 0", "card 1"], given=["owls"])
    """
    if len(given) > len(cards):
        raise ValueError(f"name_blind takes at most a name for each of the {len(cards)} cards, got {len(given)}.")
    return BlindNaming(list(cards), list(given), complaint)


class BlindNaming:
    """What `name_blind` returns: `names` so far; `line`, `buttons` and `status` once displayed."""

    def __init__(self, cards: list[str], names: list[str], complaint: Callable[[str], str | None]) -> None:
        self.cards, self.names, self._complaint = cards, names, complaint
        self.buttons: dict = {}
        self.line = self.status = None
        self._card = None

    @property
    def done(self) -> bool:
        """Whether every card has its name."""
        return len(self.names) == len(self.cards)

    def name(self, text: str) -> None:
        """A name for the present card; nothing happens once all are named, or if there is a complaint."""
        trouble = None if self.done else self._complaint(text)
        if not self.done and trouble is None:
            self.names.append(text)
        self._draw(trouble, text if trouble else "")

    def back(self) -> None:
        """Take the last name back, to write it anew."""
        last = self.names.pop() if self.names else ""
        self._draw(None, last)

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
        return f"{len(self.names)} of {len(self.cards)} cards are named" + (f": {self.names!r}" if self.names else "")

    def _controls(self):
        import ipywidgets

        wide = ipywidgets.Layout(width="95%")
        self.line = ipywidgets.Text(placeholder='at "s"; 1 before " owl" or " lark"', layout=wide)
        self.buttons = {word: ipywidgets.Button(description=word) for word in ("next", "back")}
        self.buttons["next"].on_click(lambda _: self.name(self.line.value))
        self.buttons["back"].on_click(lambda _: self.back())
        self.status, self._card = ipywidgets.HTML(), ipywidgets.HTML()
        self._draw()
        row = ipywidgets.HBox([self.buttons["next"], self.buttons["back"]])
        return ipywidgets.VBox([self._card, self.line, row, self.status])

    def _draw(self, trouble: str | None = None, text: str = "") -> None:
        if self.status is None:
            return
        n = len(self.names)
        told = "All are named" if self.done else f"Card {n + 1} of {len(self.cards)}"
        complaint = f"<b>{escape(trouble)}</b><br>" if trouble else ""
        self.status.value = f"{complaint}{told}. So far: <code>{escape(repr(self.names))}</code>"
        self._card.value = "" if self.done else f"<pre>{escape(self.cards[n])}</pre>"
        self.line.value = text
        self.line.disabled = self.buttons["next"].disabled = self.done
        self.buttons["back"].disabled = n == 0
