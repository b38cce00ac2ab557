"""Gated (Rajamanoharan et al. 2024, *Improving dictionary learning with gated sparse autoencoders*): whether a latent
is active and how strongly are two questions, and only the first is penalised.

    π_gate = (x − b_dec) W_enc + b_gate          π_mag = (x − b_dec) (W_enc · exp(r_mag)) + b_mag
    f = 1[π_gate > 0] · ReLU(π_mag)              x̂ = f W_dec + b_dec
    L = ‖x − x̂‖² + λ Σᵢ ReLU(π_gate,ᵢ) + ‖x − x̂_frozen(ReLU(π_gate))‖²

x̂_frozen decodes with W_dec and b_dec held constant: it teaches the gate, to which 1[·] gives no gradient, which latents
are needed. With free norms each latent's L1 is weighted by ‖W_dec,ᵢ‖, which then is held constant too.
"""

from course_utils.sae.architectures.shared import Terms, beside_rows, l1_norm, l1_weights, projection, row_error


def gate_and_magnitude(sae, x):
    u = projection(sae, x)
    return u + beside_rows(sae.b_gate), (u * beside_rows(sae.r_mag).exp()).add_(beside_rows(sae.b_mag))


def encode(sae, x):
    gate, magnitude = gate_and_magnitude(sae, x)
    return magnitude.relu_() * (gate > 0)


def loss(sae, x, strength, dead):
    gate, magnitude = gate_and_magnitude(sae, x)
    opening = gate.relu_()
    f = magnitude.relu_() * opening.detach().sign()  # 1[π_gate > 0]
    mse = row_error(x, sae.decode(f))
    l1 = l1_norm(opening, l1_weights(sae).detach())
    frozen = opening @ sae.W_dec.detach() + beside_rows(sae.b_dec.detach())
    return Terms(mse + strength * sae.config.price * l1 + row_error(x, frozen), mse, f)
