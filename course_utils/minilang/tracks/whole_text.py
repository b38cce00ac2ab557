"""What holds for a text as a whole, as far as it has been read: its genre, and a tale's topic, tense and person."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature, coded, piece_codes, piece_mask
from course_utils.minilang.genres import GENRES
from course_utils.minilang.tracks.reading import Reading, Track, at, latest

FIRST_PIECE = piece_codes(*[genre.first for genre in GENRES])
GENRE_CODE = {genre.name: code for code, genre in enumerate(GENRES, start=1)}
TOPIC_NOUN = piece_codes(*[[f" {noun}" for noun in nouns] for nouns in lx.TOPICS.values()])
NAME = piece_codes(*[[f" {name}"] for name in lx.WOMEN + lx.MEN])
VERB_STEMS = [
    *lx.MOTION_VERBS,
    *lx.TRANSITIVE_VERBS,
    *lx.STAY_VERBS,
    *lx.NOTE_VERBS,
    *[verb for senses in lx.HOMONYMS.values() for verbs in senses.values() for verb in verbs.split()],
]
VERB = piece_mask(f" {stem}" for stem in VERB_STEMS)


def genre(text: Reading) -> Track:
    """Number of the genre in GENRES from 1, told by the piece after <bos>; 0 before it."""
    track = np.zeros(text.tokens.shape, np.uint8)
    track[:, 1:] = FIRST_PIECE[text.tokens[:, 1:2]]
    return track


def in_genre(text: Reading, name: str) -> np.ndarray:
    return text["genre"] == GENRE_CODE[name]


def topic(text: Reading) -> Track:
    """In a tale, the topic of the latest topic noun; 0 before the first."""
    nouns = TOPIC_NOUN[text.tokens]
    return np.where(in_genre(text, "tale"), at(nouns, latest(nouns > 0)), 0).astype(np.uint8)


def tense(text: Reading) -> Track:
    """In a tale, 1 past or 2 present, as the ending of its first verb with one tells; 0 before it."""
    ending = np.where(text.token_is("ed"), 1, np.where(text.token_is("s"), 2, 0)).astype(np.uint8)
    ending[~text.before(VERB[text.tokens])] = 0
    first = np.cumsum(ending > 0, axis=1) == 1  # from the first ending to the one before the second
    opening = np.where(first, at(ending, latest(ending > 0)), 0)
    return np.where(in_genre(text, "tale"), np.maximum.accumulate(opening, axis=1), 0).astype(np.uint8)


def person(text: Reading) -> Track:
    """In a tale, the number of the person last named, from 1; 0 before the first name."""
    names = NAME[text.tokens]
    return np.where(in_genre(text, "tale"), at(names, latest(names > 0)), 0).astype(np.uint8)


TRACKS = {"genre": genre, "topic": topic, "tense": tense, "person": person}


def features() -> list[Feature]:
    women = tuple(range(1, len(lx.WOMEN) + 1))
    men = tuple(range(len(lx.WOMEN) + 1, len(lx.WOMEN + lx.MEN) + 1))
    return [
        *coded("genre", "genre", {g.name: f"the text began as a text of genre {g.name} does" for g in GENRES}),
        *coded("topic", "topic", {name: f"in a tale, the latest topic noun is one of {name}" for name in lx.TOPICS}),
        *coded(
            "tense",
            "tense",
            {
                "past": "in a tale, its first verb with an ending had -ed",
                "present": "in a tale, its first verb with an ending had -s",
            },
        ),
        Feature("gender/woman", "gender", "in a tale, the person last named is a woman", False, "person", women),
        Feature("gender/man", "gender", "in a tale, the person last named is a man", False, "person", men),
    ]
