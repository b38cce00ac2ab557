"""What a piece means because of what came before it: pairs of pieces, senses of homonyms, false friends."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import meanings, pair_lookup
from course_utils.minilang.feature import Feature, coded, piece_codes
from course_utils.minilang.tracks.reading import Reading, Track
from course_utils.minilang.tracks.whole_text import in_genre

SENSES = [(word, topic) for word, senses in lx.HOMONYMS.items() for topic in senses]
HOMONYM = piece_codes(*[[f" {word}"] for word in lx.HOMONYMS])
FRIEND = piece_codes(*[[f" {word}"] for word in lx.FALSE_FRIENDS])
# at [homonym, topic], both numbered from 1: the number of the sense in SENSES from 1, or 0
SENSE = np.array(
    [[0] * (len(lx.TOPICS) + 1)]
    + [[0] + [SENSES.index((w, t)) + 1 if t in lx.HOMONYMS[w] else 0 for t in lx.TOPICS] for w in lx.HOMONYMS],
    np.uint8,
)

FAMILY = {
    "thing": "the plural -s after a thing of nature by one of its three folk names",
    "place": "the comma after the name of one of three towns that lie in the same counties",
    "call": "the bracket after a method of an object, in one of three ways to write the same request",
    "frase": "in Spanish, the adverb after one of three descriptions of whoever does the same",
}


def meaning(text: Reading) -> Track:
    """Number in `meanings()`, from 1, of what the two pieces before this link mean together."""
    pairs = pair_lookup()
    meaning = pairs.meaning[text.before(pairs.row[text.tokens], 2), text.before(pairs.column[text.tokens])]
    return np.where(pairs.link[text.tokens] == pairs.table[meaning], meaning, 0).astype(np.uint8)


def sense(text: Reading) -> Track:
    """In a tale, the sense of the homonym at this position, by the topic so far; 0 if it has none there."""
    return SENSE[HOMONYM[text.tokens], text["topic"]]


def false_friend(text: Reading) -> Track:
    """2·word - 1 where a word that both languages spell alike is read in Spanish, 2·word where in an English genre."""
    friend = FRIEND[text.tokens].astype(np.int16)
    return np.where(friend > 0, 2 * friend - in_genre(text, "spanish"), 0).astype(np.uint8)


TRACKS = {"meaning": meaning, "sense": sense, "false_friend": false_friend}


def features() -> list[Feature]:
    pairs = []
    for code, found in enumerate(meanings(), start=1):
        what = " = ".join("".join(spelling).strip() for spelling in found.spellings)
        after = " or ".join(follower.strip() for follower in found.followers)
        pairs.append(
            Feature(
                f"{found.table}/{what}",
                found.table,
                f"{FAMILY[found.table]}: {what}; followed by {after}",
                False,
                "meaning",
                (code,),
            )
        )
    friends = {
        f"{word}, {language}": f"the word '{word}' in a text that is {'' if language == 'Spanish' else 'not '}Spanish"
        for word in lx.FALSE_FRIENDS
        for language in ("Spanish", "English")
    }
    senses = {
        f"{word} ({topic})": f"the word '{word}' in a tale whose topic so far is {topic}; "
        f"followed by {' or '.join(lx.HOMONYMS[word][topic].split())}"
        for word, topic in SENSES
    }
    return [*pairs, *coded("sense", "sense", senses), *coded("false_friend", "false friend", friends)]
