"""A choice between phrases, with the probability of every piece given the pieces before it.

Several phrases may begin alike ("an old oar", "an oar"): the choice is made once, for the phrase, and its surprisal is
shared out over the pieces as a reader meets them: P(piece | pieces so far) = P(phrases that begin so and go on with it)
/ P(phrases that begin so). That is what makes the entropy of the language exact, piece by piece.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from course_utils.minilang.tokenizer import encode
from course_utils.minilang.vocabulary import PIECES

Option = tuple[str, float]  # a phrase as text, and its weight


class Menu(NamedTuple):
    """Phrases of one or more lists. Build with `menu`."""

    tokens: Int[np.ndarray, "phrase piece"]  # -1 after the end of the phrase
    nats: Float[np.ndarray, "phrase piece"]  # -log P(piece | pieces before it in the phrase)
    end_nats: Float[np.ndarray, "phrase"]  # -log P(the phrase ends here | its pieces)
    cumulative: Float[np.ndarray, "phrase"]  # list number + P(phrases up to and with this one in its list)
    first: Int[np.ndarray, "list"]  # where each list begins

    def draw(self, uniform: Float[np.ndarray, "row"], which: Int[np.ndarray, "row"] | int) -> Int[np.ndarray, "row"]:
        """Numbers of the phrases that the uniform draws in [0, 1) pick from list `which`."""
        return np.minimum(np.searchsorted(self.cumulative, which + uniform, side="right"), len(self.cumulative) - 1)


def menu(*lists: Sequence[str | Option]) -> Menu:
    """A menu of one or more lists of phrases, each phrase a text or (text, weight); equal weights otherwise."""
    tokens, nats, end_nats, cumulative, first = [], [], [], [], []
    for number, options in enumerate(lists):
        phrases = [(option, 1.0) if isinstance(option, str) else option for option in options]
        total = sum(weight for _, weight in phrases)
        pieces = [tuple(encode(text)[1:]) for text, _ in phrases]
        if len(set(pieces)) < len(pieces):
            raise ValueError(f"a phrase stands twice in list {number}: the choice could not be read from the text")
        share = [weight / total for _, weight in phrases]
        begins = defaultdict(float)  # P(the phrase begins with these pieces)
        for phrase, p in zip(pieces, share):
            for length in range(len(phrase) + 1):
                begins[phrase[:length]] += p
        first.append(len(tokens))
        for phrase, p, upto in zip(pieces, share, np.cumsum(share)):
            surprisal = [log(begins[phrase[:i]] / begins[phrase[: i + 1]]) for i in range(len(phrase))]
            tokens.append(phrase)
            nats.append([max(s, 0.0) for s in surprisal])
            end_nats.append(max(log(begins[phrase] / p), 0.0))
            cumulative.append(number + upto)
        cumulative[-1] = number + 1.0  # against rounding
    width = max(map(len, tokens))
    padded = [[*phrase] + [-1] * (width - len(phrase)) for phrase in tokens]
    padded_nats = [row + [0.0] * (width - len(row)) for row in nats]
    return Menu(
        np.array(padded, np.int16),
        np.array(padded_nats, np.float32),
        np.array(end_nats, np.float32),
        np.array(cumulative),
        np.array(first),
    )


def phrases(choice: Menu) -> list[str]:
    """The texts of the menu's phrases, list after list."""
    return ["".join(PIECES[token] for token in row if token >= 0) for row in choice.tokens]
