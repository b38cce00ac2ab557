"""BatchTopK (Bussmann, Leask and Nanda 2024, *BatchTopK sparse autoencoders*):

    f = the n·k largest of ReLU(π) in a batch of n rows, the rest 0      L = ‖x − x̂‖² + α L_aux     (training)
    f = π where π > θ, else 0                                           θ = E[smallest f > 0 of a batch]   (after it)

A row may use more latents than k if another uses fewer. θ makes a row's code independent of the rest of the batch.
"""

import numpy as np
import torch

from course_utils.sae.architectures.shared import Terms, auxiliary_error, beside_rows, pre_activations, row_error


def batch_top_k(pi, k: float):
    """Activations ``[instance, n, d_sae]`` and the smallest of them that is let through, ``[instance]``."""
    n_active = max(1, int(k * pi.shape[-2]))
    cut = kth_largest(pi.detach().flatten(-2), n_active).clamp(min=0)
    return pi * (pi >= cut[:, None, None]).to(pi.dtype), cut


def kth_largest(values, k: int):
    """Along the last dimension. On a processor NumPy's partition takes a fraction of ``topk``'s time."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.partition(values.numpy(), -k, axis=-1)[..., -k])
    return values.topk(k, dim=-1, sorted=False).values.amin(-1)


def encode(sae, x):
    pi = pre_activations(sae, x)
    return pi.relu() * (pi > beside_rows(sae.threshold))


def loss(sae, x, strength, dead):
    pi = pre_activations(sae, x)
    f, cut = batch_top_k(pi, sae.config.k)
    x_hat = sae.decode(f)
    mse = row_error(x, x_hat)
    return Terms(mse + sae.config.aux * auxiliary_error(sae, pi, x, x_hat, dead), mse, f, cut)
