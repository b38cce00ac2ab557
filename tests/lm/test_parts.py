"""The parts of the stream add up to it, and their reading to the logits."""

import torch

from course_utils.lm import load_model
from course_utils.lm.parts import after_neurons, stream_parts

TEXT = "One day Ada, a nurse, walks past the rose. The bat"


def test_the_parts_add_up_to_the_stream_and_to_every_logit():
    model = load_model("mini-gelu-1l")
    parts = stream_parts(model, TEXT)
    _, run = model.run_with_cache(TEXT)
    stream = parts.written.sum(0)
    torch.testing.assert_close(stream, run["blocks.0.hook_resid_post"][0, -1], rtol=1e-4, atol=1e-4)
    logits = (stream - stream.mean()) / parts.scale @ model.W_U + model.b_U
    torch.testing.assert_close(logits, parts.logits, rtol=1e-3, atol=1e-3)
    assert len(parts.written) == 2 + 4 + 1 + 1


def test_what_comes_after_the_neurons_says_what_the_model_says():
    model = load_model("mini-gelu-1l", seed=1)
    logits, run = model.run_with_cache(TEXT)
    mid, neurons = run["blocks.0.hook_resid_mid"][0], run["blocks.0.mlp.hook_post"][0]
    torch.testing.assert_close(after_neurons(model).logits(mid, neurons), logits[0], rtol=1e-3, atol=1e-3)


def test_neurons_at_another_scale_say_the_same():
    after = after_neurons(load_model("mini-gelu-1l"))
    mid, neurons = torch.randn(3, after.W_out.shape[1]), torch.randn(3, after.W_out.shape[0])
    torch.testing.assert_close(after.of_scaled(2.5).logits(mid, 2.5 * neurons), after.logits(mid, neurons))
