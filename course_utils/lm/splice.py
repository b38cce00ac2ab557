"""What a model loses when something else stands in the place of its activations, place by place.

    hook = "blocks.0.mlp.hook_post"
    clean = piece_losses(model, tokens)                                             # [document, position]
    spliced = piece_losses(model, tokens, hook, through(lambda own: sae(own)))       # the same, with x̂ in its place
    spliced.mean() - clean.mean()                                                   # nats per piece

The replacements are hooks as in `lm.hooks`, so that `constant(mean)` is mean-ablation and `constant(zeros)` the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.lm.activations import check_batch_size, documents, known_hooks
from course_utils.lm.hooks import Hook
from course_utils.lm.parts import AfterNeurons

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def through(function: Callable[[Float[Tensor, "row d_in"]], Float[Tensor, "row d_in"]]) -> Hook:
    """Says what the function makes of the activations, which it is given as rows: an autoencoder, for example."""

    def replace(own: Tensor, hook: Any) -> Tensor:
        return function(own.flatten(0, -2)).reshape(own.shape)

    return replace


@torch.no_grad()
def piece_losses(
    model: TransformerBridge,
    tokens: Int[Tensor, "document piece"],
    hook_name: str | None = None,
    replace: Hook | None = None,
    *,
    batch_size: int = 64,
) -> Float[Tensor, "document position"]:
    """The cross-entropy, in nats, of each piece but the first, given those before it.

    Args:
        tokens: with one piece more than there are positions: the last one is only a target.
        hook_name, replace: where something else is to stand, and what; None: the model as it is.
        batch_size: documents at a time.

    Raises:
        UnknownHook: a name that the model does not have.
        ValueError: texts of one piece; a hook without its replacement, or the other way round.
    """
    check_batch_size(batch_size)
    tokens = torch.as_tensor(documents(model, tokens))
    if tokens.shape[1] < 2 or not len(tokens):
        raise ValueError(f"tokens must be [document, piece] with two pieces or more, got {list(tokens.shape)}")
    if (hook_name is None) != (replace is None):
        raise ValueError("a hook and what is to stand there belong together: give both or neither")
    hooks = [] if hook_name is None else [(name, replace) for name in known_hooks(model, hook_name)]
    losses = []
    for batch in tokens.split(batch_size):
        batch = batch.long().to(model.cfg.device)
        logits = model.run_with_hooks(batch[:, :-1], fwd_hooks=hooks, return_type="logits")
        losses.append(_cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten()).unflatten(0, logits.shape[:2]))
    return torch.cat(losses).cpu()


def swap_losses(
    model: TransformerBridge,
    tokens: Int[Tensor, "document piece"],
    hook_name: str,
    function: Callable[[Float[Tensor, "row d_in"]], Float[Tensor, "row d_in"]],
    mean: Float[Tensor, " d_in"],
    *,
    scale: float = 1.0,
) -> dict[str, float]:
    """Mean losses with the activations "untouched", with what the function makes of them ("spliced"), with "zero" and
    with the "mean" in their place. Function and mean have the activations times ``scale``."""
    swaps = {
        "untouched": lambda own: own,
        "spliced": lambda own: function(own * scale) / scale,
        "zero": torch.zeros_like,
        "mean": lambda own: (mean / scale).expand_as(own),
    }
    return {name: piece_losses(model, tokens, hook_name, through(swap)).mean().item() for name, swap in swaps.items()}


def row_losses(
    rest: AfterNeurons,
    mid: Float[Tensor, "row model"],
    neurons: Float[Tensor, "row neuron"],
    target: Int[Tensor, " row"],
    *,
    batch_size: int = 4096,
) -> Float[Tensor, " row"]:
    """`piece_losses` of a one-layer model, from its stream before the MLP and what stands for its neurons.

    Nothing but the end of the model is computed: for one that is asked about many dictionaries.
    """
    if not len(mid) == len(neurons) == len(target):
        raise ValueError(f"as many rows of each: got {len(mid)}, {len(neurons)} and {len(target)}")
    parts = zip(mid.split(batch_size), neurons.split(batch_size), target.split(batch_size))
    return torch.cat([_cross_entropy(rest.logits(a, b), pieces) for a, b, pieces in parts])


def _cross_entropy(logits: Float[Tensor, "row vocab"], target: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
    return torch.nn.functional.cross_entropy(logits, target, reduction="none")
