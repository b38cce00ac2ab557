"""Chapter 9: dictionaries."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value


def autoencode(x, W_enc, b_enc, W_dec, b_dec):
    f = ((x - b_dec[:, None]) @ W_enc + b_enc[:, None]).relu()
    return f, f @ W_dec + b_dec[:, None]


@wrong("9.1", "`result[0]` and `result[1]` are right, the other way round")
def results_exchanged(x, W_enc, b_enc, W_dec, b_dec):
    return autoencode(x, W_enc, b_enc, W_dec, b_dec)[::-1]


@wrong("9.1", "What you return is right as number 2 of 2: return all of them")
def only_the_reconstruction(x, W_enc, b_enc, W_dec, b_dec):
    return autoencode(x, W_enc, b_enc, W_dec, b_dec)[1]


@wrong("9.1", "right if `b_dec` were negative (the other sign everywhere)")
def pre_bias_added(x, W_enc, b_enc, W_dec, b_dec):
    f = ((x + b_dec[:, None]) @ W_enc + b_enc[:, None]).relu()
    return f, f @ W_dec + b_dec[:, None]


@wrong("9.1", "right if `b_enc` were negative (the other sign everywhere)")
def encoder_bias_taken_off(x, W_enc, b_enc, W_dec, b_dec):
    return autoencode(x, W_enc, -b_enc, W_dec, b_dec)


@wrong("9.1", "Every value is `x` minus the right one")
def error_for_reconstruction(x, W_enc, b_enc, W_dec, b_dec):
    f, x_hat = autoencode(x, W_enc, b_enc, W_dec, b_dec)
    return f, x - x_hat


@wrong("9.1", "right if `W_dec` had everywhere the values of the first instance")
def first_decoder_for_all(x, W_enc, b_enc, W_dec, b_dec):
    return autoencode(x, W_enc, b_enc, W_dec[:1].expand_as(W_dec), b_dec)


@wrong("9.1", "Expected a tuple, got a dict")
def as_a_dict(x, W_enc, b_enc, W_dec, b_dec):
    return dict(zip(("f", "x_hat"), autoencode(x, W_enc, b_enc, W_dec, b_dec)))


@wrong("9.1", "You have 1 wherever the right value isn't 0: a mask, not the values")
def active_or_not(x, W_enc, b_enc, W_dec, b_dec):
    f, x_hat = autoencode(x, W_enc, b_enc, W_dec, b_dec)
    return (f > 0).float(), x_hat


def sparse_loss(x, x_hat, f, W_dec, l1):
    return (x - x_hat).square().sum(-1).mean(-1) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)


@wrong("9.3", "On these inputs your answer stayed the same whatever was done to `x`, and the right one doesn't")
def only_the_penalty(x, x_hat, f, W_dec, l1):
    return l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)


@wrong("9.3", "right if `l1` were always 1")
def without_l1(x, x_hat, f, W_dec, l1):
    return sparse_loss(x, x_hat, f, W_dec, 1.0)


@wrong("9.3", "right if `l1` were negative")
def penalty_taken_off(x, x_hat, f, W_dec, l1):
    return sparse_loss(x, x_hat, f, W_dec, -l1)


@wrong("9.3", "right answer once `l1` is twice as large")
def half_the_penalty(x, x_hat, f, W_dec, l1):
    return sparse_loss(x, x_hat, f, W_dec, l1 / 2)


@wrong("9.3", "Your values are the mean of the right ones over the axis instance")
def averaged_over_everything(x, x_hat, f, W_dec, l1):
    return sparse_loss(x, x_hat, f, W_dec, l1).mean()


@wrong("9.3", "One step is missing: the mean of your values over axis 1 is right (counted from 0)")
def a_loss_per_row(x, x_hat, f, W_dec, l1):
    return (x - x_hat).square().sum(-1) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1)


@wrong("9.3", "every value that differs is too large")
def l1_norm_of_the_rows(x, x_hat, f, W_dec, l1):
    return (x - x_hat).square().sum(-1).mean(-1) + l1 * (f * W_dec.abs().sum(-1)[:, None]).sum(-1).mean(-1)


@wrong("9.3", "right if `W_dec` had everywhere the values of the first instance")
def first_decoder_s_norms(x, x_hat, f, W_dec, l1):
    return sparse_loss(x, x_hat, f, W_dec[:1].expand_as(W_dec), l1)


@wrong("9.3", "small activations beside a large decoder gain nothing")
def divided_by_the_norm(x, x_hat, f, W_dec, l1):
    return (x - x_hat).square().sum(-1).mean(-1) + l1 * (f / W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)


def nearest(directions, others):
    normal = torch.nn.functional.normalize
    return (normal(directions, dim=-1) @ normal(others, dim=-1).T).amax(1)


@wrong("9.5", "adding more directions to the second set can only bring one nearer")
def smallest(directions, others):
    normal = torch.nn.functional.normalize
    return (normal(directions, dim=-1) @ normal(others, dim=-1).T).amin(1)


@wrong("9.5", "Your values are the squares of the right ones")
def squared(directions, others):
    return nearest(directions, others) ** 2


@wrong("9.5", "Your values are angles in degrees")
def in_degrees(directions, others):
    return nearest(directions, others).clamp(-1, 1).acos().rad2deg()


@wrong("9.5", "Every value is 1 minus the right one")
def distances(directions, others):
    return 1 - nearest(directions, others)


@wrong("9.5", "Your values are the ReLU of the right ones")
def never_negative(directions, others):
    return nearest(directions, others).relu()


@wrong("9.5", "Number 1 of the 2 things that you return is right: return it alone")
def values_and_indices(directions, others):
    normal = torch.nn.functional.normalize
    return (normal(directions, dim=-1) @ normal(others, dim=-1).T).max(1)


@wrong("9.5", "One step is missing: the largest of your values over axis 1 is right (counted from 0)")
def all_cosines(directions, others):
    normal = torch.nn.functional.normalize
    return normal(directions, dim=-1) @ normal(others, dim=-1).T


@wrong("9.5", "Your values are the right ones sorted along the axis a, the largest first")
def largest_first(directions, others):
    return nearest(directions, others).sort(descending=True).values


def explained(x, x_hat):
    return 1 - (x - x_hat).square().sum() / (x - x.mean(0)).square().sum()


@wrong("9.7", "Every value is the right one times 100")
def in_percent(x, x_hat):
    return 100 * explained(x, x_hat)


@wrong("9.7", "right if `x` and `x_hat` were exchanged")
def arguments_exchanged(x, x_hat):
    return explained(x_hat, x)


@wrong("9.7", UNSAID)
def a_root(x, x_hat):
    return 1 - ((x - x_hat).square().sum() / (x - x.mean(0)).square().sum()).sqrt()


@wrong("9.7", "a reconstruction that always says the mean explains nothing")
def row_means(x, x_hat):
    return 1 - (x - x_hat).square().sum() / (x - x.mean(1, keepdim=True)).square().sum()


@wrong("9.7", "a reconstruction that always says the mean explains nothing")
def unbiased(x, x_hat):
    return 1 - (x - x_hat).square().mean(0).sum() / x.var(dim=0).sum()


@wrong("9.7", UNSAID)
def cut_off_at_zero(x, x_hat):
    return explained(x, x_hat).clamp_min(0)


@wrong("9.7", "By its sizes, yours looks like [3 d_in]")
def a_number_for_each_dimension(x, x_hat):
    return 1 - (x - x_hat).square().sum(0) / (x - x.mean(0)).square().sum(0)


def resample(W_enc, b_enc, W_dec, b_dec, dead, rows, factor=0.2):
    encoder, bias, decoder = W_enc.clone(), b_enc.clone(), W_dec.clone()
    unit = (rows - b_dec) / (rows - b_dec).norm(dim=-1, keepdim=True)
    decoder[dead], bias[dead] = unit, 0.0
    encoder[:, dead] = (factor * W_enc[:, ~dead].norm(dim=0).mean() * unit).T
    return encoder, bias, decoder


@wrong("9.8", "wrong only where `dead` is True")
def two_percent(W_enc, b_enc, W_dec, b_dec, dead, rows):
    return resample(W_enc, b_enc, W_dec, b_dec, dead, rows, factor=0.02)


@wrong("9.8", "right if `b_enc` were 0 everywhere")
def all_biases_zero(W_enc, b_enc, W_dec, b_dec, dead, rows):
    encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
    return encoder, torch.zeros_like(bias), decoder


@wrong("9.8", "wrong only where `dead` is True")
def bias_of_minus_one(W_enc, b_enc, W_dec, b_dec, dead, rows):
    encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
    bias[dead] = -1
    return encoder, bias, decoder


@wrong("9.8", "The values are right, and in another order along the axis latent")
def rows_reversed(W_enc, b_enc, W_dec, b_dec, dead, rows):
    return resample(W_enc, b_enc, W_dec, b_dec, dead, rows.flip(0))


@wrong("9.8", "wrong only where `dead` is True")
def directions_negative(W_enc, b_enc, W_dec, b_dec, dead, rows):
    encoder, bias, decoder = resample(W_enc, b_enc, W_dec, b_dec, dead, rows)
    decoder[dead] *= -1
    return encoder, bias, decoder


@wrong("9.8", "`result[0]` and `result[2]` are right, the other way round")
def decoder_first(W_enc, b_enc, W_dec, b_dec, dead, rows):
    return resample(W_enc, b_enc, W_dec, b_dec, dead, rows)[::-1]


@wrong("9.8", "right if `rows` had everywhere the values of the first dead_latent")
def one_row_for_all(W_enc, b_enc, W_dec, b_dec, dead, rows):
    return resample(W_enc, b_enc, W_dec, b_dec, dead, rows[:1].expand_as(rows))


@wrong("9.9", "right answer once `l1` is twice as large")
def a_quarter(value, l1):
    return (value - l1 / 4).relu()


@wrong("9.9", "right if `l1` were squared")
def squared_price(value, l1):
    return (value - l1**2 / 2).relu()


@wrong("9.9", "right if `value` were without its signs")
def of_the_size(value, l1):
    return (value.abs() - l1 / 2).relu()


@wrong("9.9", "right answer once `value` is cut off below 0")
def both_signs(value, l1):
    return value.sign() * (value.abs() - l1 / 2).relu()


@wrong("9.9", "Every value is `value` minus the right one")
def what_is_lost(value, l1):
    return value - (value - l1 / 2).relu()


@wrong("9.9", "no other activation has a lower loss")
def at_least_the_price(value, l1):
    return (value - l1 / 2).clamp_min(l1 / 2)


@wrong("9.9", "You return `value` as it was given")
def as_it_was(value, l1):
    return value


def gated(u, b_gate, r_mag, b_mag):
    return (u + b_gate > 0) * (u * r_mag.exp() + b_mag).relu()


@wrong("9.10", "a closed gate gives exactly 0, whatever the magnitude")
def opposite_gate(u, b_gate, r_mag, b_mag):
    return (u + b_gate < 0) * (u * r_mag.exp() + b_mag).relu()


@wrong("9.10", "right if `b_gate` were negative (the other sign everywhere)")
def gate_bias_taken_off(u, b_gate, r_mag, b_mag):
    return (u - b_gate > 0) * (u * r_mag.exp() + b_mag).relu()


@wrong("9.10", "right if `b_mag` were 0 everywhere")
def no_magnitude_bias(u, b_gate, r_mag, b_mag):
    return gated(u, b_gate, r_mag, torch.zeros_like(b_mag))


@wrong("9.10", "right if `r_mag` were negative (the other sign everywhere)")
def divided_by_exp(u, b_gate, r_mag, b_mag):
    return gated(u, b_gate, -r_mag, b_mag)


@wrong("9.10", "right if `b_gate` were 0 everywhere")
def gate_of_u_alone(u, b_gate, r_mag, b_mag):
    return (u > 0) * (u * r_mag.exp() + b_mag).relu()


@wrong("9.10", "a closed gate gives exactly 0, whatever the magnitude")
def added(u, b_gate, r_mag, b_mag):
    return (u + b_gate > 0).float() + (u * r_mag.exp() + b_mag).relu()


@wrong("9.10", "a closed gate gives exactly 0, whatever the magnitude")
def magnitude_where_closed(u, b_gate, r_mag, b_mag):
    return torch.where(u + b_gate > 0, (u * r_mag.exp() + b_mag).relu(), u)


def keep(pi, k, per_row):
    flat = pi if per_row else pi.flatten()[None]
    best = flat.topk(k if per_row else k * len(pi), dim=-1)
    return torch.zeros_like(flat).scatter(-1, best.indices, best.values.relu()).reshape(pi.shape)


@wrong("9.11", "right if `k` were 1 larger")
def one_more(pi, k, per_row):
    return keep(pi, min(k + 1, pi.shape[1]), per_row)


@wrong("9.11", "right if `k` were always 1")
def always_one(pi, k, per_row):
    return keep(pi, 1, per_row)


@wrong("9.11", "right if `per_row` were the other way round")
def the_other_kind(pi, k, per_row):
    return keep(pi, k, not per_row)


@wrong("9.11", "Some too few along the axis latent")
def values_only(pi, k, per_row):
    return pi.topk(k, dim=-1).values


@wrong("9.11", "Some too few along the axis latent")
def indices_only(pi, k, per_row):
    return pi.topk(k, dim=-1).indices


@wrong("9.11", "Every value is `pi` minus the right one")
def what_is_dropped(pi, k, per_row):
    return pi - keep(pi, k, per_row)


@wrong("9.11", "On these inputs your answer stayed the same whatever was done to `k`, and the right one doesn't")
def only_a_relu(pi, k, per_row):
    return pi.relu()


@wrong("9.11", "Your values are the squares of the right ones")
def squares_kept(pi, k, per_row):
    return keep(pi, k, per_row).square()


wrong_value("9.6", "one right", ["b", "c", "c"], "The second of three is not right; the other two are.")
wrong_value("9.6", "as one text", "bac", "Expected a list, got text")
wrong_value("9.6", "two only", ["b", "a"], "Expected 3 items, got 2")
wrong_value("9.12", "third off", [0.5, 0.5, 0.3, 0.4414], "The third of four is not right; the other three are.")
wrong_value("9.12", "in percent", [50, 50, 40, 44.14], "That is 100 times the right number: is it in percent?")
wrong_value("9.12", "last squared", [0.5, 0.5, 0.4, 0.1948], "That is the square of the right number")
wrong_value("9.12", "as text", "0.5, 0.5, 0.4, 0.44", "Expected a list, got text")
