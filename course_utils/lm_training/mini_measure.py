"""What the models of the mini-language learned, in numbers: losses, probes of the pair meanings, what neurons fire for.

Everything is measured on documents that no model was trained on; what is chosen (thresholds, neurons, probes) is
chosen on some of them and scored on others. The last position of a document is left out throughout: nothing follows
it, so that it was no input in training and its position embedding is as it began.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.lm.activations import activations
from course_utils.lm_training.ngram import ngram_loss
from course_utils.minilang import PIECES, Corpus, sample
from course_utils.minilang.associations import meanings
from course_utils.probing import best_neurons, best_thresholds, controls, f1, fit_dense, fit_sparse

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

SEED = 2_000_000  # chosen on SEED, scored on SEED + 1, looked at on SEED + 2
DOCUMENTS = 2_500  # in each: about 50 places for each meaning
PAIRS = ("thing", "place", "call", "frase")  # the families of contextual features that need both pieces at once
SPARSE = (16, 8, 4, 2)
N_PAIRS = len(meanings())
TOP, PURE = 200, 0.9  # a neuron is pure if more than 90 % of its 200 highest activations are at one meaning


WIDE = 1_000  # a model with more neurons than this is not probed: a probe of all of them would take hours


class MiniFigures(NamedTuple):
    """What is measured of every model. F1 are means over the 213 pair meanings, on documents not chosen on."""

    loss: dict[str, float]  # by genre, and of all
    neuron: float  # F1 of the best neuron
    before: float  # of a probe of what the first MLP reads
    after: float  # of a probe of all neurons
    sparse: dict[int, float]  # of probes of k neurons
    pure: dict[str, float]  # by hook: share of the neurons whose highest activations are at one meaning


class Halves(NamedTuple):
    """One row for each position that is an input."""

    chosen_on: Float[Tensor, "row width"]
    scored_on: Float[Tensor, "row width"]


@cache
def corpora() -> tuple[Corpus, Corpus]:
    """The documents to choose on, and those to score on."""
    return sample(DOCUMENTS, SEED), sample(DOCUMENTS, SEED + 1)


@cache
def pair_labels() -> Halves:
    """The labels of the pair meanings, bool [row, meaning]."""
    chosen, scored = corpora()
    features = [feature for feature in chosen.features if feature.family in PAIRS]
    return Halves(*(torch.from_numpy(c.label_matrix(features)[:, :-1]).flatten(0, 1) for c in (chosen, scored)))


@torch.no_grad()
def losses(model: TransformerBridge, tokens: Int[np.ndarray, "document position"]) -> Float[Tensor, "document next"]:
    """What each token but the first costs the model, in nats."""
    parts = []
    for batch in torch.from_numpy(tokens).long().split(100):
        logits = model(batch[:, :-1])
        parts.append(F.cross_entropy(logits.transpose(1, 2), batch[:, 1:], reduction="none"))
    return torch.cat(parts)


def by_genre(nats: Float[np.ndarray, "document next"], corpus: Corpus) -> dict[str, float]:
    """The mean over the documents of each genre, and of all."""
    genre = np.array(corpus.genres())
    return {"all": float(nats.mean())} | {str(g): float(nats[genre == g].mean()) for g in sorted({*genre})}


@cache
def ngram(order: int) -> dict[str, float]:
    """The loss by genre of counting pairs (2) or triples (3) of tokens in 30,000 documents."""
    test = corpora()[1]
    return by_genre(ngram_loss(sample(30_000, SEED + 3).tokens, test.tokens, order, len(PIECES)), test)


def rows(model: TransformerBridge, *hooks: str) -> Halves:
    """Activations on both sets of documents; those of several hooks side by side."""
    parts = []
    for corpus in corpora():
        found = activations(model, corpus.tokens[:, :-1], hooks)
        parts.append(torch.cat([found[hook].flatten(0, 1) for hook in hooks], 1))
    return Halves(*parts)


def mlp_hooks(model: TransformerBridge) -> list[str]:
    """The neurons of every layer, after the activation function (and SoLU's LayerNorm)."""
    return [f"blocks.{layer}.mlp.hook_post" for layer in range(model.cfg.n_layers)]


def neuron_f1(acts: Halves, labels: Halves) -> Float[Tensor, " feature"]:
    """Held-out F1 of the best single neuron for each feature."""
    best = best_neurons(acts.chosen_on, labels.chosen_on)
    return f1(acts.scored_on[:, best.neuron] >= best.threshold, labels.scored_on)


def probe_f1(probe, acts: Halves, labels: Halves) -> Float[Tensor, " feature"]:
    """Held-out F1 of a probe that was fitted to the first half."""
    cut = best_thresholds(probe.scores(acts.chosen_on), labels.chosen_on)
    return f1(probe.scores(acts.scored_on) >= cut.threshold, labels.scored_on)


def dense_f1(acts: Halves, labels: Halves) -> Float[Tensor, " feature"]:
    """Held-out F1 of a logistic probe of all columns."""
    return probe_f1(fit_dense(acts.chosen_on, labels.chosen_on), acts, labels)


def sparse_f1(acts: Halves, labels: Halves) -> dict[int, Float[Tensor, " feature"]]:
    """Held-out F1 of logistic probes of k columns."""
    probes = fit_sparse(acts.chosen_on, labels.chosen_on, SPARSE)
    return {k: probe_f1(probe, acts, labels) for k, probe in probes.items()}


def shuffled(labels: Halves, seed: int = 0) -> Halves:
    """The same labels at other positions: as many of each, and nothing to find."""
    return Halves(*(controls.shuffled(part, seed + n) for n, part in enumerate(labels)))


def purity(model: TransformerBridge, hook: str, n_documents: int = 12_000) -> Float[Tensor, " neuron"]:
    """For each neuron, the largest share of its ``TOP`` highest activations that are at one and the same meaning.

    Meanings are those of pairs and the senses of homonyms; in 12,000 documents there are about 250 places for each.
    """
    best, at = None, None
    for part in range(-(-n_documents // 2_000)):
        corpus = sample(2_000, SEED + 10 + part)
        pair, sense = (corpus.tracks[track].astype(np.int64) for track in ("meaning", "sense"))
        code = np.where(pair > 0, pair, np.where(sense > 0, sense + N_PAIRS, 0))
        acts = activations(model, corpus.tokens[:, :-1], [hook])[hook].flatten(0, 1)
        value, index = acts.topk(TOP, dim=0)
        meaning = torch.from_numpy(code)[:, :-1].flatten()[index]
        if best is not None:
            value, meaning = torch.cat([best, value]), torch.cat([at, meaning])
        best, order = value.topk(TOP, dim=0)
        at = meaning.gather(0, order)
    return torch.stack([torch.bincount(column[column > 0], minlength=1).max() / TOP for column in at.T])


def purity_hooks(model: TransformerBridge) -> list[str]:
    """The neurons of every layer, in a SoLU model those before its LayerNorm too."""
    before = [f"blocks.{layer}.mlp.ln.hook_in" for layer in range(model.cfg.n_layers) if model.cfg.act_fn == "solu_ln"]
    return before + mlp_hooks(model)


def figures(model: TransformerBridge) -> MiniFigures:
    """Everything that the model card shows of one set of weights; nan what is not measured of a wide model."""
    test, labels = corpora()[1], pair_labels()
    loss = by_genre(losses(model, test.tokens).numpy(), test)
    if model.cfg.d_mlp > WIDE:
        return MiniFigures(loss, np.nan, np.nan, np.nan, {}, {})
    neurons, stream = rows(model, *mlp_hooks(model)), rows(model, "blocks.0.mlp.hook_in")
    return MiniFigures(
        loss,
        mean_f1(neuron_f1(neurons, labels)),
        mean_f1(dense_f1(stream, labels)),
        mean_f1(dense_f1(neurons, labels)),
        {k: mean_f1(values) for k, values in sparse_f1(neurons, labels).items()},
        {hook: float((purity(model, hook) > PURE).float().mean()) for hook in purity_hooks(model)},
    )


def mean_f1(values: Float[Tensor, " feature"]) -> float:
    """Over the features that hold somewhere in the documents scored on."""
    return float(values.nanmean())


def mean_z(acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"]) -> Float[Tensor, "neuron feature"]:
    """The mean over a feature's positions of each neuron's activation, in its standard deviations above its mean."""
    mean, deviation = acts.mean(0), acts.std(0)
    sums = torch.stack([acts[holds].mean(0) for holds in labels.T], 1)
    return (sums - mean[:, None]) / deviation[:, None]
