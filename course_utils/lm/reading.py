"""A model's activations on texts of any lengths, row after row: for models with a tokenizer that isn't ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.lm.activations import known_hooks
from course_utils.lm.errors import several

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


class Reading(NamedTuple):
    """Every piece of every text is a row."""

    acts: dict[str, Float[Tensor, "row width"]]
    """By hook, on the processor."""
    pieces: list[str]
    text_of: Int[Tensor, " row"]
    """Which text the row is of, from 0."""


@torch.no_grad()
def read_texts(model: TransformerBridge, texts: str | Iterable[str], hook_names: str | Sequence[str]) -> Reading:
    """What a model computes while it reads each text by itself, as far as its context reaches. (`activations` is for
    texts of one length.) One text, or one hook, may stand by itself.

    Raises:
        UnknownHook: a name that the model does not have.
        ValueError: no texts.
    """
    hook_names, texts = known_hooks(model, hook_names), several(texts)
    if not texts:
        raise ValueError("no texts: there is nothing to read")
    if strange := [text for text in texts if not isinstance(text, str)]:
        raise ValueError(f"the model reads a text or a list of texts, not {strange[0]!r:.80}")
    kept, pieces, text_of = {name: [] for name in hook_names}, [], []
    for number, text in enumerate(texts):
        tokens = model.to_tokens(text, truncate=False)[:, : model.cfg.n_ctx]
        _, run = model.run_with_cache(tokens, names_filter=hook_names)
        for name, values in kept.items():
            values.append(run[name][0].cpu())
        pieces += model.to_str_tokens(tokens[0])
        text_of += [number] * tokens.shape[1]
    return Reading({name: torch.cat(values) for name, values in kept.items()}, pieces, torch.tensor(text_of))
