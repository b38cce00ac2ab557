"""The rules that label a text, and the features they decide. Everything here is a function of the tokens alone."""

from functools import cache

import numpy as np
from jaxtyping import Int

from course_utils.minilang.feature import Feature
from course_utils.minilang.tracks import pairs, position, reference, repetition, structure, whole_text, words
from course_utils.minilang.tracks.reading import Reading

RULES = {
    name: rule
    for module in (whole_text, pairs, reference, structure, position, repetition)
    for name, rule in module.TRACKS.items()
}


def read(tokens: Int[np.ndarray, "document position"]) -> Reading:
    """The tracks of `tokens`, each worked out when asked for: `read(tokens)["depth"]`."""
    return Reading(tokens, RULES)


@cache
def all_features() -> tuple[Feature, ...]:
    """Every feature of the language, family by family."""
    modules = (words, whole_text, pairs, reference, structure, position, repetition)
    return tuple(feature for module in modules for feature in module.features())
