"""A small language whose truth is known: every piece of every text carries its features, and what it costs to guess.

`sample(n_documents, seed)` draws a `Corpus`; `corpus_of(["…"])` labels texts of your own. docs/mini_language.md
describes the language.
"""

from course_utils.minilang.corpus import Corpus, UnknownFeature, corpus_of, find_feature
from course_utils.minilang.entropy import Floor, floors
from course_utils.minilang.exchange import exchangeable
from course_utils.minilang.feature import Feature
from course_utils.minilang.followers import asked, followers
from course_utils.minilang.genres import GENRES
from course_utils.minilang.pen import LENGTH
from course_utils.minilang.places import at_home, places
from course_utils.minilang.sampling import sample
from course_utils.minilang.senses import sense_prompts, sense_verbs, topic_of_piece, topics_that_share_a_homonym
from course_utils.minilang.specific import most_specific
from course_utils.minilang.tokenizer import UnknownText, decode, encode
from course_utils.minilang.tracks import all_features
from course_utils.minilang.vocabulary import BOS, PIECES

__all__ = [
    "BOS",
    "GENRES",
    "LENGTH",
    "PIECES",
    "Corpus",
    "Feature",
    "Floor",
    "UnknownFeature",
    "UnknownText",
    "all_features",
    "asked",
    "at_home",
    "corpus_of",
    "decode",
    "encode",
    "exchangeable",
    "find_feature",
    "floors",
    "followers",
    "most_specific",
    "places",
    "sample",
    "sense_prompts",
    "sense_verbs",
    "topic_of_piece",
    "topics_that_share_a_homonym",
]
