"""9.4: an autoencoder trained on the hidden vectors of a toy model, judged by the arrows that it finds."""

from collections.abc import Iterator

import torch
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite
from course_utils.toy.geometry import arrows

ANGLES = [90.0, 162.0, 234.0, 306.0, 18.0]
FOUND = 0.98  # cosine from which a row of W_dec has found an arrow: within 11.5°
# Product and ratio of lengths after 1,000 steps: 1 and 1 with the right loop; 1,000 and 1 without zero_grad; 1 and 50
# with the plain penalty.
LOUD = 10  # the usual length of an encoder's column times that of a decoder's row
UNEVEN = 10  # their ratio
# Of 16 autoencoders as many have to find all five. 13 to 16 did with the right loop, over 24 seeds; with λ = 1 up to 7,
# with λ = 0.1 none, after 100 steps up to 5, with SGD in place of Adam up to 2.
RUNS = 10
# Over 24 seeds, after 1,000 steps: of 80 latents all have a cosine of 0.97 or more between what they read and write,
# and no two autoencoders are nearer than 0.04. With the encoder of the start 16 to 32 latents have that cosine.
ALIGNED, SHARE = 0.97, 0.95
DISTINCT = 14  # of 16 autoencoders that are no copy of another


class TrainOnThePentagon(ExperimentExercise):
    id, title = "9.4", "Find the pentagon"
    difficulty, minutes, points, needs = "B", 15, 3, ["9.1", "9.3"]
    fields = {
        "W": "hidden=2 feature=5",
        "W_enc": "instance=16 hidden=2 latent=5",
        "W_dec": "instance=16 latent=5 hidden=2",
    }
    detached = True
    unmutated = "Its 1,000 steps for sixteen dictionaries take seconds, and a hundred mutants would each train anew."
    hints = [
        "Each step: a batch of rows of h, the same for all sixteen (`h[rows].expand(16, -1, -1)`), `autoencode`, "
        "`sparse_loss`. `backward` needs one number.",
        "In the `for`: draw `rows = torch.randint(len(h), (256,))`, `x = h[rows].expand(16, -1, -1)`, `f, x_hat = "
        "autoencode(x, W_enc, b_enc, W_dec, b_dec)`, `loss = sparse_loss(x, x_hat, f, W_dec, 0.3)`; then `zero_grad`, "
        "`loss.sum().backward()`, `step`. Hand in the weights detached.",
    ]

    def bands(self, W, W_enc, W_dec):
        lengths = W.norm(dim=0)
        five = bool((lengths > 0.8).all()) and bool((_gaps(W) - 72).abs().max() < 8)
        yield Band("the toy model keeps five features as a pentagon", five, f"lengths {_list(lengths)}", "other data")
        tied = bool(torch.allclose(W_dec, W_enc.mT, atol=1e-5))
        yield Band("encoder and decoder have parted", not tied, "W_dec = W_encᵀ to the last digit", "never trained")
        at_start = _all_length_1(W_enc.norm(dim=1))
        ones = "columns of length 1, all of them"
        yield Band("the encoder has left its start", not at_start, ones, "encoder of the start")
        yield from self._sizes(W_enc.norm(dim=1), W_dec.norm(dim=-1))
        yield _different(W_dec)
        yield self._found(W, W_dec)
        yield _belong_together(W_enc, W_dec)

    def _sizes(self, columns: Tensor, rows: Tensor) -> Iterator[Band]:
        """Lengths of W_enc's columns and W_dec's rows, [instance, latent]: their product is what a latent passes on."""
        got = f"W_enc's columns have a length of about {columns.median():.2g}, W_dec's rows of {rows.median():.2g}"
        passed = bool(columns.median() * rows.median() < LOUD)
        yield Band("encoder and decoder together pass an activation on at its size", passed, got, "gradients pile up")
        even = bool(rows.median() < UNEVEN * columns.median())
        yield Band("the decoder hasn't grown at the encoder's expense", even, got, "decoder ran away")
        ends = f"row norms from {rows.min():.2g} to {rows.max():.2g}"
        yield Band("no row of a decoder is zero or endless", bool((rows > 1e-3).all() and (rows < 20).all()), ends)

    def _found(self, W: Tensor, W_dec: Tensor) -> Band:
        cosines = cosine(W, W_dec)  # instance latent feature
        complete = (cosines.amax(1) > FOUND).all(-1)
        start = _all_length_1(W_dec.norm(dim=-1))
        opposite = int(((-cosines).amax(1) > FOUND).all(-1).sum())
        backwards = opposite >= RUNS and opposite > complete.sum()
        middle = bool((cosines.amax(1) > FOUND).float().mean() < 0.35)
        trained = "backwards" if backwards else "little found" if middle else "stopped early"
        moved = ((W_dec.norm(dim=-1) - 1).abs() > 1e-4).any(-1)
        why = "decoder of the start" if start else "only one trained" if int(moved.sum()) == 1 else trained
        lacking = ", ".join(map(str, (~complete).nonzero()[:, 0].tolist()))
        got = f"{int(complete.sum())} of 16 have all five, on average {cosines.amax(1).mean():.2f} as the best cosine"
        got += f"; arrows are missing in {lacking} (counted from 0)" if lacking else ""
        says = f"at least {RUNS} of the 16 autoencoders have a latent within 11° of each of the five arrows"
        return Band(says, int(complete.sum()) >= RUNS, got, why)

    @mistake("W should be the toy model's, as the cell above trained it: hand in `W` as it stands.")
    def other_data():
        return (torch.eye(2, 5), *_trained_weights())

    @mistake("These are the weights of the start, where W_dec is W_encᵀ. Does the loop call `backward` and `step`?")
    def never_trained():
        return (_pentagon(), _random().mT.contiguous(), _random())

    @mistake(
        "The decoder's rows have grown and the encoder's columns have shrunk: the plain penalty of 9.2 was "
        "cheated. Use your loss of 9.3."
    )
    def decoder_ran_away():
        return (_pentagon(), _trained_weights()[0] / 100, 100 * _trained_weights()[1])

    @mistake(
        "Encoder and decoder have both grown, far beyond what a latent has to pass on. Gradients that pile up do that "
        "(is `optimiser.zero_grad()` in the loop?), latents without a ReLU, and steps uphill (a minus too many?)."
    )
    def gradients_pile_up():
        return (_pentagon(), *(30 * w for w in _trained_weights()))

    @mistake(
        "W_dec is that of the start, where its rows have length 1: it was saved before the training. Make the "
        "dict after the loop."
    )
    def decoder_of_the_start():
        return (_pentagon(), _trained_weights()[0], torch.nn.functional.normalize(_random(), dim=-1))

    @mistake(
        "W_enc is that of the start, where its columns have length 1: it was saved before the training, or a `detach` "
        "cuts it off from the loss. Make the dict after the loop, and keep gradients flowing through `f`."
    )
    def encoder_of_the_start():
        return (_pentagon(), torch.nn.functional.normalize(_random(), dim=-1).mT, _trained_weights()[1])

    @mistake(
        "Too many latents don't read what they write. Are W_enc and W_dec of the same training, at the same moment, "
        "with the latents in the same order?"
    )
    def of_two_trainings():
        return (_pentagon(), _trained_weights()[0].flip(0), _trained_weights()[1])

    @mistake("Only one of the sixteen has moved from its start. Sum the losses of all instances before `backward`.")
    def only_one_trained():
        W_enc, W_dec = _random().mT.clone() * 1.01, torch.nn.functional.normalize(_random(), dim=-1)
        W_enc[0], W_dec[0] = (w[0] for w in _trained_weights())
        return (_pentagon(), W_enc, W_dec)

    @mistake("Several of the sixteen are copies of one another. Each should have its own random start.")
    def some_alike():
        return (_pentagon(), *(w[:4].repeat(4, 1, 1) for w in _trained_weights()))

    @mistake("All sixteen autoencoders are the same one. Each should have its own random start, and train by itself.")
    def all_alike():
        return (_pentagon(), *(w[:1].expand(16, -1, -1) for w in _trained_weights()))

    @mistake("The rows point away from the arrows. f can't be negative, so a latent has to point the feature's way.")
    def backwards():
        return (_pentagon(), -_trained_weights()[0], -_trained_weights()[1])

    @mistake(
        "The rows point anywhere: in a plane, 5 random directions come that near to 5 arrows by chance. Is the "
        "penalty 0.3, and the learning rate 0.03?"
    )
    def little_found():
        return (_pentagon(), 1.3 * _random().mT, _random())

    @mistake(
        "Rows have come near the arrows, and too few lie on them. Are there 1,000 steps, each with new rows? Is λ 0.3, "
        "in your loss of 9.3? Is it Adam with a rate of 0.03, as set up above?"
    )
    def stopped_early():
        return (_pentagon(), _trained_weights()[0], _half_way())

    @mistake(
        "The numbers are right, and a tensor still carries the graph of the loop. Hand in `W_enc.detach()` and "
        "`W_dec.detach()`: what is only looked at needs no gradients."
    )
    def not_detached():
        W_enc, W_dec = _trained_weights()
        return {"W": _pentagon(), "W_enc": W_enc.clone().requires_grad_(), "W_dec": W_dec.clone().requires_grad_()}

    @rewrite
    def from_the_right_weights():
        return (_pentagon(), *_trained_weights())

    @rewrite
    def as_a_dict():
        return dict(zip(("W", "W_enc", "W_dec"), (_pentagon(), *_trained_weights())))

    @rewrite
    def with_failed_starts():
        """Four of sixteen have lost a latent to a neighbour's arrow."""
        W_enc, W_dec = _trained_weights()
        W_dec[:4, 0], W_enc[:4, :, 0] = W_dec[:4, 1], W_enc[:4, :, 1]
        return (_pentagon(), W_enc, 3 * W_dec)


def cosine(W: Tensor, W_dec: Tensor) -> Tensor:
    """[instance, latent, feature]: of every decoder row with every column of W [hidden, feature]."""
    return W_dec / W_dec.norm(dim=-1, keepdim=True).clamp_min(1e-9) @ (W / W.norm(dim=0).clamp_min(1e-9))


def _different(W_dec: Tensor) -> Band:
    apart = (W_dec[:, None] - W_dec).abs().flatten(2).amax(-1) > 1e-3
    distinct = sum(bool(apart[i, :i].all()) for i in range(len(W_dec)))
    why = "all alike" if distinct == 1 else "some alike"
    return Band("the sixteen are different ones", distinct >= DISTINCT, f"{distinct} different ones", why)


def _belong_together(W_enc: Tensor, W_dec: Tensor) -> Band:
    """Each latent reads the direction that it writes, as in any trained pair; not so in one that was put together."""
    cosines = torch.cosine_similarity(W_enc.mT, W_dec, dim=-1)
    share = (cosines > ALIGNED).float().mean()
    got = f"{share:.0%} of the latents have a column of W_enc and a row of W_dec with a cosine above {ALIGNED}"
    got += f" (needs {SHARE:.0%})"
    aligned = bool(share > SHARE)
    return Band("each latent reads the direction that it writes", aligned, got, "of two trainings")


def _all_length_1(lengths: Tensor) -> bool:
    return bool((lengths - 1).abs().max() < 1e-4)


def _gaps(W: Tensor) -> Tensor:
    angle = torch.atan2(W[1], W[0]).rad2deg().sort().values
    return torch.cat([angle, angle[:1] + 360]).diff()


def _list(values: Tensor) -> str:
    return ", ".join(f"{v:.2f}" for v in values.tolist())


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _pentagon() -> Tensor:
    return arrows([1.15] * 5, ANGLES)


def _random() -> Tensor:
    return torch.randn(16, 5, 2, generator=_rng())


def _trained_weights() -> tuple[Tensor, Tensor]:
    """Built, not trained: rows near the arrows, in another order for each autoencoder."""
    rng = _rng()
    W_dec = torch.stack([_pentagon().T[torch.randperm(5, generator=rng)] for _ in range(16)])
    W_dec = W_dec * 0.9 + 0.03 * torch.randn(16, 5, 2, generator=rng)
    return (1.1 * W_dec).mT, W_dec


def _half_way() -> Tensor:
    """Half the rows are still 25° off."""
    W_dec, c, s = _trained_weights()[1], 0.906, 0.423
    W_dec[:, :2] = W_dec[:, :2] @ torch.tensor([[c, s], [-s, c]])
    return W_dec
