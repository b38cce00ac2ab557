"""Explanations of latents that a program can write and read: short texts about pieces and what came before them.

An explanation is a text such as `at "s"; 1 before " owl" or " lark"; earlier "Field"`. A **labeller** is any function
from examples to a text; `by_rules` is one that needs no network, and one that asks a language model would fit as well.
A **reader** says where an explanation expects the latent to fire; `read` reads texts as above. `explain_scores` says
how good both are.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.minilang import PIECES
from course_utils.sae import choosing, unreadable
from course_utils.sae.firings import Firings

BEFORE = 3  # pieces before the place that `by_rules` looks at one by one
MOST = 8  # pieces that a clause of its names at most: an explanation is short
TWICE = 2  # examples of firing in which a piece must stand, or it is an accident
CLAUSES = 3
GAIN = 0.02  # of F1 among the examples, or a further clause isn't worth its words

PLACE = r"at|earlier|\d+ before"
QUOTED = r'"(?:[^"\\]|\\.)*"'
CLAUSE = re.compile(rf"(not )?({PLACE}):? *({QUOTED}(?: or {QUOTED})*)")


class Example(NamedTuple):
    """What a labeller is shown: a text up to one of its places, and what the latent does there."""

    pieces: list[str]
    activation: float  # 0 where it is silent


Labeller = Callable[[Sequence[Example]], str]


class UnreadableExplanation(ValueError):
    """A text that says nothing of pieces and places, or something that no text can fulfil."""


class Clause(NamedTuple):
    """One condition: which pieces stand at a place, or don't."""

    place: str
    """`at`: the piece itself; `2 before`: two pieces before it; `earlier`: anywhere before it in the text."""
    pieces: tuple[str, ...]
    denied: bool = False

    def __str__(self) -> str:
        listed = " or ".join(json.dumps(piece, ensure_ascii=False) for piece in self.pieces)
        return f"{'not ' * self.denied}{self.place} {listed}"


class Rule(NamedTuple):
    """Clauses that must all hold."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.clauses))

    def holds(
        self, pieces: Sequence[str], tokens: Int[Tensor, "document position"]
    ) -> Bool[Tensor, "document position"]:
        """Where all clauses hold, in texts of the vocabulary `pieces`."""
        out = torch.ones(tokens.shape, dtype=torch.bool)
        for clause in self.clauses:
            out &= _met(clause, pieces, tokens) != clause.denied
        return out


def _met(clause: Clause, pieces: Sequence[str], tokens: Tensor) -> Tensor:
    named = torch.tensor([piece in clause.pieces for piece in pieces])[tokens]
    if clause.place == "at":
        return named
    before = torch.zeros_like(named)
    if clause.place == "earlier":
        before[:, 1:] = named.cumsum(1)[:, :-1] > 0
    elif (back := int(clause.place.split()[0])) < tokens.shape[1]:
        before[:, back:] = named[:, : tokens.shape[1] - back]
    return before


def read(text: str, pieces: Iterable[str]) -> Rule:
    """The rule that a text states.

    >>> read('at "s"; 1 before " owl" or " lark"', PIECES).holds(PIECES, tokens)

    Raises:
        UnreadableExplanation: no clause in it, words that belong to none, or a piece that the language doesn't have.
    """
    clauses, rest = [], text
    for found in CLAUSE.finditer(text):
        denied, place, listed = found.groups()
        quoted = tuple(_unquoted(each) for each in re.findall(QUOTED, listed))
        clauses.append(Clause(place, quoted, denied is not None))
        rest = rest.replace(found[0], "", 1)
    if not clauses:
        raise UnreadableExplanation(f"{text!r} names no piece at a place. {unreadable.advice(text, PLACE)}")
    if left := re.sub(r"[;,.\s]|\band\b", "", rest):
        raise UnreadableExplanation(f"{text!r}: {left!r} belongs to no clause. {unreadable.advice(rest, PLACE)}")
    known = list(pieces)
    for piece in (piece for clause in clauses for piece in clause.pieces if piece not in known):
        raise UnreadableExplanation(unreadable.no_such_piece(piece, known))
    if any(clause.place == "0 before" for clause in clauses):
        raise UnreadableExplanation(f'{text!r}: "0 before" is the place itself: say at.')
    return Rule(tuple(clauses))


def complaint(text: str, pieces: Iterable[str] | None = None) -> str | None:
    """What a program can't read in an explanation; None if it can. `pieces`: if not given, those of the language."""
    try:
        read(text, PIECES if pieces is None else pieces)
    except UnreadableExplanation as problem:
        return str(problem)
    return None


def _unquoted(quoted: str) -> str:
    try:
        return json.loads(quoted)
    except json.JSONDecodeError:
        return quoted[1:-1]


def examples(
    pieces: Sequence[str],
    tokens: Int[Tensor, "document position"],
    rows: Int[Tensor, " example"],
    activation: Float[Tensor, " example"],
) -> list[Example]:
    """Examples from rows of `tokens.flatten()`."""
    out = []
    for row, value in zip(rows.tolist(), activation.tolist(), strict=True):
        document, position = divmod(row, tokens.shape[1])
        out.append(Example([pieces[t] for t in tokens[document, : position + 1].tolist()], value))
    return out


def shown_of(
    at: Firings,
    latent: int,
    pieces: Sequence[str],
    tokens: Int[Tensor, "document position"],
    *,
    near_misses: bool,
    n: int = 20,
) -> list[Example]:
    """What a labeller is shown of a latent: n firing places over its range, n silent ones at random and, if asked for,
    n near misses (`choosing`). The latent's number is the seed."""
    dice = torch.Generator().manual_seed(latent)
    chosen = [choosing.over_the_range(at, latent, n), choosing.silent(at, latent, n, dice)]
    chosen += [choosing.near_misses(at, latent, tokens.flatten(), n, dice)] if near_misses else []
    rows = torch.cat(chosen)
    return examples(pieces, tokens, rows, choosing.values_in(at, latent, rows))


def explain_all(
    at: Firings,
    latents: Iterable[int],
    labeller: Labeller,
    near_misses: bool,
    pieces: Sequence[str],
    tokens: Int[Tensor, "document position"],
) -> dict[int, str]:
    """What a labeller says of each of these latents, from what `shown_of` shows of it, with near misses or without."""
    return {j: labeller(shown_of(at, j, pieces, tokens, near_misses=near_misses)) for j in latents}


def by_piece(shown: Sequence[Example]) -> str:
    """The plainest labeller: the piece that the latent fires at most often, and nothing else."""
    at = Counter(example.pieces[-1] for example in shown if example.activation > 0)
    return str(Rule((Clause("at", (at.most_common(1)[0][0],)),)))


def by_rules(shown: Sequence[Example]) -> str:
    """Adds the clause that tells the firing examples from the silent ones best (F1), as long as that gains something.

    Raises:
        ValueError: no example in which the latent fires.
    """
    fires = sum(example.activation > 0 for example in shown)
    if not fires:
        raise ValueError("a labeller needs an example in which the latent fires")
    clauses, left, best = [], list(shown), 2 * fires / (len(shown) + fires)
    for _ in range(CLAUSES):
        f1, clause = max((_best_clause(place, left, fires) for place in _places()), key=lambda found: found[0])
        if clauses and f1 < best + GAIN:
            break
        clauses.append(clause)
        best, left = f1, [example for example in left if _meets(clause, example.pieces)]
    return str(Rule(tuple(clauses)))


def _places() -> list[str]:
    return ["at", *(f"{back} before" for back in range(1, BEFORE + 1)), "earlier"]


def _there(place: str, pieces: list[str]) -> set[str]:
    """The pieces at a place of a text that ends where it is looked at."""
    if place == "earlier":
        return set(pieces[:-1])
    back = 0 if place == "at" else int(place.split()[0])
    return {pieces[-1 - back]} if back < len(pieces) else set()


def _meets(clause: Clause, pieces: list[str]) -> bool:
    return (not _there(clause.place, pieces).isdisjoint(clause.pieces)) != clause.denied


def _best_clause(place: str, left: list[Example], fires: int) -> tuple[float, Clause]:
    """Pieces one after the other, the one with the largest share of firing examples first, while F1 grows."""
    firing, silent = Counter(), Counter()
    for example in left:
        (firing if example.activation > 0 else silent).update(_there(place, example.pieces))
    often = [piece for piece in firing if firing[piece] >= TWICE] or list(firing)
    order = sorted(often, key=lambda p: (-firing[p] / (firing[p] + silent[p]), -firing[p], p))
    if place == "earlier":  # of pieces that come together no sum can be made: the best one
        order = sorted(often, key=lambda p: (-2 * firing[p] / (firing[p] + silent[p] + fires), p))[:1]
    best, hits, said = (0.0, Clause(place, tuple(order[:1]))), 0, 0
    for n, piece in enumerate(order[:MOST], start=1):
        hits, said = hits + firing[piece], said + firing[piece] + silent[piece]
        best = max(best, (2 * hits / (said + fires), Clause(place, tuple(order[:n]))), key=lambda found: found[0])
    return best
