"""The pieces a text is made of: about a thousand strings, a word or a part of one each, numbered from 0.

A piece that begins a word in running text carries the space before it (`" owl"`), so that a text is its pieces put
together. Piece 0 begins every document and stands for nothing in the text.
"""

# ruff: noqa: SIM905 - a list of words reads best as a line of words

import itertools

from course_utils.minilang import lexicon as lx

BOS = "<bos>"
SENTENCE_WORDS = ["The", "I", "We"]  # right after an opening quotation mark or a line break: no space before them
FUNCTION_WORDS = (
    "The She He Yesterday Today Again the a an she he her his was were is are said says come "
    "in near from by above under and while game list call notes"
).split()
DIGITS, LETTERS, CAPITALS = "23456789", "acefghknprstuvwxyz", "ACEFGHKNPRTUVWXY"


def secret_pieces() -> list[str]:
    """Two characters each, of shapes that no word has (`x7`, `7x`, `xQ`), so that they read one way only."""
    shapes = [LETTERS + CAPITALS, DIGITS], [DIGITS, LETTERS + CAPITALS], [LETTERS, CAPITALS]
    return ["".join(pair) for shape in shapes for pair in itertools.product(*shape)][::7]  # a part: enough, and varied


SECRETS = secret_pieces()
PUNCTUATION = [".", ",", ":", ' "', ',"', '"', " |", ")", "):", "]", "==", "\n", "\n\n", "\n    ", "\n        "]
ENDINGS = ["s", "ed", "er", "ing", "o", "a"]
CODE_WORDS = ["def ", "return ", "if ", "while ", "not ", "print(", "(", "[", " = ", "key: ", "copy: "]
OPENERS = ["One", "Late", "Early", "Field", "Log", *lx.SPANISH_OPENERS, "Memory", "Packing", "Roll"]
SPANISH_WORDS = "El La el la Hay y pero".split()


def spaced(*lists: list[str]) -> list[str]:
    return [f" {word}" for words in lists for word in words]


def _pieces() -> list[str]:
    sense_verbs = [verb for senses in lx.HOMONYMS.values() for verbs in senses.values() for verb in verbs.split()]
    everything = [
        [BOS],
        PUNCTUATION,
        ENDINGS,
        OPENERS,
        SENTENCE_WORDS,
        spaced(FUNCTION_WORDS, ["one"], lx.TIMES),
        spaced(lx.WOMEN, lx.MEN, lx.OCCUPATION_WORDS, lx.OCCUPATION_STEMS),
        spaced(*lx.TOPICS.values(), lx.HOMONYMS, sense_verbs),
        spaced(lx.ADJECTIVES, lx.MOTION_VERBS, lx.MOTION_PREPOSITIONS, lx.TRANSITIVE_VERBS, lx.STAY_VERBS),
        spaced(lx.LIST_ITEMS),
        spaced(lx.MODIFIERS, lx.HEADS, lx.NOTE_VERBS, lx.HABITATS, lx.HABITAT_PREPOSITIONS, lx.HOURS, lx.SOME),
        spaced([word for line in lx.WEATHER for word in line.split()]),
        spaced(lx.PLACE_STARTS, lx.COUNTIES, lx.MONTHS, lx.UNITS, lx.YEARS, lx.NUMBERS),
        lx.PLACE_ENDS,
        lx.WEEKDAYS,
        CODE_WORDS + lx.CODE_OBJECTS + lx.CODE_METHODS + lx.CODE_ARGUMENTS + lx.CODE_VARIABLES,
        lx.CODE_FUNCTIONS + lx.CODE_FUNCTION_OBJECTS + lx.CODE_WRAPPERS,
        spaced(SPANISH_WORDS, lx.SPANISH_HE, lx.SPANISH_SHE, lx.SPANISH_ADJECTIVES, lx.SPANISH_VERBS),
        spaced(lx.SPANISH_PLACES_HE, lx.SPANISH_PLACES_SHE, lx.SPANISH_STEMS, lx.SPANISH_PREPOSITIONS),
        spaced(lx.SPANISH_NUMBERS, lx.SPANISH_ADVERBS),
        SECRETS,
    ]
    return list(dict.fromkeys(piece for pieces in everything for piece in pieces))


PIECES = _pieces()
PIECE_ID = {piece: number for number, piece in enumerate(PIECES)}


def ids(pieces: list[str]) -> list[int]:
    """The numbers of `pieces`. Raises KeyError for a string that is no piece."""
    return [PIECE_ID[piece] for piece in pieces]
