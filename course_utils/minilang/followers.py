"""What may come after a place where a meaning holds: of every pair of pieces, and of every sense of a homonym."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import TABLES, meanings
from course_utils.minilang.corpus import Corpus
from course_utils.minilang.places import places
from course_utils.minilang.tracks import all_features
from course_utils.minilang.vocabulary import PIECE_ID


@cache
def _words(family: str) -> dict[str, tuple[str, ...]]:
    """What follows, by the feature's name."""
    if family == "sense":
        return {
            f"sense/{word} ({topic})": tuple(f" {verb}" for verb in verbs.split())
            for word, senses in lx.HOMONYMS.items()
            for topic, verbs in senses.items()
        }
    names = [feature.name for feature in all_features() if feature.family == family]
    return dict(zip(names, (meaning.followers for meaning in meanings() if meaning.table == family), strict=True))


def followers(family: str) -> Int[np.ndarray, "feature 2"]:
    """The two pieces that may follow each feature of a family, in the order of `all_features()`.

        followers("thing")[0]        # two verbs: what the first thing may do

    The features whose two pieces come from the same spellings stand together: the senses of a homonym in twos, the
    meanings of three firsts and three seconds in threes. Raises KeyError for a family without followers.
    """
    if family not in (*TABLES, "sense"):
        raise KeyError(f"{family!r} has no followers; these have: {', '.join(TABLES)}, sense")
    words = _words(family)
    names = [feature.name for feature in all_features() if feature.family == family]
    return np.array([[PIECE_ID[word] for word in words[name]] for name in names])


class Asked(NamedTuple):
    """Where a family's features hold and a piece follows: what came, what can, and which meaning has the same words."""

    where: Bool[np.ndarray, "document position"]
    came: Int[np.ndarray, " place"]
    can: Int[np.ndarray, " piece"]  # all that may follow any feature of the family
    rivals: Int[np.ndarray, "place rival 2"]  # the followers of each meaning that has the same words
    right: Int[np.ndarray, " place"]  # which of the rivals it is


def asked(corpus: Corpus, family: str) -> Asked:
    """Of every place where a feature of the family holds, but for the last piece of a text. Raises KeyError."""
    two, rivals = followers(family), 2 if family == "sense" else 3
    where, which = places(corpus, family)
    document, position = np.nonzero(where)
    inside = position < corpus.tokens.shape[1] - 1
    document, position, which = document[inside], position[inside], which[inside]
    where[:, -1] = False
    came = corpus.tokens[document, position + 1].astype(np.int64)
    return Asked(where, came, np.unique(two), two.reshape(-1, rivals, 2)[which // rivals], which % rivals)
