"""TopK (Gao et al. 2024, *Scaling and evaluating sparse autoencoders*; Makhzani and Frey 2013, *k-sparse
autoencoders*):

    f = ReLU(TopK(π)),  π = (x − b_dec) W_enc + b_enc        x̂ = f W_dec + b_dec
    L = ‖x − x̂‖² + α L_aux

The number of active latents is set, so no penalty shrinks them; L_aux (``auxiliary_error``) keeps latents alive.
"""

import torch

from course_utils.sae.architectures.shared import Terms, auxiliary_error, pre_activations, row_error


def top_k(pi, k: int):
    best = pi.topk(k, dim=-1, sorted=False)
    return torch.zeros_like(pi).scatter_(-1, best.indices, best.values.relu())


def encode(sae, x):
    return top_k(pre_activations(sae, x), int(sae.config.k))


def loss(sae, x, strength, dead):
    pi = pre_activations(sae, x)
    f = top_k(pi, int(sae.config.k))
    x_hat = sae.decode(f)
    mse = row_error(x, x_hat)
    return Terms(mse + sae.config.aux * auxiliary_error(sae, pi, x, x_hat, dead), mse, f)
