"""9.8: a new start for dead latents."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def _parts(W_enc, b_enc, W_dec):
    return W_enc.clone(), b_enc.clone(), W_dec.clone()


def _directions(b_dec, rows):
    centred = rows - b_dec
    return centred / centred.norm(dim=-1, keepdim=True)


def resample(W_enc, b_enc, W_dec, b_dec, dead, rows):
    encoder, bias, decoder = _parts(W_enc, b_enc, W_dec)
    unit = _directions(b_dec, rows)
    decoder[dead], bias[dead] = unit, 0.0
    encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * unit).T
    return encoder, bias, decoder


class Resample(FunctionExercise):
    id, title = "9.8", "A new start for dead latents"
    difficulty, minutes, points, needs = "B", 12, 2, ["9.1"]
    checked = "autoencoders latent by latent, with one, several and no dead latents"
    hints = [
        "Clone the three tensors first. `dead` is a mask over latents: it picks rows of W_dec, columns of W_enc and "
        "entries of b_enc.",
        "`unit` = rows − b_dec, each at length 1. Then `new_dec[dead] = unit`, `new_enc[:, dead] = (0.2 * size * "
        "unit).T` with `size = W_enc[:, ~dead].norm(dim=0).mean()`, and `new_b[dead] = 0`.",
    ]

    def cases(self, rng):
        yield Case(_autoencoder(4, 6, [1, 4, 5], rng), "with three dead latents of six")
        yield Case(_autoencoder(3, 4, [0], rng), "with one dead latent")
        yield Case(_autoencoder(3, 6, [0, 2, 4], rng), "with as many dead as living")
        yield Case(_autoencoder(2, 3, [], rng), "with nobody dead")

    def oracle(
        self,
        W_enc: Float[Tensor, "d_in latent"],
        b_enc: Float[Tensor, "latent"],
        W_dec: Float[Tensor, "latent d_in"],
        b_dec: Float[Tensor, "d_in"],
        dead: Bool[Tensor, "latent"],
        rows: Float[Tensor, "dead_latent d_in"],
    ) -> tuple[Float[Tensor, "d_in latent"], Float[Tensor, "latent"], Float[Tensor, "latent d_in"]]:
        encoder, bias, decoder = W_enc.clone(), b_enc.clone(), W_dec.clone()
        living = [k for k in range(len(dead)) if not dead[k]]
        sizes = [sum(float(w) ** 2 for w in W_enc[:, k]) ** 0.5 for k in living]
        next_row = iter(rows)
        for k in range(len(dead)):
            if not dead[k]:
                continue
            row = next(next_row)
            length = sum((float(a) - float(b)) ** 2 for a, b in zip(row, b_dec)) ** 0.5
            for d in range(len(b_dec)):
                decoder[k, d] = (float(row[d]) - float(b_dec[d])) / length
                encoder[d, k] = sum(sizes) / len(sizes) / 5 * decoder[k, d]
            bias[k] = 0.0
        return encoder, bias, decoder

    @mistake("You took the median of the living columns' lengths. It is their mean that is asked for.")
    def median_length(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (
            (0.2 * W_enc[:, ~dead].norm(dim=0).median() * decoder[dead]).T if dead.any() else encoder[:, dead]
        )
        return encoder, bias, decoder

    @mistake("You took the mean length of the dead latents' columns. It is that of the living that is asked for.")
    def length_of_the_dead(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, dead].norm(dim=0).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake(
        "You took the mean size of single weights. A column's length is its norm: `W_enc[:, ~dead].norm(dim=0).mean()`."
    )
    def size_of_single_weights(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].abs().mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("You added up the lengths of the living columns. Their mean is asked for.")
    def sum_of_lengths(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).sum() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake(
        "You divided all rows by one norm, that of the whole. Each row is brought to length 1 by itself: `dim=-1`."
    )
    def one_norm_for_the_rows(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        decoder[dead] = (rows - b_dec) / (rows - b_dec).norm()
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("The encoder's new columns have the rows' own lengths in them. Use the direction at length 1 here, too.")
    def encoder_not_at_length_1(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * (rows - b_dec)).T
        return encoder, bias, decoder

    @mistake("You wrote to the first latents, as many as there are rows. Row r belongs to the r-th *dead* latent.")
    def the_first_latents(W_enc, b_enc, W_dec, b_dec, dead, rows):
        first = torch.arange(len(dead)) < len(rows)
        encoder, bias, decoder = _parts(W_enc, b_enc, W_dec)
        unit = _directions(b_dec, rows)
        decoder[first], bias[first] = unit, 0.0
        encoder[:, first] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * unit).T
        return encoder, bias, decoder

    @mistake(
        "The new rows of W_dec have the length of the activations. Give them length 1: only the direction is "
        "taken from the row."
    )
    def not_at_length_1(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        decoder[dead] = rows - b_dec
        return encoder, bias, decoder

    @mistake("The new directions are those of the raw rows. The decoder's rows add to b_dec: point at row − b_dec.")
    def pre_bias_not_taken_off(W_enc, b_enc, W_dec, b_dec, dead, rows):
        return resample(W_enc, b_enc, W_dec, torch.zeros_like(b_dec), dead, rows)

    @mistake("You added b_dec to the rows. It is taken off: the decoder puts it back by itself.")
    def pre_bias_added(W_enc, b_enc, W_dec, b_dec, dead, rows):
        return resample(W_enc, b_enc, W_dec, -b_dec, dead, rows)

    @mistake("You took the norm of the living columns all together. Each has its length; the mean of these is wanted.")
    def one_norm_for_the_encoder(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("You took the rows to length 1 first, and b_dec off after that. The direction is that of row − b_dec.")
    def normalised_too_early(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        decoder[dead] = rows / rows.norm(dim=-1, keepdim=True) - b_dec
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("The directions were taken to length 1 over the dead latents. Each row has its own length: over d_in.")
    def normalised_over_the_latents(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        decoder[dead] = torch.nn.functional.normalize(rows - b_dec, dim=0)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=0).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake(
        "The new encoder columns are as large as the living ones. At a fifth of it the new latent starts quietly "
        "and doesn't disturb what has been learned."
    )
    def encoder_at_full_size(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = 5 * encoder[:, dead]
        return encoder, bias, decoder

    @mistake("The new encoder columns have length 0.2. They should have a fifth of the living latents' mean length.")
    def encoder_at_a_fifth(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("The mean length was taken over all encoder columns. The dead ones say nothing: average over the living.")
    def mean_over_all(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc.norm(dim=0).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("The dead latents kept their b_enc. It was negative enough to kill them, and would again: set it to 0.")
    def bias_kept(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, _, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        return encoder, b_enc, decoder

    @mistake("W_dec is what it was. A latent that fires and then writes its old direction doesn't help.")
    def decoder_forgotten(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, _ = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        return encoder, bias, W_dec

    @mistake("The rows came to the wrong latents: the first row is for the first dead latent, and so on.")
    def rows_in_another_order(W_enc, b_enc, W_dec, b_dec, dead, rows):
        return resample(W_enc, b_enc, W_dec, b_dec, dead, rows.flip(0))

    @mistake("All of b_enc is 0 now. Only the dead get a new bias; the living stay as they were.")
    def every_bias_zero(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        return encoder, torch.zeros_like(bias), decoder

    @mistake("You made all rows of W_dec length 1. Only the dead get a new row; the living stay as they were.")
    def living_rows_normalised(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        return encoder, bias, decoder / decoder.norm(dim=1, keepdim=True)

    @mistake("You took the length of the living latents' rows of W_dec. It is their columns of W_enc that count.")
    def size_of_the_decoder(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_dec[~dead].norm(dim=1).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("You took the norms over the latents. A latent's column of W_enc [d_in, latent] has its norm over d_in.")
    def norms_of_encoder_rows(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].norm(dim=1).mean() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("You averaged the columns and took the length of that. Columns cancel: take lengths first, then the mean.")
    def length_of_the_mean(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        encoder[:, dead] = (0.2 * W_enc[:, ~dead].mean(dim=1).norm() * decoder[dead]).T
        return encoder, bias, decoder

    @mistake("The encoder's new columns point at the raw rows. They read what the latent writes: row − b_dec.")
    def encoder_of_the_raw_rows(W_enc, b_enc, W_dec, b_dec, dead, rows):
        _, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        return resample(W_enc, b_enc, W_dec, torch.zeros_like(b_dec), dead, rows)[0], bias, decoder

    @mistake("W_enc is what it was. The new latent has to read the direction that it writes.")
    def encoder_forgotten(W_enc, b_enc, W_dec, b_dec, dead, rows):
        return W_enc, *resample(W_enc, b_enc, W_dec, b_dec, dead, rows)[1:]

    @mistake("Your values are right, and `b_enc` has changed. The mask writes into it: clone it as well.")
    def bias_in_place(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, _, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        b_enc[dead] = 0
        return encoder, b_enc, decoder

    @mistake("The mask is the wrong way round: you gave a new start to the living, and the dead stayed dead.")
    def the_living_replaced(W_enc, b_enc, W_dec, b_dec, dead, rows):
        return resample(W_enc, b_enc, W_dec, b_dec, ~dead, rows)

    @mistake("Your values are right, and the tensors you were given have changed too. Clone them first.")
    def in_place(W_enc, b_enc, W_dec, b_dec, dead, rows):
        new = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
        for old, value in zip((W_enc, b_enc, W_dec), new):
            old.copy_(value)
        return W_enc, b_enc, W_dec

    rewrites = [resample]

    @rewrite
    def resample_with_a_loop(W_enc, b_enc, W_dec, b_dec, dead, rows):
        encoder, bias, decoder = _parts(W_enc, b_enc, W_dec)
        size = 0.2 * W_enc.T[~dead].norm(dim=1).mean()
        for row, k in zip(rows, dead.nonzero()[:, 0].tolist()):
            decoder[k] = (row - b_dec) / (row - b_dec).norm()
            encoder[:, k] = size * decoder[k]
            bias[k] = 0
        return [encoder, bias, decoder]

    @rewrite
    def resample_with_where(W_enc, b_enc, W_dec, b_dec, dead, rows):
        spread = torch.zeros_like(W_dec)
        spread[dead] = torch.nn.functional.normalize(rows - b_dec, dim=1)
        size = (W_enc.norm(dim=0) * ~dead).sum() / (~dead).sum() / 5
        decoder = torch.where(dead[:, None], spread, W_dec)
        return torch.where(dead, size * spread.T, W_enc), b_enc.masked_fill(dead, 0.0), decoder

    _of_two_the_last = "Without `dim`, `normalize` takes axis 1, and of two axes that is the last."
    _living_as_they_were = "It is a copy of W_enc in which no living column has changed, and only those are picked."
    equivalent = {
        "line 1: `torch.nn.functional.normalize(rows - b_dec, dim=-1)` → "
        "`torch.nn.functional.normalize(rows - b_dec)`": _of_two_the_last,
        "line 4: `W_enc[:, ~dead]` → `new_enc[:, ~dead]`": _living_as_they_were,
        "resample, line 4: `W_enc[:, ~dead]` → `encoder[:, ~dead]`": _living_as_they_were,
    }


def _autoencoder(d_in: int, latents: int, dead: list[int], rng: torch.Generator) -> tuple[Tensor, ...]:
    """Weights, a mask of dead latents and as many activations for them; the dead ones have large encoders."""
    mask = torch.zeros(latents, dtype=torch.bool)
    mask[dead] = True
    W_enc = torch.randn(d_in, latents, generator=rng) * torch.where(mask, 4.0, 1.0)
    b_enc, b_dec = torch.randn(latents, generator=rng), torch.randn(d_in, generator=rng)
    W_dec = torch.randn(latents, d_in, generator=rng)
    return W_enc, b_enc, W_dec, b_dec, mask, 2 * torch.randn(len(dead), d_in, generator=rng) + 3
