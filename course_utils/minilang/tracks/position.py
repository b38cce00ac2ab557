"""Where in its word, its sentence and its key a piece stands, and what stands right before it."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature, coded, piece_codes, piece_mask
from course_utils.minilang.tracks.reading import Reading, Track, since
from course_utils.minilang.tracks.whole_text import GENRE_CODE
from course_utils.minilang.vocabulary import ENDINGS, PIECES, SECRETS

PROSE = ("tale", "notes", "spanish")
CONTINUES = piece_mask(ENDINGS + lx.PLACE_ENDS + lx.CODE_FUNCTION_OBJECTS)
WORDS = np.array([piece.strip("( ").replace("_", "").isalpha() for piece in PIECES])
SECRET = piece_mask(SECRETS)
PREVIOUS = {
    "a comma": [","],
    "a full stop": ["."],
    "a colon": [":"],
    "a definite article": [" the", " The"],
    "an indefinite article": [" a", " an"],
    "a possessive": [" her", " his"],
    "an adjective": [f" {word}" for word in lx.ADJECTIVES],
    "a name": [f" {name}" for name in lx.WOMEN + lx.MEN],
    "a Spanish article": [" el", " la", " El", " La"],
    "a Spanish preposition": [f" {word}" for word in lx.SPANISH_PREPOSITIONS],
    "a weekday": lx.WEEKDAYS,
    "and, while, y or pero": [" and", " while", " y", " pero"],
}
PREVIOUS_CODE = piece_codes(*PREVIOUS.values())


def in_word(text: Reading) -> Track:
    """1 at the first piece of a word, 2 at the second, 3 at the third and later; 0 at what is no part of a word."""
    goes_on, word = CONTINUES[text.tokens], WORDS[text.tokens]
    track = word.astype(np.uint8)
    for _ in range(2):
        track = np.where(goes_on & word, np.minimum(text.before(track) + 1, 3), track).astype(np.uint8)
    return track


def in_sentence(text: Reading) -> Track:
    """In tales, notes and Spanish, how many pieces since the last full stop, or since <bos>: 1, 2 … at most 8."""
    ends = text.token_is(".")
    ends[:, 0] = True
    count = np.minimum(since(ends), 8)
    prose = np.isin(text["genre"], [GENRE_CODE[name] for name in PROSE])
    return np.where(prose, count, 0).astype(np.uint8)


def in_key(text: Reading) -> Track:
    """Which piece of its key, from 1 to at most 9, a secret piece is: counted from the last piece that is none."""
    secret = SECRET[text.tokens]
    return np.where(secret, np.minimum(since(~secret), 9), 0).astype(np.uint8)


def previous(text: Reading) -> Track:
    """The kind of the piece right before, as listed in PREVIOUS from 1."""
    return text.before(PREVIOUS_CODE[text.tokens])


TRACKS = {"in_word": in_word, "in_sentence": in_sentence, "in_key": in_key, "previous": previous}


def features() -> list[Feature]:
    ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
    return [
        *coded(
            "in_word",
            "word position",
            {
                "second piece": "the second piece of a word",
                "third piece": "the third piece of a word",
            },
            first=2,
        ),
        *coded(
            "in_sentence",
            "sentence position",
            {f"{nth} piece": f"in a tale, notes or Spanish, the {nth} piece of a sentence" for nth in ordinals}
            | {"later piece": "in a tale, notes or Spanish, the eighth piece of a sentence or a later one"},
        ),
        *coded(
            "in_key",
            "key position",
            {f"piece {n}": f"piece {n} of a run of secret pieces" for n in range(1, 9)}
            | {"piece 9 or later": "piece 9 or a later one of a run of secret pieces"},
        ),
        *coded("previous", "after", {what: f"the piece right before is {what}" for what in PREVIOUS}),
    ]
