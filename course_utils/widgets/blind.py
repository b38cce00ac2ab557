"""Rate things without knowing what they are: one card at a time, a button for each answer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from course_utils.widgets.canvas import show_controls, show_text, widgets_run
from course_utils.widgets.keeping import InThisKernel, Keeper, left_off


def rate_blind(
    cards: Sequence[str], answers: dict[str, str], *, given: str = "", keep: Keeper | None = None
) -> BlindRating:
    """Cards one after the other, with a button for each answer and one to go back.

    The last expression of a cell. `letters` of what it returns is what was clicked, a letter for each card. Running the
    cell again goes on where it was left. Where no widgets run all cards are shown at once: write the letters down
    yourself, in their order.

    cards: texts; answers: what each letter means; given: letters to begin with (other ones than last time count more
    than what was kept); keep: where letters are kept (default: in this kernel).
    Raises ValueError for letters that are no answers, or more of them than there are cards.

    >>> rating = rate_blind(["card 0", "card 1"], {"m": "one subject", "p": "several"}, given="m")
    """
    if any(len(letter) != 1 for letter in answers) or not set(given) <= set(answers) or len(given) > len(cards):
        raise ValueError(
            f"rate_blind takes answers of one letter each, and at most {len(cards)} letters given out of "
            f"{', '.join(map(repr, answers))}; got {given!r}."
        )
    return BlindRating(list(cards), dict(answers), given, keep or InThisKernel("letters", cards))


class BlindRating:
    """What `rate_blind` returns: `letters` so far; `status` and `buttons` (by letter, and "back") once displayed."""

    def __init__(self, cards: list[str], answers: dict[str, str], given: str, keep: Keeper) -> None:
        self.cards, self.answers, self._given, self._keep = cards, answers, given, keep
        left = "".join(left_off(keep, given, len(cards)))
        self.letters = left if set(left) <= set(answers) else given
        self.buttons: dict = {}
        self.status = None
        self._card = None

    @property
    def done(self) -> bool:
        """Whether every card has its letter."""
        return len(self.letters) == len(self.cards)

    def rate(self, letter: str) -> None:
        """An answer for the present card; nothing happens once all are rated."""
        if not self.done:
            self.letters += letter
        self._draw(self._keep.write(self.letters, self._given))

    def back(self) -> None:
        """Take the last answer back."""
        self.letters = self.letters[:-1]
        self._draw(self._keep.write(self.letters, self._given))

    def _ipython_display_(self) -> None:
        if widgets_run():
            show_controls(self._controls(), self._all())
        else:
            show_text(self._all())

    def _all(self) -> str:
        """All cards, and what to do for somebody who can't click."""
        meanings = ", ".join(f"{letter} ({meaning})" for letter, meaning in self.answers.items())
        how = f"Rate each card: {meanings}. Where nothing can be clicked, give the letters, in the order of the cards, "
        cards = (f"--- {number}\n{card}" for number, card in enumerate(self.cards))
        return "\n".join([f'{how}as `given="…"` to `rate_blind`.', *cards])

    def __repr__(self) -> str:
        rated = f"{len(self.letters)} of {len(self.cards)} cards are rated"
        return rated + (f": {self.letters!r}" if self.letters else "")

    def _controls(self):
        import ipywidgets

        for letter, meaning in self.answers.items():
            button = ipywidgets.Button(description=f"{letter}: {meaning}")
            button.on_click(lambda _, letter=letter: self.rate(letter))
            self.buttons[letter] = button
        self.buttons["back"] = ipywidgets.Button(description="back")
        self.buttons["back"].on_click(lambda _: self.back())
        self.status, self._card = ipywidgets.HTML(), ipywidgets.HTML()
        self._draw()
        return ipywidgets.VBox([self.status, self._card, ipywidgets.HBox(list(self.buttons.values()))])

    def _draw(self, trouble: str | None = None) -> None:
        if self.status is None:
            return
        n = len(self.letters)
        told = "All are rated" if self.done else f"Card {n + 1} of {len(self.cards)}"
        said = f" <b>{escape(trouble)}</b>" if trouble else ""
        self.status.value = f"{told}. So far: <code>{escape(self.letters)}</code>{said}"
        self._card.value = "" if self.done else f'<pre style="color:inherit">{escape(self.cards[n])}</pre>'
        for letter in self.answers:
            self.buttons[letter].disabled = self.done
        self.buttons["back"].disabled = n == 0
