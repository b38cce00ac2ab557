"""Matryoshka BatchTopK (Bussmann, Nabeshima, Karvonen and Nanda 2025, *Learning multi-level features with Matryoshka
sparse autoencoders*): nested dictionaries, each of which must reconstruct on its own.

    f as in BatchTopK         x̂_m = f[:m] W_dec[:m] + b_dec           m = the first group, the first two, …, all d_sae
    L = Σ_m ‖x − x̂_m‖² + α L_aux

General features go to the first groups, which can't lean on later ones; that hinders absorption by specific latents.
"""

from course_utils.sae.architectures.batchtopk import batch_top_k, encode
from course_utils.sae.architectures.shared import Terms, auxiliary_error, beside_rows, pre_activations, row_error

__all__ = ["encode", "loss"]


def loss(sae, x, strength, dead):
    pi = pre_activations(sae, x)
    f, cut = batch_top_k(pi, sae.config.k)
    x_hat, total = beside_rows(sae.b_dec), 0.0
    parts = f.split(sae.config.groups, dim=-1), sae.W_dec.split(sae.config.groups, dim=-2)
    for f_group, W_group in zip(*parts):
        x_hat = x_hat + f_group @ W_group
        mse = row_error(x, x_hat)
        total = total + mse
    return Terms(total + sae.config.aux * auxiliary_error(sae, pi, x, x_hat, dead), mse, f, cut)
