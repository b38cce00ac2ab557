"""9.2: the hole in an L1 penalty."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the reconstruction stays what it was")
def same_reconstruction(answer, W_enc, b_enc, W_dec, factor):
    x = torch.randn(50, W_enc.shape[0], generator=torch.Generator().manual_seed(1))
    before = (x @ W_enc + b_enc).relu() @ W_dec
    new_enc, new_b, new_dec = answer(W_enc, b_enc, W_dec, factor)
    after = (x @ new_enc + new_b).relu() @ new_dec
    return None if torch.allclose(before, after, rtol=1e-3, atol=1e-4) else "The reconstruction x̂ has changed."


@law("the sum of the activations is smaller by the factor")
def penalty_divided(answer, W_enc, b_enc, W_dec, factor):
    x = torch.randn(50, W_enc.shape[0], generator=torch.Generator().manual_seed(1))
    new_enc, new_b, _ = answer(W_enc, b_enc, W_dec, factor)
    before, after = (x @ W_enc + b_enc).relu().sum(), (x @ new_enc + new_b).relu().sum()
    return None if torch.allclose(after * factor, before, rtol=1e-3) else "The penalty isn't smaller by the factor."


class CheatThePenalty(FunctionExercise):
    id, title = "9.2", "Cheat the penalty"
    difficulty, minutes, points, needs = "B", 7, 1, ["9.1"]
    checked = "autoencoders"
    hints = [
        "The penalty looks at f alone, the error at f · W_dec. What may happen to f if W_dec makes up for it?",
        "ReLU(z)/s = ReLU(z/s) for s > 0: divide everything that makes z by s, and multiply W_dec by s.",
    ]

    def cases(self, rng):
        yield Case((*_weights(3, 5, rng), 10.0), "with a factor of 10")
        yield Case((*_weights(4, 2, rng), 2.5), "with a factor of 2.5")
        yield Case((*_weights(2, 2, rng), 1.0), "with a factor of 1: nothing to do")

    def oracle(
        self,
        W_enc: Float[Tensor, "d_in latent"],
        b_enc: Float[Tensor, "latent"],
        W_dec: Float[Tensor, "latent d_in"],
        factor: float,
    ) -> tuple[Float[Tensor, "d_in latent"], Float[Tensor, "latent"], Float[Tensor, "latent d_in"]]:
        encoder, bias, decoder = W_enc.clone(), b_enc.clone(), W_dec.clone()
        for k in range(len(b_enc)):
            for d in range(len(W_enc)):
                encoder[d, k] = float(W_enc[d, k]) / factor
                decoder[k, d] = float(W_dec[k, d]) * factor
            bias[k] = float(b_enc[k]) / factor
        return encoder, bias, decoder

    laws = [same_reconstruction, penalty_divided]

    @mistake(
        "b_enc kept its size while the rest of what the ReLU sees was divided, so the latents switch on elsewhere "
        "and x̂ has changed. Divide b_enc too."
    )
    def the_bias_left_alone(W_enc, b_enc, W_dec, factor):
        return W_enc / factor, b_enc, W_dec * factor

    @mistake("The penalty is smaller, and so is x̂ − b_dec: this is shrinking. The decoder has to make up for it.")
    def only_the_encoder(W_enc, b_enc, W_dec, factor):
        return W_enc / factor, b_enc / factor, W_dec

    @mistake("The activations, and with them the penalty, are what they were; only x̂ has grown.")
    def only_the_decoder(W_enc, b_enc, W_dec, factor):
        return W_enc, b_enc, W_dec * factor

    @mistake(
        "f is made by W_enc and b_enc, and you left both as they were: the penalty is what it was, and only x̂ has "
        "shrunk. The encoder is what must change."
    )
    def smaller_decoder_only(W_enc, b_enc, W_dec, factor):
        return W_enc, b_enc, W_dec / factor

    @mistake(
        "Taking something off the bias silences latents, and x̂ changes. Leave every latent on where it was on: make "
        "all of what the ReLU sees smaller, by a factor."
    )
    def bias_lowered(W_enc, b_enc, W_dec, factor):
        return W_enc, b_enc - factor, W_dec

    @mistake("Now the penalty is larger by the factor: the other way round, small activations and a large decoder.")
    def the_wrong_way(W_enc, b_enc, W_dec, factor):
        return W_enc * factor, b_enc * factor, W_dec / factor

    @mistake("You divided the decoder too: x̂ − b_dec is smaller by the factor squared. It has to stay.")
    def both_smaller(W_enc, b_enc, W_dec, factor):
        return W_enc / factor, b_enc / factor, W_dec / factor

    @mistake(
        "The penalty went down by the square root only. f is made by the encoder alone: it takes the whole factor."
    )
    def shared_between_the_two(W_enc, b_enc, W_dec, factor):
        return W_enc / factor**0.5, b_enc / factor**0.5, W_dec * factor**0.5

    @mistake("You always divide by ten. That is an example: use `factor`.")
    def ten_whatever_the_factor(W_enc, b_enc, W_dec, factor):
        return W_enc / 10, b_enc / 10, W_dec * 10

    @mistake("You put the latents in another order. Allowed in principle; here latent k is to stay latent k.")
    def another_order(W_enc, b_enc, W_dec, factor):
        return W_enc.flip(1) / factor, b_enc.flip(0) / factor, W_dec.flip(0) * factor

    @rewrite
    def cheat_by_multiplying(W_enc, b_enc, W_dec, factor):
        small = 1 / factor
        return [small * W_enc, small * b_enc, W_dec.mul(factor)]

    @rewrite
    def cheat_stacked(W_enc, b_enc, W_dec, factor):
        encoder = torch.cat([W_enc, b_enc[None]]) / factor
        return encoder[:-1], encoder[-1], factor * W_dec


def _weights(d_in: int, latents: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """W_enc, b_enc and W_dec of one autoencoder."""
    shapes = (d_in, latents), (latents,), (latents, d_in)
    return tuple(torch.randn(shape, generator=rng) for shape in shapes)
