"""Directions that labels give: where a feature holds, how does the mean activation differ from that of all rows?"""

from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.minilang.corpus import Corpus
from course_utils.minilang.spelled import spelled

DOCUMENTS = 200  # at a time: the labels of all documents would take a gigabyte


class ClassMeans(NamedTuple):
    """Means less the mean of all rows. Spellings are those of ``spellings()``, three for each meaning of a pair."""

    features: Float[Tensor, "feature d_in"]  # in the order of `corpus.features`
    spellings: Float[Tensor, "spelling d_in"]
    spelling: Int[Tensor, " row"]  # which spelling of a pair is complete there; −1 for none


def mean_cosine(directions: Float[Tensor, "direction d"], pairs: Bool[Tensor, "direction direction"]) -> float:
    """The mean cosine over these pairs of directions, the mean of all directions taken off first; nobody's with
    itself."""
    own = directions - directions.mean(0)
    own = own / own.norm(dim=1, keepdim=True)
    return (own @ own.T)[pairs & ~torch.eye(len(own), dtype=torch.bool)].mean().item()


def class_means(corpus: Corpus, rows: Float[Tensor, "row d_in"]) -> ClassMeans:
    """The mean direction of every feature and of every spelling, and which spelling is where.

    Args:
        rows: one for each place of the corpus but the last of every document, which nothing follows.

    Raises:
        ValueError: as many rows as there are not.
    """
    places = corpus.tokens.shape[1] - 1
    if len(rows) != len(corpus) * places:
        raise ValueError(
            f"{len(corpus)} documents have {len(corpus) * places} places before their last, not {len(rows)}"
        )
    n_features = len(corpus.features)
    total, count, spelling = 0.0, 0.0, []
    for start in tqdm(range(0, len(corpus), DOCUMENTS), desc="class means", delay=1, leave=False):
        here = slice(start, start + DOCUMENTS)
        part = replace(
            corpus, tokens=corpus.tokens[here], nats=corpus.nats[here], nats_uncopied=corpus.nats_uncopied[here]
        )
        pair = torch.from_numpy(spelled(part)[:, :-1]).flatten(0, 1)
        labels = torch.from_numpy(part.label_matrix(part.features)[:, :-1]).flatten(0, 1)
        holds = torch.cat([labels, pair], dim=1).to(rows.dtype)
        total = total + holds.T @ rows[start * places : (start + DOCUMENTS) * places]
        count = count + holds.sum(0)
        spelling.append(torch.where(pair.any(1), pair.int().argmax(1), -1))
    means = total / count[:, None] - rows.mean(0)
    return ClassMeans(means[:n_features], means[n_features:], torch.cat(spelling))
