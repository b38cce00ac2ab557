"""Who and what is meant: pronouns, a person named again, an occupation told before, and what an ending does."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature, coded, piece_codes, piece_mask
from course_utils.minilang.tracks.reading import Reading, Track
from course_utils.minilang.tracks.whole_text import NAME, VERB

NAMES = lx.WOMEN + lx.MEN
SHE, HE = (" She", " she", " her"), (" He", " he", " his")
PRONOUN = piece_codes(SHE, HE)
NAME_GENDER = np.array([0] + [1] * len(lx.WOMEN) + [2] * len(lx.MEN), np.uint8)
OCCUPATION = piece_codes(*[[f" {stem}"] for stem in lx.OCCUPATION_STEMS + lx.OCCUPATION_WORDS])
NEEDS_ER = piece_mask(f" {stem}" for stem in lx.OCCUPATION_STEMS)
NOUN = piece_mask(f" {noun}" for nouns in lx.TOPICS.values() for noun in nouns + lx.HEADS)
SPANISH_NOUN = piece_mask(f" {noun}" for noun in lx.SPANISH_HE + lx.SPANISH_SHE)


def pronoun(text: Reading) -> Track:
    """In a tale, the number of the person for whom a pronoun here stands: the one last named, if it fits."""
    fits = PRONOUN[text.tokens] == NAME_GENDER[text["person"]]
    return np.where(fits, text["person"], 0).astype(np.uint8)


def naming(text: Reading) -> Track:
    """1 a person's name for the first time in this text, 2 the same name again; 0 elsewhere."""
    names = NAME[text.tokens]
    track = (names > 0).astype(np.uint8)
    for person in range(1, len(NAMES) + 1):
        here = names == person
        track += here & (np.cumsum(here, axis=1) > 1)
    return track


def occupation(text: Reading) -> Track:
    """1 an occupation for the first time in this text, 2 the same again: at -er for "painter", at "doctor" itself."""
    codes = OCCUPATION[text.tokens]
    told = np.where(NEEDS_ER[text.tokens], 0, codes)
    told = np.where(text.token_is("er") & text.before(NEEDS_ER[text.tokens]), text.before(codes), told)
    track = (told > 0).astype(np.uint8)
    for one in range(1, int(OCCUPATION.max()) + 1):
        here = told == one
        track += here & (np.cumsum(here, axis=1) > 1)
    return track


def ending(text: Reading) -> Track:
    """What the ending at this position does, by the piece before it (see `features`)."""
    after = text.before(text.tokens)
    noun, verb = NOUN[after] | (text.before(text["occupation"]) > 0), VERB[after]
    roles = [text.token_is("s") & kind for kind in (noun, verb, SPANISH_NOUN[after])]
    return np.select(roles, range(1, len(roles) + 1), 0).astype(np.uint8)


TRACKS = {"pronoun": pronoun, "naming": naming, "occupation": occupation, "ending": ending}


def features() -> list[Feature]:
    return [
        *coded(
            "pronoun",
            "pronoun",
            {
                name: f"{'she or her' if name in lx.WOMEN else 'he or his'} where {name} was named last, in a tale"
                for name in NAMES
            },
        ),
        *coded(
            "naming",
            "reference",
            {
                "a new name": "a person's name that has not occurred in this text",
                "a name again": "a person's name that has occurred in this text before",
            },
        ),
        *coded(
            "occupation",
            "reference",
            {
                "a new occupation": "the piece that completes an occupation not told in this text before",
                "an occupation again": "the piece that completes an occupation told in this text before",
            },
        ),
        *coded(
            "ending",
            "ending",
            {
                "-s, plural": "the ending -s after an English noun: of a topic, of a folk name, or an occupation",
                "-s, verb": "the ending -s after the stem of an English verb",
                "-s, Spanish plural": "the ending -s after a Spanish noun",
            },
        ),
    ]
