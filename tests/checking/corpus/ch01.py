"""Chapter 1: toy models."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value


def model(W, b, x, relu):
    out = torch.einsum("ihf,ihg,big->bif", W, W, x) + b
    return out.relu() if relu else out


@wrong("1.2", "right if `b` were negative (the other sign everywhere)")
def bias_subtracted(W, b, x, relu):
    return model(W, -b, x, relu)


@wrong("1.2", "right if `b` had everywhere the values of the first instance")
def bias_of_the_first_instance(W, b, x, relu):
    return model(W, b[:1].expand_as(b), x, relu)


@wrong("1.2", "right if `W` and `b` had everywhere the values of the last instance")
def last_model_for_all(W, b, x, relu):
    return model(W[-1:].expand_as(W), b[-1:].expand_as(b), x, relu)


@wrong("1.2", UNSAID)
def sigmoid_for_relu(W, b, x, relu):
    out = model(W, b, x, False)
    return out.sigmoid() if relu else out


@wrong("1.2", "Your values are the right ones, cut off at 0 and 1")
def clamped_to_one(W, b, x, relu):
    return model(W, b, x, relu).clamp(0, 1)


@wrong("1.2", "right if `W` were brought to length 1 along hidden")
def columns_at_length_one(W, b, x, relu):
    return model(W / W.norm(dim=1, keepdim=True), b, x, relu)


@wrong("1.2", "right if `relu` were the other way round")
def relu_the_other_way_round(W, b, x, relu):
    return model(W, b, x, not relu)


@wrong("1.2", "The values are right, the axes are in another order")
def instances_first(W, b, x, relu):
    return model(W, b, x, relu).transpose(0, 1)


@wrong("1.2", "In the cases that are wrong, the right values are never negative, and some of yours are")
def cut_off_from_above(W, b, x, relu):
    out = model(W, b, x, False)
    return out.clamp(max=0) if relu else out


@wrong("1.2", "Every value is too large by exactly `x`")
def residual(W, b, x, relu):
    return x + model(W, b, x, relu)


@wrong("1.3", "The square of your values is right: a square is missing")
def root(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean((0, 2)).sqrt()


@wrong("1.3", "Every value is half of the right one")
def half_the_square(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean((0, 2)) / 2


@wrong("1.3", "Every value is 12× too large, and 12 is the size of the axes batch × feature")
def summed_over_both(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).sum((0, 2))


@wrong("1.3", "right answer once `importance` is squared")
def importance_as_a_root(x, x_hat, importance):
    return (importance.sqrt() * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", "right if 1/`importance` stood for `importance`")
def divided_by_importance(x, x_hat, importance):
    return ((x - x_hat) ** 2 / importance).mean((0, 2))


@wrong("1.3", "right if 1 − `importance` stood for `importance`")
def one_minus_importance(x, x_hat, importance):
    return ((1 - importance) * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", "right if `importance` had everywhere the values of the first instance")
def first_instance_s_importance(x, x_hat, importance):
    return (importance[0] * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", "divided by one less than there are (`correction`)")
def variance_like(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).sum((0, 2)) / (x.shape[0] * x.shape[2] - 1)


@wrong("1.3", "right if `x` were 0 everywhere")
def only_x_hat(x, x_hat, importance):
    return (importance * x_hat**2).mean((0, 2))


@wrong("1.3", UNSAID)
def median(x, x_hat, importance):
    return (importance * (x - x_hat) ** 2).mean(2).median(0).values


@wrong("1.3", "Every value has the right size and the wrong sign")
def minus_the_loss(x, x_hat, importance):
    return -(importance * (x - x_hat) ** 2).mean((0, 2))


@wrong("1.3", UNSAID)
def sum_inside_the_square(x, x_hat, importance):
    return (importance * (x - x_hat)).sum(2).square().mean(0)


def gaps(W, kept=0.5):
    angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > kept].sort().values
    return torch.cat([angle.diff(), angle[:1] + 360 - angle[-1:]]).sort().values


@wrong("1.6", "Your values are the right ones sorted along the axis arrow, the largest first")
def descending(W):
    return gaps(W).flip(0)


@wrong("1.6", "Your values are the cosines of the right angles (in degrees)")
def cosines(W):
    return gaps(W).deg2rad().cos()


@wrong("1.6", "Your values are the right ones divided by their sum over the axis arrow")
def as_turns(W):
    return gaps(W) / 360


@wrong("1.6", "Some too few along the axis arrow: the last is missing, and the others are right")
def smallest_only(W):
    return gaps(W)[:1]


@wrong("1.6", "Each of your values is the sum of the right ones so far along the axis arrow")
def cumulated(W):
    return gaps(W).cumsum(0)


@wrong("1.6", "the gaps of one model add up to a full turn, 360°")
def whole_degrees(W):
    return gaps(W).floor()


@wrong("1.6", "the gaps of one model add up to a full turn, 360°")
def never_more_than_a_half_turn(W):
    g = gaps(W)
    return torch.minimum(g, 360 - g)


@wrong("1.6", "By its sizes, yours looks like [5 feature]")
def short_arrows_too(W):
    return gaps(W, kept=0.01)


@wrong("1.6", "`torch.tensor` makes one of a list of numbers")
def as_a_list(W):
    return gaps(W).tolist()


def superposition(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W) ** 2
    return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)


@wrong("1.7", "The square of your values is right: a square is missing")
def root_of_it(W):
    return superposition(W).sqrt()


@wrong("1.7", "Every value is 6× too small, and 7 is the size of the axis feature")
def mean_of_the_others(W):
    return superposition(W) / (W.shape[2] - 1)


@wrong("1.7", "Every value is off by exactly the squared norm of `W` over hidden minus 1")
def own_term_is_one(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).sum(-1) - 1


@wrong("1.7", "Every value is off by exactly the squared norm of `W` over hidden minus the norm of `W` over hidden")
def own_term_is_the_length(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).sum(-1) - W.norm(dim=1)


@wrong("1.7", UNSAID)
def square_of_the_sum(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = unit.mT @ W
    return (overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)) ** 2


@wrong("1.7", "arrows twice as long interfere four times as much")
def absolute_overlaps(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W).abs()
    return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)


@wrong("1.7", "Every value is the right one divided by the squared norm of `W` over hidden")
def divided_by_the_square(W):
    gram = (W.mT @ W) ** 2
    own = W.square().sum(1)
    return (gram.sum(-1) - own**2) / own.clamp_min(1e-12) ** 2


@wrong("1.7", "every value that differs is too small")
def the_worst_other(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    overlap = (unit.mT @ W) ** 2
    return (overlap - torch.diag_embed(overlap.diagonal(dim1=1, dim2=2))).amax(-1)


@wrong("1.7", "Everything along the axis instance has the right values of the first")
def first_model_for_all(W):
    return superposition(W)[:1].expand(len(W), -1)


@wrong("1.7", "By its sizes, yours looks like [3 instance, 7 feature, 7 feature]")
def the_whole_matrix(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (unit.mT @ W) ** 2


@wrong("1.7", "every value that differs is too small")
def each_pair_once(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).triu(1).sum(-1)


def antipodal(importance, density):
    return density**2 / 6 * importance.sum(-1) / 2


@wrong("1.12", "Every value is twice the right one")
def a_third(importance, density):
    return density**2 / 3 * importance.sum(-1) / 2


@wrong("1.12", "right if 1 − `density` stood for `density`")
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


@wrong("1.12", "right if `density` were squared")
def to_the_fourth(importance, density):
    return density**4 / 6 * importance.mean(-1)


@wrong("1.12", "Your values are the mean of the right ones over the axis cell")
def one_number_for_all_cells(importance, density):
    return antipodal(importance, density).mean()


wrong_value("1.4", "negative", -0.02833, "The size is right, and the sign is not")
wrong_value("1.4", "in percent", 2.833, "That is 100 times the right number: is it in percent?")
wrong_value("1.4", "one digit", 0.03, "Right as far as it goes, and rounded too much: more digits, or an exact formula")
wrong_value("1.4", "standard deviation", 0.168325, "That is the square root of the right number")
wrong_value("1.4", "twice", 0.056666 * 1.0 / 1, "That is twice the right number: is something counted twice?")
wrong_value("1.4", "one over", 35.29, "That is one over the right number: the fraction is upside down")
wrong_value("1.8", "as a fraction of one", 1 / 3, "That is one over the right number: the fraction is upside down")
wrong_value("1.8", "with two more", 5.0, UNSAID)
wrong_value("1.8", "near", 3.05, "Very close (within 2 %): more digits, or an exact formula")
wrong_value("1.8", "not a number", "three", "Expected a number, got text: a number without quotes")
wrong_value("1.10", "one right", [1, 3], "One of your two belongs there.")
wrong_value("1.10", "counted from one", [2, 3], "None of your two belongs there.")
wrong_value("1.10", "three of them", [1, 2, 4], "Expected 2 items, got 3")
wrong_value("1.10", "one only", 2, "Expected a list, got a whole number")
wrong_value("1.10", "none", [0, 3], "None of your two belongs there.")
wrong_value("1.11", "two", "a and c", UNSAID)
