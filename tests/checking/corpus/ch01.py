"""Chapter 1: toy models."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value


def model(W, b, x, relu):
    out = torch.einsum("ihf,ihg,big->bif", W, W, x) + b
    return out.relu() if relu else out


@wrong("1.2", UNSAID)
def bias_subtracted(W, b, x, relu):
    return model(W, -b, x, relu)


@wrong("1.2", UNSAID)
def bias_of_the_first_instance(W, b, x, relu):
    return model(W, b[:1].expand_as(b), x, relu)


@wrong("1.2", UNSAID)
def last_model_for_all(W, b, x, relu):
    return model(W[-1:].expand_as(W), b[-1:].expand_as(b), x, relu)


@wrong("1.2", UNSAID)
def sigmoid_for_relu(W, b, x, relu):
    out = model(W, b, x, False)
    return out.sigmoid() if relu else out


@wrong("1.2", UNSAID)
def clamped_to_one(W, b, x, relu):
    return model(W, b, x, relu).clamp(0, 1)


@wrong("1.2", UNSAID)
def columns_at_length_one(W, b, x, relu):
    return model(W / W.norm(dim=1, keepdim=True), b, x, relu)


@wrong("1.2", UNSAID)
def relu_the_other_way_round(W, b, x, relu):
    return model(W, b, x, not relu)


@wrong("1.2", UNSAID)
def instances_first(W, b, x, relu):
    return model(W, b, x, relu).transpose(0, 1)


@wrong("1.2", UNSAID)
def cut_off_from_above(W, b, x, relu):
    out = model(W, b, x, False)
    return out.clamp(max=0) if relu else out


@wrong("1.2", UNSAID)
def residual(W, b, x, relu):
    return x + model(W, b, x, relu)


@wrong("1.3", UNSAID)
def root(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean((0, 2)).sqrt()


@wrong("1.3", UNSAID)
def half_the_square(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean((0, 2)) / 2


@wrong("1.3", UNSAID)
def summed_over_both(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).sum((0, 2))


@wrong("1.3", UNSAID)
def importance_as_a_root(x, x_hat, importance):
    return (importance.sqrt() * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", UNSAID)
def divided_by_importance(x, x_hat, importance):
    return ((x - x_hat) ** 2 / importance).mean((0, 2))


@wrong("1.3", UNSAID)
def one_minus_importance(x, x_hat, importance):
    return ((1 - importance) * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", UNSAID)
def first_instance_s_importance(x, x_hat, importance):
    return (importance[0] * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", UNSAID)
def variance_like(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).sum((0, 2)) / (x.shape[0] * x.shape[2] - 1)


@wrong("1.3", UNSAID)
def only_x_hat(x, x_hat, importance):
    return (importance * x_hat**2).mean((0, 2))


@wrong("1.3", UNSAID)
def median(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean(2).median(0).values


@wrong("1.3", UNSAID)
def minus_the_loss(x, x_hat, importance):
    return -(importance * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", UNSAID)
def sum_inside_the_square(x, x_hat, importance):
    return (importance * (x - x_hat)).sum(2).square().mean(0)


def gaps(W, kept=0.5):
    angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > kept].sort().values
    return torch.cat([angle.diff(), angle[:1] + 360 - angle[-1:]]).sort().values


@wrong("1.6", UNSAID)
def descending(W):
    return gaps(W).flip(0)


@wrong("1.6", UNSAID)
def cosines(W):
    return gaps(W).deg2rad().cos()


@wrong("1.6", UNSAID)
def as_turns(W):
    return gaps(W) / 360


@wrong("1.6", UNSAID)
def smallest_only(W):
    return gaps(W)[:1]


@wrong("1.6", UNSAID)
def cumulated(W):
    return gaps(W).cumsum(0)


@wrong("1.6", UNSAID)
def whole_degrees(W):
    return gaps(W).floor()


@wrong("1.6", UNSAID)
def never_more_than_a_half_turn(W):
    g = gaps(W)
    return torch.minimum(g, 360 - g)


@wrong("1.6", UNSAID)
def short_arrows_too(W):
    return gaps(W, kept=0.01)


@wrong("1.6", UNSAID)
def as_a_list(W):
    return gaps(W).tolist()


def superposition(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W) ** 2
    return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)


@wrong("1.7", UNSAID)
def root_of_it(W):
    return superposition(W).sqrt()


@wrong("1.7", UNSAID)
def mean_of_the_others(W):
    return superposition(W) / (W.shape[2] - 1)


@wrong("1.7", UNSAID)
def own_term_is_one(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).sum(-1) - 1


@wrong("1.7", UNSAID)
def own_term_is_the_length(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).sum(-1) - W.norm(dim=1)


@wrong("1.7", UNSAID)
def square_of_the_sum(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = unit.mT @ W
    return (overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)) ** 2


@wrong("1.7", UNSAID)
def absolute_overlaps(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W).abs()
    return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)


@wrong("1.7", UNSAID)
def divided_by_the_square(W):
    gram = (W.mT @ W) ** 2
    own = W.square().sum(1)
    return (gram.sum(-1) - own**2) / own.clamp_min(1e-12) ** 2


@wrong("1.7", UNSAID)
def the_worst_other(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W) ** 2
    return (overlap - torch.diag_embed(overlap.diagonal(dim1=1, dim2=2))).amax(-1)


@wrong("1.7", UNSAID)
def first_model_for_all(W):
    return superposition(W)[:1].expand(len(W), -1)


@wrong("1.7", UNSAID)
def the_whole_matrix(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (unit.mT @ W) ** 2


@wrong("1.7", UNSAID)
def each_pair_once(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).triu(1).sum(-1)


def antipodal(importance, density):
    return density**2 / 6 * importance.sum(-1) / 2


@wrong("1.12", UNSAID)
def a_third(importance, density):
    return density**2 / 3 * importance.sum(-1) / 2


@wrong("1.12", UNSAID)
def sparsity(importance, density):
    return antipodal(importance, 1 - density)


@wrong("1.12", UNSAID)
def product_of_importances(importance, density):
    return density**2 / 6 * importance.prod(-1)


@wrong("1.12", UNSAID)
def larger_importance(importance, density):
    return density**2 / 6 * importance.amax(-1)


@wrong("1.12", UNSAID)
def exactly_one_on(importance, density):
    return 2 * density * (1 - density) / 6 * importance.mean(-1)


@wrong("1.12", UNSAID)
def to_the_fourth(importance, density):
    return density**4 / 6 * importance.mean(-1)


@wrong("1.12", UNSAID)
def one_number_for_all_cells(importance, density):
    return antipodal(importance, density).mean()


wrong_value("1.4", "negative", -0.02833, UNSAID)
wrong_value("1.4", "in percent", 2.833, UNSAID)
wrong_value("1.4", "one digit", 0.03, UNSAID)
wrong_value("1.4", "standard deviation", 0.168325, UNSAID)
wrong_value("1.4", "twice", 0.056666 * 1.0 / 1, UNSAID)
wrong_value("1.4", "one over", 35.29, UNSAID)
wrong_value("1.8", "as a fraction of one", 1 / 3, UNSAID)
wrong_value("1.8", "with two more", 5.0, UNSAID)
wrong_value("1.8", "near", 3.05, UNSAID)
wrong_value("1.8", "not a number", "three", UNSAID)
wrong_value("1.10", "one right", [1, 3], UNSAID)
wrong_value("1.10", "counted from one", [2, 3], UNSAID)
wrong_value("1.10", "three of them", [1, 2, 4], UNSAID)
wrong_value("1.10", "one only", 2, UNSAID)
wrong_value("1.10", "none", [0, 3], UNSAID)
wrong_value("1.11", "two", "a and c", UNSAID)
