"""One module per architecture. Each has

- ``encode(sae, x)``: activations of the latents for any rows, as the trained autoencoder gives them;
- ``loss(sae, x, strength, dead)``: ``Terms`` of the training loss on a batch ``x [instance, n, d_in]``, for weights
  with the instance dimension, by plain differentiable PyTorch. ``strength`` in [0, 1] is how far λ has been warmed up
  (with an l0_target, λ itself comes with it, ``[instance]``), and ``dead [instance, d_sae]`` says which latents have
  been silent for long.

Symbols in all of them: x an activation, π a pre-activation, f the latents' activations, x̂ the reconstruction; the
reconstruction error of a row is ‖x − x̂‖², and losses are means over rows.
"""

from course_utils.sae.architectures import batchtopk, gated, jumprelu, matryoshka, relu, topk

ARCHITECTURES = {
    "relu": relu,
    "topk": topk,
    "batchtopk": batchtopk,
    "gated": gated,
    "jumprelu": jumprelu,
    "matryoshka": matryoshka,
}
