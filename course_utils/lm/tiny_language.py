"""The language of the model ``tiny``: short English sentences about animals and people, with known probabilities.

A sentence is ``noun-phrase [near noun-phrase] verb [ending] .`` Two facts about the subject run through it: its
**number** decides the form of the verb (the cat sleeps, the cats sleep), and **who it is** decides which verbs are
likely (poets write, horses run). Every word is drawn left to right from a distribution that is known, so that each
comes with its exact probability, and a model's loss has a floor to be compared with.
"""

import math
from random import Random
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

BOS = "<s>"
NOUNS = {
    "cat": "cats", "dog": "dogs", "bird": "birds", "fox": "foxes", "horse": "horses", "mouse": "mice",
    "child": "children", "king": "kings", "baker": "bakers", "sailor": "sailors", "poet": "poets", "girl": "girls",
}  # fmt: skip
VERBS = {
    "sleeps": "sleep", "hides": "hide", "runs": "run", "growls": "growl", "flies": "fly", "jumps": "jump",
    "laughs": "laugh", "cooks": "cook", "sings": "sing", "dances": "dance", "writes": "write",
}  # fmt: skip
SINGULAR_DETERMINERS, PLURAL_DETERMINERS = ["a", "this", "every"], ["these", "many", "two"]
PREPOSITIONS = ["near", "behind", "beside"]
ADVERBS = ["quietly", "quickly", "loudly", "outside", "again"]

FAVOURITE_VERBS = {
    "cat": ["sleeps", "hides"], "dog": ["growls", "runs"], "bird": ["flies", "sings"], "fox": ["hides", "jumps"],
    "horse": ["runs", "jumps"], "mouse": ["hides", "sleeps"], "child": ["laughs", "jumps"],
    "king": ["laughs", "sleeps"], "baker": ["cooks", "sings"], "sailor": ["sings", "dances"],
    "poet": ["writes", "laughs"], "girl": ["dances", "writes"],
}  # fmt: skip
FAVOURITE_NOUNS = {
    "furry": ["cat", "fox"], "wild": ["horse", "bird"], "small": ["mouse", "child"],
    "old": ["king", "sailor"], "clever": ["poet", "dog"], "polite": ["baker", "girl"],
}  # fmt: skip
FAVOURITE_ADVERBS = {
    "sleeps": ["quietly"], "hides": ["outside"], "runs": ["quickly"], "growls": ["loudly"], "flies": ["again"],
    "jumps": ["outside"], "laughs": ["loudly"], "cooks": ["quickly"], "sings": ["loudly"], "dances": ["again"],
    "writes": ["quietly"],
}  # fmt: skip
ADJECTIVES = list(FAVOURITE_NOUNS)

P_THE = 0.4  # "the" says nothing about number; each of the six others says it with certainty
P_ADJECTIVE = 0.35
P_FAVOURITE = 0.8  # shared by the favourites; the rest goes evenly to every word that could stand there
P_ATTRACTOR = 0.3  # a second noun between subject and verb, drawn independently of the first
P_ADVERB, P_PLACE = 0.4, 0.2  # what may follow the verb

VOCABULARY: list[str] = [
    *(BOS, ".", "the"),
    *SINGULAR_DETERMINERS,
    *PLURAL_DETERMINERS,
    *ADJECTIVES,
    *NOUNS,
    *NOUNS.values(),
    *VERBS,
    *VERBS.values(),
    *PREPOSITIONS,
    *ADVERBS,
]


class Sample(NamedTuple):
    """Rows of text and the natural logarithm of each word's true probability given the words before it."""

    tokens: Int[Tensor, "row position"]
    log_prob: Float[Tensor, "row position"]


def sample(n_rows: int, n_positions: int = 24, *, seed: int) -> Sample:
    """Draw rows of ``n_positions`` words: ``<s>``, then whole sentences, the last one cut off at the end of the row."""
    rng = Random(seed)
    index = {word: i for i, word in enumerate(VOCABULARY)}
    rows, log_probs = [], []
    for _ in range(n_rows):
        words = [(BOS, 1.0)]
        while len(words) < n_positions:
            words += sentence(rng)
        rows.append([index[word] for word, _ in words[:n_positions]])
        log_probs.append([math.log(p) for _, p in words[:n_positions]])
    return Sample(torch.tensor(rows), torch.tensor(log_probs))


def sentence(rng: Random) -> list[tuple[str, float]]:
    """One sentence: its words, each with its probability given all the words before it."""
    words, subject, plural = _noun_phrase(rng)
    attractor = rng.random() < P_ATTRACTOR
    words += _place(rng, P_ATTRACTOR) if attractor else []
    verb, p = _favour(rng, FAVOURITE_VERBS[subject], list(VERBS))
    words.append((VERBS[verb] if plural else verb, p if attractor else p * (1 - P_ATTRACTOR)))
    draw = rng.random()
    if draw < P_ADVERB:
        adverb, p = _favour(rng, FAVOURITE_ADVERBS[verb], ADVERBS)
        return [*words, (adverb, p * P_ADVERB), (".", 1.0)]
    if draw < P_ADVERB + P_PLACE:
        return [*words, *_place(rng, P_PLACE), (".", 1.0)]
    return [*words, (".", 1 - P_ADVERB - P_PLACE)]


def _place(rng: Random, p_place: float) -> list[tuple[str, float]]:
    """A preposition and a noun phrase; ``p_place`` is the probability that there is a place at all."""
    return [(rng.choice(PREPOSITIONS), p_place / len(PREPOSITIONS)), *_noun_phrase(rng)[0]]


def _noun_phrase(rng: Random) -> tuple[list[tuple[str, float]], str, bool]:
    """Determiner, perhaps an adjective, noun. Returns the words, the noun's singular form, and whether it is plural."""
    if rng.random() < P_THE:
        words, plural, p_number = [("the", P_THE)], rng.random() < 0.5, 0.5
    else:
        determiner = rng.choice(SINGULAR_DETERMINERS + PLURAL_DETERMINERS)
        words, plural, p_number = [(determiner, (1 - P_THE) / 6)], determiner in PLURAL_DETERMINERS, 1.0
    if rng.random() < P_ADJECTIVE:
        adjective = rng.choice(ADJECTIVES)
        words.append((adjective, P_ADJECTIVE / len(ADJECTIVES)))
        noun, p = _favour(rng, FAVOURITE_NOUNS[adjective], list(NOUNS))
    else:
        noun = rng.choice(list(NOUNS))
        p = (1 - P_ADJECTIVE) / len(NOUNS)
    words.append((NOUNS[noun] if plural else noun, p * p_number))
    return words, noun, plural


def _favour(rng: Random, favourites: list[str], everything: list[str]) -> tuple[str, float]:
    """A favourite with probability ``P_FAVOURITE``, else any word (favourites too), and the word's probability."""
    word = rng.choice(favourites if rng.random() < P_FAVOURITE else everything)
    return word, P_FAVOURITE * (word in favourites) / len(favourites) + (1 - P_FAVOURITE) / len(everything)
