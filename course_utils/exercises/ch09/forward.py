"""9.1: both formulas of a sparse autoencoder."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def _encode(x, W_enc, b_enc, b_dec):
    return ((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).relu()


def _decode(f, W_dec, b_dec):
    return f @ W_dec + b_dec[:, None]


class Autoencode(FunctionExercise):
    id, title = "9.1", "Encode and decode"
    difficulty, minutes, points, needs = "B", 10, 2, []
    checked = "stacks of autoencoders against loops, with biases of both signs, a batch of one and a single instance"
    hints = [
        "Four steps: take b_dec off, multiply into the latents, add b_enc and cut at zero; then multiply back and put "
        "b_dec on again.",
        "`@` multiplies instance by instance: [instance, n, d_in] @ [instance, d_in, latent]. A bias [instance, "
        "latent] lacks the n in the middle: `b_enc[:, None]`.",
    ]

    def cases(self, rng):
        # Three sizes equal come first: there a misplaced bias gives numbers, so that it can be told from other errors.
        yield Case(_stack(3, 3, 4, 6, rng), "with as many rows as instances")
        yield Case(_stack(2, 5, 3, 7, rng), "with four different sizes")
        yield Case(_stack(4, 1, 2, 3, rng), "with a batch of one")
        x, *weights = _stack(1, 4, 3, 2, rng)
        yield Case((10 * x, *weights), "with a single autoencoder, fewer latents than inputs, large inputs")

    def oracle(
        self,
        x: Float[Tensor, "instance n d_in"],
        W_enc: Float[Tensor, "instance d_in latent"],
        b_enc: Float[Tensor, "instance latent"],
        W_dec: Float[Tensor, "instance latent d_in"],
        b_dec: Float[Tensor, "instance d_in"],
    ) -> tuple[Float[Tensor, "instance n latent"], Float[Tensor, "instance n d_in"]]:
        instances, n, d_in = x.shape
        f, x_hat = torch.zeros(instances, n, W_enc.shape[2]), torch.zeros_like(x)
        for i in range(instances):
            for r in range(n):
                for k in range(W_enc.shape[2]):
                    drive = sum(float(x[i, r, d] - b_dec[i, d]) * float(W_enc[i, d, k]) for d in range(d_in))
                    f[i, r, k] = max(0.0, drive + float(b_enc[i, k]))
                for d in range(d_in):
                    x_hat[i, r, d] = b_dec[i, d] + sum(f[i, r, k] * W_dec[i, k, d] for k in range(W_enc.shape[2]))
        return f, x_hat

    @mistake("That is a sigmoid. The ReLU sets what is negative to 0 and leaves the rest as it is.")
    def sigmoid(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).sigmoid()
        return f, _decode(f, W_dec, b_dec)

    @mistake(
        "That is a softmax: latents would compete. The ReLU sets what is negative to 0, for each latent by itself."
    )
    def softmax(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).softmax(-1)
        return f, _decode(f, W_dec, b_dec)

    @mistake("There is a ReLU on x as well. Activations may be negative: only the latents are cut at zero.")
    def ReLU_on_the_input(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]).relu() @ W_enc + b_enc[:, None]).relu()
        return f, _decode(f, W_dec, b_dec)

    @mistake("You took off the mean of this batch. `b_dec` stands for the mean, and is learned: take that off.")
    def batch_mean_off(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - x.mean(1, keepdim=True)) @ W_enc + b_enc[:, None]).relu()
        return f, _decode(f, W_dec, b_dec)

    @mistake("Your f is right; you decoded a mask of it. How strongly a latent is on belongs to x̂: decode f itself.")
    def decodes_a_mask(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, _decode((f > 0).float(), W_dec, b_dec)

    @mistake("Your einsum has lost the instance: an axis that is missing after the arrow is summed over. Keep it.")
    def summed_over_the_instances(x, W_enc, b_enc, W_dec, b_dec):
        f = (torch.einsum("ind,idl->nl", x - b_dec[:, None], W_enc) + b_enc[:, None]).relu()
        return f, _decode(f, W_dec, b_dec)

    @mistake("You encoded with W_decᵀ. The encoder has a matrix of its own, W_enc.")
    def encodes_with_the_decoder(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]) @ W_dec.mT + b_enc[:, None]).relu()
        return f, _decode(f, W_dec, b_dec)

    @mistake("Your f is right; you took b_enc off again before decoding. Only b_dec comes back: x̂ = f W_dec + b_dec.")
    def encoder_bias_undone(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, _decode(f - b_enc[:, None], W_dec, b_dec)

    @mistake("Your f is right; b_dec is taken off x̂ once more. It was taken off before encoding, and is added here.")
    def pre_bias_off_twice(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, _decode(f, W_dec, -b_dec)

    @mistake(
        "b_dec was not taken off before encoding. It stands for the mean of the activations: the latents should "
        "see what differs from it."
    )
    def pre_bias_left_out(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, torch.zeros_like(b_dec))
        return f, _decode(f, W_dec, b_dec)

    @mistake(
        "You added b_dec before encoding. Take it off there, and put it back after decoding: first `x - b_dec`, then "
        "`+ b_dec`."
    )
    def pre_bias_added(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, -b_dec)
        return f, _decode(f, W_dec, b_dec)

    @mistake("b_dec has no part in it. It is taken off x before encoding, and added again after decoding.")
    def no_pre_bias_at_all(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, torch.zeros_like(b_dec))
        return f, f @ W_dec

    @mistake("b_enc was taken off. It is added: a negative one is what keeps a latent silent.")
    def encoder_bias_taken_off(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, -b_enc, b_dec)
        return f, _decode(f, W_dec, b_dec)

    @mistake("Your f is right; x̂ was decoded from the pre-activations. Only what has passed the ReLU is decoded.")
    def decodes_before_the_ReLU(x, W_enc, b_enc, W_dec, b_dec):
        pi = (x - b_dec[:, None]) @ W_enc + b_enc[:, None]
        return pi.relu(), _decode(pi, W_dec, b_dec)

    @mistake("Your x̂ is right; what you return as f are the pre-activations. The latents are what the ReLU leaves.")
    def pre_activations_returned(x, W_enc, b_enc, W_dec, b_dec):
        pi = (x - b_dec[:, None]) @ W_enc + b_enc[:, None]
        return pi, _decode(pi.relu(), W_dec, b_dec)

    @mistake("b_enc is missing: without it a latent can't stay silent when a neighbouring feature leaks a little.")
    def encoder_bias_left_out(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, torch.zeros_like(b_enc), b_dec)
        return f, _decode(f, W_dec, b_dec)

    @mistake(
        "You took absolute values. The ReLU sets what is negative to 0: a latent that reads less than nothing is off."
    )
    def absolute_value(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).abs()
        return f, _decode(f, W_dec, b_dec)

    @mistake("The reconstruction lacks b_dec: what was taken off before encoding has to come back after decoding.")
    def pre_bias_not_put_back(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, f @ W_dec

    @mistake("Some of your latents are negative. The ReLU makes them ≥ 0, and zero most of the time.")
    def no_ReLU(x, W_enc, b_enc, W_dec, b_dec):
        f = (x - b_dec[:, None]) @ W_enc + b_enc[:, None]
        return f, _decode(f, W_dec, b_dec)

    @mistake(
        "The ReLU came before b_enc. The bias has to reach the ReLU: a negative one is how a latent ignores small "
        "readings."
    )
    def ReLU_before_the_bias(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[:, None]) @ W_enc).relu() + b_enc[:, None]
        return f, _decode(f, W_dec, b_dec)

    @mistake("There is a ReLU on the reconstruction. Activations may be negative: only the latents are cut at zero.")
    def ReLU_on_the_output(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, _decode(f, W_dec, b_dec).relu()

    @mistake("You decoded with W_encᵀ. That is a tied autoencoder; here W_dec is a matrix of its own.")
    def decodes_with_the_encoder(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return f, _decode(f, W_enc.mT, b_dec)

    @mistake("Every instance went through the first autoencoder. Each has its own weights and biases.")
    def the_first_autoencoder_for_all(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec[0]) @ W_enc[0] + b_enc[0]).relu()
        return f, f @ W_dec[0] + b_dec[0]

    @mistake(
        "A bias [instance, latent] was lined up with [n, latent]: it runs only where n equals the number of "
        "instances (or there is one of either). Put the missing axis in: `b[:, None]`."
    )
    def biases_along_the_rows(x, W_enc, b_enc, W_dec, b_dec):
        f = ((x - b_dec) @ W_enc + b_enc).relu()
        return f, f @ W_dec + b_dec

    @mistake("Return the latents first, then the reconstruction: `f, x_hat`.")
    def the_other_way_round(x, W_enc, b_enc, W_dec, b_dec):
        f = _encode(x, W_enc, b_enc, b_dec)
        return _decode(f, W_dec, b_dec), f

    @rewrite
    def forward_with_einsum(x, W_enc, b_enc, W_dec, b_dec):
        f = torch.einsum("ind,idl->inl", x - b_dec.unsqueeze(1), W_enc) + b_enc.unsqueeze(1)
        f = torch.where(f > 0, f, torch.zeros(()))
        return f, torch.einsum("inl,ild->ind", f, W_dec) + b_dec.unsqueeze(1)

    @rewrite
    def forward_with_a_loop(x, W_enc, b_enc, W_dec, b_dec):
        f = torch.stack([torch.relu((x[i] - b_dec[i]) @ W_enc[i] + b_enc[i]) for i in range(len(x))])
        return [f, torch.stack([f[i] @ W_dec[i] + b_dec[i] for i in range(len(x))])]

    @rewrite
    def forward_with_baddbmm(x, W_enc, b_enc, W_dec, b_dec):
        shift = b_enc - (b_dec[:, None] @ W_enc)[:, 0]
        f = torch.baddbmm(shift[:, None], x, W_enc).clamp_min(0)
        return f, torch.baddbmm(b_dec[:, None], f, W_dec)

    _values = "A check sees values, and these are the same; what is trained through them in 9.4 fails there: "
    _no_encoder = _values + "the encoder stays at its start."
    _no_sparsity = _values + "no penalty reaches the encoder."
    _no_error = _values + "nothing but the penalty is left, and everything shrinks to 0."
    equivalent = {
        "line 1: `((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).relu()` → "
        "`((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).relu().detach()`": _no_encoder,
        "line 2: `return (f, f @ W_dec + b_dec[:, None])` → "
        "`return (f.detach(), f @ W_dec + b_dec[:, None])`": _no_sparsity,
        "line 2: `f @ W_dec + b_dec[:, None]` → `(f @ W_dec + b_dec[:, None]).detach()`": _no_error,
        "forward_with_einsum, line 2: `f > 0` → `f >= 0`": "At f = 0 both branches are 0.",
    }


def _stack(instances: int, n: int, d_in: int, latents: int, rng: torch.Generator) -> tuple[Tensor, ...]:
    """x and the weights of a stack of autoencoders; biases and inputs of both signs."""
    shapes = (
        (instances, n, d_in),
        (instances, d_in, latents),
        (instances, latents),
        (instances, latents, d_in),
        (instances, d_in),
    )
    return tuple(torch.randn(shape, generator=rng) for shape in shapes)
