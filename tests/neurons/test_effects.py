"""Direct effects, against a model that was really run."""

import torch

from course_utils import neurons
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons


def test_the_parts_and_the_rest_add_up_to_the_models_logit_difference():
    model = load_model("mini-gelu-1l")
    tokens = model.to_tokens("Field notes from Winton, Dorset, June: Two fern owls")
    run = activations(model, tokens, ["blocks.0.hook_resid_mid", "blocks.0.mlp.hook_post"])
    mid, acts = (values[0] for values in run.values())
    for_it, against = torch.tensor([[5, 9]] * len(mid)), torch.tensor([[100, 200, 300]] * len(mid))
    part, rest = neurons.parts_of(after_neurons(model), mid, acts, for_it, against)
    logits = model(tokens)[0]
    difference = logits[:, [5, 9]].mean(1) - logits[:, [100, 200, 300]].mean(1)
    torch.testing.assert_close(part.sum(1) + rest, difference, rtol=1e-3, atol=1e-3)
    part, rest = neurons.parts_of(after_neurons(model), mid, acts, for_it)
    difference = logits[:, [5, 9]].mean(1) - logits.mean(1)
    torch.testing.assert_close(part.sum(1) + rest, difference, rtol=1e-3, atol=1e-3)


def test_direct_effects_ignore_what_a_layernorm_takes_off_and_what_all_logits_share():
    dice = torch.Generator().manual_seed(0)
    W_out, W_U = torch.randn(7, 5, generator=dice), torch.randn(5, 11, generator=dice)
    effect = neurons.direct_effects(W_out, W_U)
    torch.testing.assert_close(effect.mean(1), torch.zeros(7), atol=1e-5, rtol=0)
    torch.testing.assert_close(neurons.direct_effects(W_out + 3, W_U + torch.ones(5, 1)), effect, rtol=1e-3, atol=1e-3)
