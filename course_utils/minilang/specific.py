"""The most particular thing that is true of each piece: one feature a place, where many hold."""

import numpy as np
from jaxtyping import Int

from course_utils.minilang.corpus import Corpus


def most_specific(corpus: Corpus) -> Int[np.ndarray, "document position"]:
    """The rarest feature that holds at each place, by its number in `corpus.features`; -1 where none holds.

    Rarest in this corpus: of *is plural*, *is in a text of notes* and *ends the name of a fern owl* the last. Of
    features that are equally rare the later one in the list.
    """
    rate = np.array([corpus.labels(feature).mean() for feature in corpus.features])
    found = np.full(corpus.tokens.shape, -1)
    for number in np.argsort(-rate, kind="stable"):  # the commonest first: rarer ones overwrite it
        found[corpus.labels(corpus.features[number])] = number
    return found
