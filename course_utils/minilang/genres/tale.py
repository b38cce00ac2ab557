"""Tales: one person, one place of topic, one tense. "One evening Maria, a painter, walked past the harbour. …" """

from functools import cache
from typing import NamedTuple

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import places
from course_utils.minilang.menu import Menu, Option, menu
from course_utils.minilang.pen import Pen, Rows
from course_utils.minilang.vocabulary import PIECE_ID

PAST, PRESENT = 0, 1
ENDING = np.array([PIECE_ID["ed"], PIECE_ID["s"]])
SAY = np.array([PIECE_ID[" said"], PIECE_ID[" says"]])
PRONOUN_START = np.array([PIECE_ID[" She"], PIECE_ID[" He"]])
PRONOUN = np.array([PIECE_ID[" she"], PIECE_ID[" he"]])
POSSESSIVE = [" her", " his"]
NAMES = lx.WOMEN + lx.MEN
NAME_ID = np.array([PIECE_ID[f" {name}"] for name in NAMES])


def with_article(words: str) -> str:
    """The indefinite article that `words` ask for, before them.

    >>> with_article(" old oar")
    ' an old oar'
    """
    return (" an" if words.strip()[0] in "aeiou" else " a") + words


def _things(topic: str) -> list[Option]:
    """Noun phrases of a topic without their article, three in ten with an adjective: " oar", " old oar"."""
    nouns = [(f" {noun}", 0.7 / len(lx.TOPICS[topic])) for noun in lx.TOPICS[topic]]
    each = 0.3 / len(lx.TOPICS[topic]) / len(lx.ADJECTIVES)
    return nouns + [(f" {adjective}{noun}", each) for adjective in lx.ADJECTIVES for noun, _ in nouns]


def _is(subjects: list[str], be: tuple[str, str]) -> list[str]:
    """ " oar was", " oars were"."""
    return [subject + form for subject in subjects for form in (f" {be[0]}", f"s {be[1]}")]


class Menus(NamedTuple):
    """Every choice of the tales. Lists by topic, or by topic and tense or gender, where several."""

    opening: Menu  # before the name
    occupation: Menu  # ", a painter,"
    again: Menu  # " painter"
    motion: Menu
    the_noun: Menu  # by topic
    any_noun: Menu  # the same phrases as one list: what the first noun of a tale is to a reader
    transitive: Menu
    object: Menu  # by topic and gender
    stay: Menu
    subject_is: Menu  # by topic and tense
    homonym: Menu  # by topic: the word and the stem of what it does
    predicate: Menu
    quote: Menu  # by topic


@cache
def menus() -> Menus:
    topics = list(lx.TOPICS)

    def objects(topic: str, possessive: str) -> list[Option]:
        things = _things(topic)
        definite = [(determiner + words, w / 4) for determiner in (" the", possessive) for words, w in things]
        return definite + [(with_article(words), w / 2) for words, w in things]

    the_nouns = [[(f" the{words}", w) for words, w in _things(topic)] for topic in topics]
    people = _is(lx.OCCUPATIONS, ("is", "are"))

    def quote(topic: str) -> list[Option]:
        wants = [
            (f"{who} {verb}{with_article(' ' + noun)}", 0.4 / 6 / len(lx.TOPICS[topic]))
            for who in ("I", "We")
            for verb in ("need", "want", "enjoy")
            for noun in lx.TOPICS[topic]
        ]
        states = [
            (f"The {subject.strip()} {adjective}", weight / len(subjects) / len(lx.ADJECTIVES))
            for subjects, weight in ((_is(lx.TOPICS[topic], ("is", "are")), 0.3), (people, 0.15))
            for subject in subjects
            for adjective in lx.ADJECTIVES
        ]
        return wants + states + [("We come from", 0.15)]

    homonyms = [
        [f" {word} {verb}" for word, senses in lx.HOMONYMS.items() for verb in senses.get(topic, "").split()]
        for topic in topics
    ]
    be = ("was", "were"), ("is", "are")
    return Menus(
        opening=menu([f"{early} {time}" for early in ("One", "Late one", "Early one") for time in lx.TIMES]),
        occupation=menu([f",{with_article(' ' + occupation)}," for occupation in lx.OCCUPATIONS]),
        again=menu([f" {occupation}" for occupation in lx.OCCUPATIONS]),
        motion=menu([f" {verb}" for verb in lx.MOTION_VERBS]),
        the_noun=menu(*the_nouns),
        any_noun=menu([phrase for nouns in the_nouns for phrase in nouns]),
        transitive=menu([f" {verb}" for verb in lx.TRANSITIVE_VERBS]),
        object=menu(*[objects(topic, possessive) for topic in topics for possessive in POSSESSIVE]),
        stay=menu([f" {verb}" for verb in lx.STAY_VERBS]),
        subject_is=menu(
            *[
                [f" {s} {a}." for s in _is(lx.TOPICS[topic], forms) for a in lx.ADJECTIVES]
                for topic in topics
                for forms in be
            ]
        ),
        homonym=menu(*homonyms),
        predicate=menu([f" {preposition}" for preposition in lx.MOTION_PREPOSITIONS]),
        quote=menu(*[quote(topic) for topic in topics]),
    )


class Cast(NamedTuple):
    """What stays the same through a tale, one entry a document."""

    person: np.ndarray  # number in NAMES
    gender: np.ndarray  # 0 she, 1 he
    occupation: np.ndarray
    tense: np.ndarray
    topic: np.ndarray


def write_tales(pen: Pen) -> None:
    """Fills every document of `pen` with a tale."""
    cast = _opening(pen)
    while len(rows := pen.unfinished()):
        _sentence(pen, rows, cast)


def _opening(pen: Pen) -> Cast:
    """ "One evening Maria, a painter, walked past the harbour." From here on the whole cast is known."""
    m, rows = menus(), pen.everyone
    pen.choose(rows, m.opening)
    person = pen.toss(rows, *[1.0] * len(NAMES))
    pen.write(rows, NAME_ID[person])
    occupation = pen.choose(rows, m.occupation)
    pen.choose(rows, m.motion)
    tense = pen.toss(rows, 0.6, 0.4)
    pen.write(rows, ENDING[tense])
    pen.choose(rows, m.predicate)
    topic = pen.toss(rows, *[1.0] * len(lx.TOPICS), free=True)  # told by the noun, not by " the" before it
    pen.choose(rows, m.the_noun, topic, priced_as=m.any_noun)
    pen.write(rows, PIECE_ID["."])
    return Cast(person, (person >= len(lx.WOMEN)).astype(int), occupation, tense, topic)


def _sentence(pen: Pen, rows: Rows, cast: Cast) -> None:
    pronoun, name, the, quote = (rows[start] for start in _kinds(pen.toss(rows, 0.22, 0.13, 0.53, 0.12), 4))
    pen.write(pronoun, PRONOUN_START[cast.gender[pronoun]])
    pen.write(name, NAME_ID[cast.person[name]])
    pen.write(the, PIECE_ID[" The"])
    again, noun, homonym = (the[kind] for kind in _kinds(pen.toss(the, 0.19, 0.11, 0.7), 3))
    _write_occupation(pen, again, cast)
    _predicate(pen, np.concatenate([pronoun, name, again]), cast)
    pen.choose(noun, menus().subject_is, cast.topic[noun] * 2 + cast.tense[noun])
    _homonyms(pen, homonym, cast)
    _quotation(pen, quote, cast)


def _kinds(kind: np.ndarray, n: int) -> list[np.ndarray]:
    return [np.flatnonzero(kind == k) for k in range(n)]


def _write_occupation(pen: Pen, rows: Rows, cast: Cast) -> None:
    """The occupation told in the opening: no choice, so it costs nothing."""
    words = menus().again.tokens[cast.occupation[rows]]
    for column in words.T:
        there = column >= 0
        pen.write(rows[there], column[there])


def _homonyms(pen: Pen, rows: Rows, cast: Cast) -> None:
    """ "The bat squeaked.", "The bat squeaked while the bark peeled." """
    pen.choose(rows, menus().homonym, cast.topic[rows])
    pen.write(rows, ENDING[cast.tense[rows]])
    meanwhile = rows[pen.toss(rows, 0.65, 0.35) == 1]
    for piece in (" while", " the"):
        pen.write(meanwhile, PIECE_ID[piece])
    pen.choose(meanwhile, menus().homonym, cast.topic[meanwhile])
    pen.write(meanwhile, ENDING[cast.tense[meanwhile]])
    pen.write(rows, PIECE_ID["."])


def _predicate(pen: Pen, rows: Rows, cast: Cast) -> None:
    m = menus()
    going, doing, staying = (rows[kind] for kind in _kinds(pen.toss(rows, 0.3, 0.45, 0.25), 3))
    pen.choose(going, m.motion)
    pen.write(going, ENDING[cast.tense[going]])
    pen.choose(going, m.predicate)
    pen.choose(going, m.the_noun, cast.topic[going])
    pen.choose(doing, m.transitive)
    pen.write(doing, ENDING[cast.tense[doing]])
    pen.choose(doing, m.object, cast.topic[doing] * 2 + cast.gender[doing])
    pen.choose(staying, m.stay)
    pen.write(staying, ENDING[cast.tense[staying]])
    pen.write(staying, np.where(pen.toss(staying, 0.5, 0.5), PIECE_ID[" in"], PIECE_ID[" near"]))
    pen.choose(staying, places())
    pen.write(rows, PIECE_ID["."])


def _quotation(pen: Pen, rows: Rows, cast: Cast) -> None:
    """ "The oars are wet," said Maria. — or: she said."""
    pen.write(rows, PIECE_ID[' "'])
    said = pen.choose(rows, menus().quote, cast.topic[rows])
    last = len(menus().quote.tokens) // len(lx.TOPICS) - 1  # "We come from"
    pen.choose(rows[said == last], places())
    pen.write(rows, PIECE_ID[',"'])
    by_name = pen.toss(rows, 0.5, 0.5) == 0
    pen.write(rows[by_name], SAY[cast.tense[rows[by_name]]])
    pen.write(rows[by_name], NAME_ID[cast.person[rows[by_name]]])
    pen.write(rows[~by_name], PRONOUN[cast.gender[rows[~by_name]]])
    pen.write(rows[~by_name], SAY[cast.tense[rows[~by_name]]])
    pen.write(rows, PIECE_ID["."])
