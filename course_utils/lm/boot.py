"""Untrained models of TransformerLens with a tokenizer of ours: what training and loading begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge
    from transformers import PreTrainedTokenizerFast


def build(config: dict, vocabulary: list[str], device: str | torch.device | None = None) -> TransformerBridge:
    """An untrained model of this shape with a tokenizer of whole words.

    Args:
        config: keywords of ``TransformerBridgeConfig``; ``seed`` decides the initial weights.
        vocabulary: the words, the first being the begin-of-text token.
    """
    from course_utils.lm.tokenizer import WordTokenizer

    return boot(config | {"d_vocab": len(vocabulary)}, WordTokenizer(vocabulary), device)


def boot(
    config: dict, tokenizer: PreTrainedTokenizerFast, device: str | torch.device | None = None
) -> TransformerBridge:
    """An untrained model with this tokenizer. ``config``: keywords of ``TransformerBridgeConfig``."""
    from transformer_lens import TransformerBridge, TransformerBridgeConfig  # seconds to import: only when needed

    # With a seed, whichever, TransformerLens leaves the global random state alone.
    return TransformerBridge.boot_native(
        TransformerBridgeConfig(**({"seed": 0} | config)), tokenizer=tokenizer, device=device
    )
