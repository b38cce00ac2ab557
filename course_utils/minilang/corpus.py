"""Documents with everything that is true of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from course_utils.minilang.feature import Feature
from course_utils.minilang.genres import GENRES
from course_utils.minilang.tokenizer import decode, encode
from course_utils.minilang.tracks import all_features, read
from course_utils.minilang.tracks.reading import Reading


class UnknownFeature(KeyError):
    """No feature has this name."""

    def __str__(self) -> str:
        return self.args[0]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Documents, the labels of all their features, and what each piece cost to guess.

    Labels are not stored: some thirty tracks of one byte a position are, each from when it is first needed, and a
    feature is a set of values of one of them.
    """

    tokens: Int[np.ndarray, "document position"]
    # -log P(piece | all pieces before it) under the process itself: no predictor does better. Zero at <bos>.
    nats: Float[np.ndarray, "document position"]
    # The same for a reader to whom every copy in lists and keys is news: an upper bound for one layer, which can learn
    # which pieces come again though not in what order.
    nats_uncopied: Float[np.ndarray, "document position"]

    @property
    def features(self) -> tuple[Feature, ...]:
        """Every feature of the language."""
        return all_features()

    @cached_property
    def tracks(self) -> Reading:
        """The small integers behind the labels: `corpus.tracks["depth"]` is [document, position]."""
        return read(self.tokens)

    def labels(self, feature: str | Feature) -> Bool[np.ndarray, "document position"]:
        """Where `feature`, or the feature of that name, holds. Raises UnknownFeature."""
        found = find_feature(feature) if isinstance(feature, str) else feature
        track = self.tracks[found.track]
        holds = np.zeros(max(int(track.max(initial=0)), *found.codes) + 1, bool)
        holds[list(found.codes)] = True
        return holds[track]

    def label_matrix(self, features: Sequence[str | Feature]) -> Bool[np.ndarray, "document position feature"]:
        """The labels of several features side by side."""
        return np.stack([self.labels(feature) for feature in features], axis=-1)

    def text(self, i: int) -> str:
        """Document `i` as text."""
        return decode(self.tokens[i])

    def genres(self) -> list[str]:
        """The genre of each document."""
        return [GENRES[code - 1].name if code else "" for code in self.tracks["genre"][:, 1]]

    def __len__(self) -> int:
        return len(self.tokens)


def find_feature(name: str) -> Feature:
    """The feature of that name. Raises UnknownFeature, which names the nearest."""
    named = {feature.name: feature for feature in all_features()}
    if name not in named:
        near = get_close_matches(name, named, n=3, cutoff=0.4)
        raise UnknownFeature(
            f"no feature is called {name!r}" + (f"; did you mean {', '.join(map(repr, near))}?" * bool(near))
        )
    return named[name]


def corpus_of(texts: Iterable[str]) -> Corpus:
    """Your own texts with their labels. Shorter ones are filled up with <bos>, where nothing is labelled but what
    the text before implies; nobody drew them, so their nats are not known (nan). Raises UnknownText."""
    rows = [encode(text) for text in texts]
    tokens = np.zeros((len(rows), max(map(len, rows))), np.int16)
    for row, numbers in zip(tokens, rows):
        row[: len(numbers)] = numbers
    unknown = np.full(tokens.shape, np.nan, np.float32)
    return Corpus(tokens, unknown, unknown)
