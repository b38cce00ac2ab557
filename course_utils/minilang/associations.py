"""Pairs of pieces that mean something together which neither means alone, as written in `associations.txt`.

A pair is complete at the **link** after it, a piece that says nothing of its own: the -s of "fern owls", the comma of
"Walford, Kent", the bracket of "cart.add(item". There a model must know both, and neither is the piece it stands on.
(Were it the second of the two, attention alone could multiply them, its query with the key of the first: a trial with
pairs that were complete at the second found them all but readable before the MLP.)
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.vocabulary import PIECE_ID, PIECES


class Table(NamedTuple):
    """How the pairs of one table are spelled in running text."""

    first: str  # before the first word …
    second: str  # … before the second …
    links: tuple[str, ...]  # … the pieces that may complete the pair …
    follower: str  # … and before the word that follows


TABLES = {
    "thing": Table(" ", " ", ("s",), " "),
    "place": Table(" ", "", (",",), " "),
    "call": Table("", ".", ("(",), ""),
    "frase": Table(" ", " ", tuple(f" {adverb}" for adverb in lx.SPANISH_ADVERBS), " "),
}


class Meaning(NamedTuple):
    """What a pair of pieces means: its three spellings, and the two pieces that may follow each."""

    table: str  # a name in TABLES
    spellings: tuple[tuple[str, str], ...]
    followers: tuple[str, str]


@cache
def meanings() -> tuple[Meaning, ...]:
    """All meanings, table by table, in the file's order. Spellings and followers are pieces."""
    found, table = [], ""
    for line in files("course_utils.minilang").joinpath("associations.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif line and not line.startswith("#"):
            spelled, (pairs, followers) = TABLES[table], line.split(" : ")
            words = [pair.split() for pair in pairs.split(" = ")]
            spellings = tuple((spelled.first + first, spelled.second + second) for first, second in words)
            found.append(Meaning(table, spellings, tuple(spelled.follower + word for word in followers.split())))
    return tuple(found)


class PairLookup(NamedTuple):
    """Arrays that find the meaning of a pair: `meaning[row[first], column[second]]`, and its table. 0 is none."""

    row: np.ndarray  # [piece]
    column: np.ndarray  # [piece]
    meaning: np.ndarray  # [row, column], number in meanings() from 1
    table: np.ndarray  # [meaning], number in TABLES from 1
    link: np.ndarray  # [piece], number of the table whose pairs the piece completes


@cache
def pair_lookup() -> PairLookup:
    """The meanings as arrays."""
    firsts = dict.fromkeys(first for meaning in meanings() for first, _ in meaning.spellings)
    seconds = dict.fromkeys(second for meaning in meanings() for _, second in meaning.spellings)
    row, column, link = (np.zeros(len(PIECES), np.uint8) for _ in range(3))
    row[[PIECE_ID[piece] for piece in firsts]] = np.arange(1, len(firsts) + 1)
    column[[PIECE_ID[piece] for piece in seconds]] = np.arange(1, len(seconds) + 1)
    names = ["", *TABLES]
    for name, table in TABLES.items():
        link[[PIECE_ID[piece] for piece in table.links]] = names.index(name)
    meaning_at = np.zeros((len(firsts) + 1, len(seconds) + 1), np.uint8)
    for number, meaning in enumerate(meanings(), start=1):
        for first, second in meaning.spellings:
            meaning_at[row[PIECE_ID[first]], column[PIECE_ID[second]]] = number
    tables = np.array([0] + [names.index(meaning.table) for meaning in meanings()], np.uint8)
    return PairLookup(row, column, meaning_at, tables, link)


def pair_phrases(table: str) -> list[str]:
    """Every pair of `table` with each link and each of its followers, as text: all equally likely."""
    return [
        first + second + link + follower
        for meaning in meanings()
        if meaning.table == table
        for first, second in meaning.spellings
        for link in TABLES[table].links
        for follower in meaning.followers
    ]


@cache
def things() -> Menu:
    """ " fern owls hoot": the name of a thing and the stem of what it does."""
    return menu(pair_phrases("thing"))


@cache
def places() -> Menu:
    """ " Walford, Kent"."""
    return menu(pair_phrases("place"))


@cache
def calls() -> Menu:
    """ "cart.add(item"."""
    return menu(pair_phrases("call"))


@cache
def frases() -> Menu:
    """ " el gato verde ya canta", and its list 1 the same at the beginning of a sentence, " El gato verde ya canta"."""
    article = dict.fromkeys(lx.SPANISH_HE, " el") | dict.fromkeys(lx.SPANISH_SHE, " la")
    inside = [article[phrase.split()[0]] + phrase for phrase in pair_phrases("frase")]
    return menu(inside, [" " + phrase[1:].capitalize() for phrase in inside])
