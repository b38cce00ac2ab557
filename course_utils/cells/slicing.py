"""The backward slice: of pieces of code that run one after another, those on which a result depends."""

from collections.abc import Callable, Sequence, Set
from typing import TypeVar

from course_utils.cells.names import Names

Piece = TypeVar("Piece")


def backward_slice(
    pieces: Sequence[Piece],
    needed: Set[str],
    names_of: Callable[[Piece], Names],
    always: Callable[[Piece], bool] = lambda piece: False,
) -> tuple[list[Piece], frozenset[str]]:
    """The pieces that give the names `needed` their values, in order, and the names they need from before the first.

    A piece counts if it binds such a name, or changes its object in a way that can be seen (`W[0] = 1`,
    `found.append(x)`), or if it runs `always`. What it needs itself is then looked for further up.

    >>> from course_utils.cells.names import names
    >>> backward_slice(["a = start", "b = 2", "c = a"], {"c"}, names)
    (['a = start', 'c = a'], frozenset({'start'}))
    """
    needed, chosen = frozenset(needed), []
    for piece in reversed(pieces):
        found = names_of(piece)
        if found.binds & needed or always(piece):
            chosen.append(piece)
            needed = (needed - found.rebinds) | found.needs
    return chosen[::-1], needed
