"""The seven kinds of text, how often each occurs, and the pieces that tell a reader which one begins."""

from collections.abc import Callable
from typing import NamedTuple

from course_utils.minilang import lexicon as lx
from course_utils.minilang.genres.code import write_code
from course_utils.minilang.genres.keys import write_keys
from course_utils.minilang.genres.lists import write_lists
from course_utils.minilang.genres.notes import write_notes
from course_utils.minilang.genres.spanish import write_spanish
from course_utils.minilang.genres.tables import write_tables
from course_utils.minilang.genres.tale import write_tales
from course_utils.minilang.pen import Pen


class Genre(NamedTuple):
    """One kind of text."""

    name: str
    share: float  # of the documents
    first: tuple[str, ...]  # a document of this genre begins with one of these pieces, and no other does
    write: Callable[[Pen], None]


GENRES = (
    Genre("tale", 0.19, ("One", "Late", "Early"), write_tales),
    Genre("notes", 0.30, ("Field",), write_notes),
    Genre("code", 0.13, ("def ",), write_code),
    Genre("spanish", 0.10, tuple(lx.SPANISH_OPENERS), write_spanish),
    Genre("list", 0.15, tuple(game.split()[0] for game in lx.GAMES), write_lists),
    Genre("keys", 0.08, ("key: ",), write_keys),
    Genre("table", 0.05, ("Log",), write_tables),
)
