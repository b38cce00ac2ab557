"""Folding LayerNorm's scale and shift into the matrices that read from it."""

import torch
from jaxtyping import Float
from torch import Tensor


def fold_layer_norm(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same function with LayerNorm's scale and shift moved into the matrices that read from it.

    Of a LayerNorm only "subtract the mean, divide by the deviation" stays (TransformerLens calls it LNPre), so that a
    logit becomes a plain dot product plus a bias. Two things that change no prediction go as well: the part of each
    unembedding direction that meets the (zero) mean of the residual, and the mean logit over the vocabulary. The
    LayerNorm in the middle of a SoLU MLP has no form without scale and shift; it gets ones and zeros.

    Args:
        weights: the state of a native ``TransformerBridge`` with ``normalization_type="LN"``; is left as it was.
    """
    weights = {key: value.clone() for key, value in weights.items()}
    blocks = sorted({key.split(".")[1] for key in weights if key.startswith("blocks.")})
    readers = {f"blocks.{i}.ln1": [f"blocks.{i}.attn.{x}" for x in "qkv"] for i in blocks}
    readers |= {f"blocks.{i}.ln2": [f"blocks.{i}.mlp.in"] for i in blocks}
    readers |= {f"blocks.{i}.mlp.ln": [f"blocks.{i}.mlp.out"] for i in blocks if f"blocks.{i}.mlp.ln.weight" in weights}
    readers["ln_final"] = ["unembed"]
    for norm, matrices in readers.items():
        scale, shift = weights.pop(f"{norm}.weight"), weights.pop(f"{norm}.bias")
        for name in matrices:
            weights[f"{name}.bias"] += weights[f"{name}.weight"] @ shift
            weights[f"{name}.weight"] *= scale
        if norm.endswith("mlp.ln"):
            weights |= {f"{norm}.weight": torch.ones_like(scale), f"{norm}.bias": torch.zeros_like(shift)}
    direction: Float[Tensor, "vocab model"] = weights["unembed.weight"]
    direction -= direction.mean(1, keepdim=True)
    direction -= direction.mean(0, keepdim=True)
    weights["unembed.bias"] -= weights["unembed.bias"].mean()
    return {key: value.contiguous() for key, value in weights.items()}
