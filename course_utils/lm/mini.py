"""The transformers trained on the mini-language: what each is, and their untrained twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from course_utils.lm.boot import boot
from course_utils.lm.copied import Copies
from course_utils.minilang import LENGTH, PIECES

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


@dataclass(frozen=True)
class Spec:
    """One model: its shape, and how much of the language it reads."""

    name: str
    config: dict  # keywords of TransformerBridgeConfig, as shipped: LayerNorm's scale and shift folded away
    seeds: tuple[int, ...]  # those shipped; a seed decides the initial weights and the documents
    tokens: int  # read in training, no document twice
    learning_rate: float  # at its peak
    checkpoints: tuple[int, ...] = ()  # of the first seed: how many tokens had been read at each
    copies: Copies | None = None  # begins as a trained model with its neurons copied, and trains nothing but these
    frozen: tuple[str, ...] = ()  # parameters that stay as they were drawn

    @property
    def data_seed(self) -> int:
        """Plus the model's own seed: which documents it reads. Low ones stay unseen, for those who want documents to
        test with; a model that is trained on reads what it hasn't read before."""
        return 1_000_000 if self.copies is None else 1_100_000


SHAPE = {
    "d_model": 64,
    "n_layers": 1,
    "n_heads": 4,
    "d_head": 16,
    "d_mlp": 128,
    "n_ctx": LENGTH,
    "d_vocab": len(PIECES),
    "act_fn": "gelu",
    "normalization_type": "LNPre",
}


def _spec(
    name: str, *, seeds=(0, 1, 2), tokens=16_000_000, rate=3e-3, checkpoints=(), copies=None, frozen=(), **shape
) -> Spec:
    return Spec(name, SHAPE | shape | {"model_name": name}, seeds, tokens, rate, checkpoints, copies, frozen)


def _copied(name: str, noise: float) -> Spec:
    copies = Copies("mini-gelu-1l", 10, noise)
    return _spec(name, tokens=10_400_000, copies=copies, d_mlp=10 * SHAPE["d_mlp"])


# From "no head copies" to "nearly every copy is expected": in lists first, in keys some two million tokens later.
INDUCTION = tuple(1000 * n for n in (1_440, 2_400, 2_880, 3_360, 4_000, 4_640, 5_120, 5_760, 7_040))

SPECS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        _spec("mini-gelu-1l"),
        _spec("mini-solu-1l", act_fn="solu_ln"),
        _spec("mini-relu-1l", act_fn="relu", tokens=10_400_000),
        # At a rate of 3e-3 one training in three learned to copy only in part, and Spanish worse than one layer does.
        _spec("mini-gelu-2l", n_layers=2, rate=2e-3, checkpoints=INDUCTION),
        _spec("mini-wide-1l", d_mlp=100 * SHAPE["d_model"], seeds=(0,), tokens=10_400_000, rate=2e-3),
        _copied("mini-copied-1l", noise=1.0),
        _copied("mini-copied-1l-quiet", noise=0.0),
        _spec("mini-frozen-1l", seeds=(0,), frozen=("embed.weight",)),  # mini-gelu-1l with every piece's first row
    )
}


def build_mini(
    name: str, seed: int, device: str | torch.device | None = None, *, normalization_type: str = "LNPre"
) -> TransformerBridge:
    """The untrained twin: the weights that training starts from, which the seed alone decides.

    Args:
        name: one of ``SPECS`` that begins from nothing (of the others: ``shipped.untrained``); another raises KeyError.
        seed: any, not only those shipped.
        device: where to put it. ``None``: the CPU.
        normalization_type: "LN" is what is trained. Before training it is the same function as "LNPre".
    """
    from course_utils.lm.tokenizer import MiniTokenizer  # seconds to import: only when needed

    return boot(SPECS[name].config | {"normalization_type": normalization_type, "seed": seed}, MiniTokenizer(), device)
