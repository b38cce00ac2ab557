"""ReLU + L1 (Bricken et al. 2023, *Towards monosemanticity*; Cunningham et al. 2023, *Sparse autoencoders find highly
interpretable features in language models*):

    f = ReLU((x − b_dec) W_enc + b_enc)          x̂ = f W_dec + b_dec
    L = ‖x − x̂‖² + λ Σᵢ fᵢ                       with every ‖W_dec,ᵢ‖ = 1
    L = ‖x − x̂‖² + λ Σᵢ fᵢ ‖W_dec,ᵢ‖             with free norms (Conerly et al. 2024, *Update on how we train SAEs*)

Without either, the penalty is avoided by small f and large W_dec.
"""

from course_utils.sae.architectures.shared import Terms, l1_norm, l1_weights, pre_activations, row_error


def encode(sae, x):
    return pre_activations(sae, x).relu_()


def loss(sae, x, strength, dead):
    f = encode(sae, x)
    mse = row_error(x, sae.decode(f))
    return Terms(mse + strength * sae.config.price * l1_norm(f, l1_weights(sae)), mse, f)
