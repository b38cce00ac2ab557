"""What may come after a place where a meaning holds: of every pair of pieces, and of every sense of a homonym."""

from functools import cache

import numpy as np
from jaxtyping import Int

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import TABLES, meanings
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
