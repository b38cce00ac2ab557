"""What is measured of a dictionary: the usual report, and how well its latents tell what is true of each position."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.lm.parts import AfterNeurons, after_neurons
from course_utils.minilang.associations import TABLES
from course_utils.minilang.spelled import spelled
from course_utils.sae import SAE
from course_utils.sae.metrics import dead_fraction, explained_variance, frequencies, l0, loss_recovered
from course_utils.sae.truth import held_out_f1

DOCUMENTS, DATA_SEED = 1000, 30_000  # no dictionary was trained on them; the seed is this plus the training's
NEURONS, MID = "blocks.0.mlp.hook_post", "blocks.0.hook_resid_mid"


class Truth(NamedTuple):
    """What a dictionary is held against. Latents are chosen on every other document and scored on those between."""

    rows: Float[Tensor, "row d_in"]
    mid: Float[Tensor, "row model"] | None  # where the model's loss is measured: a dictionary of its neurons
    after: AfterNeurons
    following: Float[Tensor, " row"]  # the next piece
    labels: Bool[Tensor, "row feature"]
    families: list[str]  # of each feature
    spellings: Bool[Tensor, "row spelling"]
    choosing: Bool[Tensor, " row"]

    @torch.no_grad()
    def figures(self, sae: SAE) -> dict:
        """Its line in the table. An F1 is a mean over features; at_links: only positions where a pair is complete."""
        f = sae.encode(self.rows)
        x_hat = sae.decode(f)
        links = self.spellings.any(-1)
        known = [i for i, family in enumerate(self.families) if family in TABLES]
        single = self._scores(f, self.spellings, links)
        found = {
            "l0": l0(f).item(),
            "dead": dead_fraction(frequencies(f)).item(),
            "explained_variance": explained_variance(self.rows, x_hat).item(),
            **(self._losses(x_hat) if self.mid is not None else {}),
            "f1": self._by_family(self._scores(f, self.labels)),
            "f1_any_activation": self._by_family(self._scores(f, self.labels, lowest=True)),
            "spelling": self._scores(f, self.spellings).nanmean().item(),
            "meaning_at_links": self._scores(f, self.labels[:, known], links).nanmean().item(),
            "spelling_at_links": single.nanmean().item(),
            "spellings_above_0.8": (single[single.isfinite()] > 0.8).float().mean().item(),
        }
        return {name: _rounded(value) for name, value in found.items()}

    def _scores(
        self, f: Tensor, labels: Tensor, among: Bool[Tensor, " row"] | None = None, *, lowest: bool = False
    ) -> Float[Tensor, " feature"]:
        """F1 of each feature on the documents that didn't choose; nan where it holds in none of them."""
        among = slice(None) if among is None else among
        f = (f[among] > 0).float() if lowest else f[among]
        return held_out_f1(f, labels[among], self.choosing[among])

    def _by_family(self, scores: Float[Tensor, " feature"]) -> dict[str, float]:
        by = {family: [i for i, other in enumerate(self.families) if other == family] for family in self.families}
        return {family: scores[which].nanmean().item() for family, which in by.items()}

    def _losses(self, x_hat: Float[Tensor, "row d_in"]) -> dict[str, float]:
        zero, mean = torch.zeros_like(self.rows), self.rows.mean(0).expand_as(self.rows)
        clean, none, average, patched = (self._loss(neurons) for neurons in (self.rows, zero, mean, x_hat))
        return {
            "loss": clean,
            "loss_zero": none,
            "loss_mean": average,
            "loss_patched": patched,
            "recovered_zero": loss_recovered(clean, none, patched),
            "recovered_mean": loss_recovered(clean, average, patched),
        }

    def _loss(self, neurons: Float[Tensor, "row neuron"]) -> float:
        parts = zip(self.mid.split(8192), neurons.split(8192), self.following.split(8192))
        total = sum(F.cross_entropy(self.after.logits(m, n), t, reduction="sum").item() for m, n, t in parts)
        return total / len(neurons)


def truth(model_name: str, training: int, rows: str = "neurons") -> Truth:
    """Of one training of a one-layer model; ``rows`` as in ``rows_of``, here always of every position."""
    corpus = minilang.sample(DOCUMENTS, DATA_SEED + training)
    model = load_model(model_name, seed=training, tokens=0 if rows == "untrained" else None)
    tokens = torch.from_numpy(corpus.tokens).long()
    acts = {name: x.flatten(0, 1) for name, x in activations(model, tokens[:, :-1], [MID, NEURONS]).items()}
    found = acts[NEURONS] @ model.W_out[0].detach() if rows == "written" else acts[NEURONS]
    document = torch.arange(len(tokens)).repeat_interleave(tokens.shape[1] - 1)
    return Truth(
        rows=found,
        mid=acts[MID] if rows == "neurons" else None,
        after=after_neurons(model),
        following=tokens[:, 1:].flatten(),
        labels=torch.from_numpy(corpus.label_matrix(corpus.features)[:, :-1]).flatten(0, 1),
        families=[feature.family for feature in corpus.features],
        spellings=torch.from_numpy(spelled(corpus)[:, :-1]).flatten(0, 1),
        choosing=document % 2 == 0,
    )


def _rounded(value):
    """Five digits after the point, in whatever it stands."""
    return {name: _rounded(v) for name, v in value.items()} if isinstance(value, dict) else round(float(value), 5)
