"""Loading the language models that come with the package. Needs no network."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

WEIGHTS = Path(__file__).parent / "weights"


class UnknownModel(KeyError):
    """No shipped model has this name."""

    def __str__(self) -> str:
        return str(self.args[0])


def names() -> list[str]:
    """The names ``load_model`` accepts."""
    return sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))


def load_model(name: str, device: str | torch.device | None = None) -> TransformerBridge:
    """A shipped model, ready for ``run_with_cache``, in evaluation mode, its parameters without gradients.

    Args:
        name: one of ``names()``; at the moment only ``"tiny"`` (2 layers, 69 words in 16 dimensions; weights/tiny.md).
        device: where to put it. ``None``: the CPU, where a model this small runs fastest.

    Raises:
        UnknownModel: no model of that name is shipped; the message lists those that are.
    """
    path = WEIGHTS / f"{name}.safetensors"
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1, cutoff=0.5)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownModel(f"no shipped model is called {name!r}.{guess} Shipped: {', '.join(names())}")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    model = build(json.loads(metadata["config"]), json.loads(metadata["vocabulary"]), device)
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def build(config: dict, vocabulary: list[str], device: str | torch.device | None = None) -> TransformerBridge:
    """An untrained model of this shape with a tokenizer of whole words.

    Args:
        config: keywords of ``TransformerBridgeConfig``; ``seed`` decides the initial weights.
        vocabulary: the words, the first being the begin-of-text token.
    """
    from transformer_lens import TransformerBridge, TransformerBridgeConfig  # seconds to import: only when needed

    from .tokenizer import WordTokenizer

    return TransformerBridge.boot_native(
        TransformerBridgeConfig(**config, d_vocab=len(vocabulary)),
        tokenizer=WordTokenizer(vocabulary),
        device=device,
    )
