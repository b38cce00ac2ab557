"""Chapter 6: inside a small language model."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value


def losses(logits, tokens):
    return -logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)


@wrong("6.2", UNSAID)
def perplexities(logits, tokens):
    return losses(logits, tokens).exp()


@wrong("6.2", "Every value is the right one times 1/ln 10")
def to_base_ten(logits, tokens):
    return losses(logits, tokens) / torch.tensor(10.0).log()


@wrong("6.2", "Each of your values is the sum of the right ones so far along the axis predicted")
def summed_up(logits, tokens):
    return losses(logits, tokens).cumsum(1)


@wrong("6.2", "Your values are the mean of the right ones over the axis predicted")
def mean_of_each_text(logits, tokens):
    return losses(logits, tokens).mean(1)


@wrong("6.2", "You averaged over the axis predicted: each value is the mean of the right ones there")
def the_same_for_every_piece(logits, tokens):
    return losses(logits, tokens).mean(1, keepdim=True).expand(-1, tokens.shape[1] - 1)


@wrong("6.2", "On these inputs your answer stayed the same whatever was done to `tokens`, and the right one doesn't")
def best_guess(logits, tokens):
    return -logits.log_softmax(-1)[:, :-1].amax(-1)


@wrong("6.2", "every value that differs is too small")
def one_minus_probability(logits, tokens):
    return 1 - (-losses(logits, tokens)).exp()


@wrong("6.2", "One too few along the axis predicted: the last is missing, and the others are right")
def last_one_missing(logits, tokens):
    return losses(logits, tokens)[:, :-1]


@wrong("6.2", "One too many along the axis predicted: the first is too much, and the others are right")
def a_zero_in_front(logits, tokens):
    return torch.cat([torch.zeros(len(tokens), 1), losses(logits, tokens)], 1)


@wrong("6.2", "On these inputs your answer stayed the same whatever was done to `tokens`, and the right one doesn't")
def entropy(logits, tokens):
    p = logits.softmax(-1)[:, :-1]
    return -(p * p.clamp_min(1e-30).log()).sum(-1)


@wrong("6.2", "right if `tokens` had everywhere the values of the first document")
def of_the_first_text(logits, tokens):
    return losses(logits, tokens[:1].expand_as(tokens))


def on_target(pattern, target):
    return torch.einsum("dhqk,dqk->h", pattern, target.float()) / target.any(-1).sum()


@wrong("6.5", "a target for every key collects all the attention there is")
def sums(pattern, target):
    return torch.einsum("dhqk,dqk->h", pattern, target.float())


@wrong("6.5", "Every value is 1 minus the right one")
def off_target(pattern, target):
    return 1 - on_target(pattern, target)


@wrong("6.5", "right if `target` were the other way round")
def not_on_target(pattern, target):
    return on_target(pattern, ~target)


@wrong("6.5", "Every value is the right one times 100")
def in_percent(pattern, target):
    return 100 * on_target(pattern, target)


@wrong("6.5", "Your values are the mean of the right ones over the axis head")
def one_score(pattern, target):
    return on_target(pattern, target).mean()


@wrong("6.5", "right if `pattern` and `target` had everywhere the values of the first document")
def first_text_only(pattern, target):
    return on_target(pattern[:1], target[:1])


@wrong("6.5", "Your answer stays the same when all of `pattern` is halved, and it should not")
def share_of_queries(pattern, target):
    best = torch.nn.functional.one_hot(pattern.argmax(-1), pattern.shape[-1])
    return torch.einsum("dhqk,dqk->h", best.float(), target.float()) / target.any(-1).sum()


@wrong("6.5", "Along the axis head every value is the largest of the right ones")
def the_largest_score_everywhere(pattern, target):
    return on_target(pattern, target).amax().expand(pattern.shape[1])


def effects(parts, scale, direction):
    return ((parts - parts.mean(-1, keepdim=True)) * direction).sum(-1) / scale


@wrong("6.6", "right if `scale` were squared")
def scale_squared(parts, scale, direction):
    return effects(parts, scale**2, direction)


@wrong("6.6", "right answer once `scale` is squared")
def root_of_the_scale(parts, scale, direction):
    return effects(parts, scale.sqrt(), direction)


@wrong("6.6", "Every value is 4× too small, and 4 is the size of the axis model")
def averaged_over_dimensions(parts, scale, direction):
    return effects(parts, scale, direction) / parts.shape[-1]


@wrong("6.6", UNSAID)
def centred_over_texts(parts, scale, direction):
    return ((parts - parts.mean(1, keepdim=True)) * direction).sum(-1) / scale


@wrong("6.6", "Each of your values is the sum of the right ones so far along the axis part")
def cumulative(parts, scale, direction):
    return effects(parts, scale, direction).cumsum(0)


@wrong("6.6", "Your answer stays the same when all of `parts` is halved, and it should not")
def cosine(parts, scale, direction):
    centred = parts - parts.mean(-1, keepdim=True)
    return torch.cosine_similarity(centred, direction, dim=-1)


@wrong("6.6", "Your values are the sum of the right ones over the axis part")
def total_only(parts, scale, direction):
    return effects(parts, scale, direction).sum(0)


@wrong("6.6", "The values are right, the axes are in another order")
def texts_first(parts, scale, direction):
    return effects(parts, scale, direction).T


@wrong("6.6", "right if `scale` had everywhere the values of the first text")
def first_text_s_scale(parts, scale, direction):
    return effects(parts, scale[:1], direction)


def patched(own, other, position, head):
    result = own.clone()
    result[:, position, head] = other[:, position, head]
    return result


@wrong("6.7", "right answer once `position` is 1 smaller")
def one_position_on(own, other, position, head):
    return patched(own, other, (position + 1) % own.shape[1], head)


@wrong("6.7", "right if `other` were 0 everywhere")
def zeroed(own, other, position, head):
    result = own.clone()
    result[:, position, head] = 0
    return result


@wrong(
    "6.7",
    "wrong only at the place `head` of the axis head, and there only before the place `position` of the axis positi",
)
def up_to_the_position(own, other, position, head):
    result = own.clone()
    result[:, : position + 1, head] = other[:, : position + 1, head]
    return result


@wrong("6.7", "You return `own` as it was given")
def nothing_done(own, other, position, head):
    return own.clone()


@wrong(
    "6.7",
    "wrong only at the place `position` of the axis position, and there only at the place `head` of the axis head",
)
def difference(own, other, position, head):
    result = own.clone()
    result[:, position, head] = other[:, position, head] - own[:, position, head]
    return result


@wrong("6.7", "right if `own` and `other` were exchanged")
def all_but_the_head(own, other, position, head):
    result = other.clone()
    result[:, position, head] = own[:, position, head]
    return result


@wrong("6.7", "right if `head` were always 0")
def first_head_always(own, other, position, head):
    return patched(own, other, position, 0)


def ablated(values, head):
    result = values.clone()
    result[:, :, head] = values[:, :, head].mean((0, 1))
    return result


@wrong("6.9", "wrong only at the place `head` of the axis head")
def median(values, head):
    result = values.clone()
    result[:, :, head] = values[:, :, head].flatten(0, 1).median(0).values
    return result


@wrong("6.9", "right answer once `head` is 1 smaller")
def next_head(values, head):
    return ablated(values, (head + 1) % values.shape[2])


@wrong("6.9", "You return `values` as it was given")
def untouched(values, head):
    return values.clone()


@wrong("6.9", "wrong only at the place `head` of the axis head")
def negated(values, head):
    result = values.clone()
    result[:, :, head] *= -1
    return result


@wrong("6.9", "wrong only at the place `head` of the axis head")
def first_text_only_ablated(values, head):
    result = values.clone()
    result[0] = ablated(values, head)[0]
    return result


@wrong("6.9", "the other heads stay as they are")
def all_but_one(values, head):
    result = values.mean((0, 1), keepdim=True).expand_as(values).clone()
    result[:, :, head] = values[:, :, head]
    return result


def targets(tokens):
    same = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(same)
    target[:, :, 1:] = same[:, :, :-1]
    return target.tril()


@wrong("6.10", "Every True should be False, and every False True")
def everything_but(tokens):
    return ~targets(tokens)


@wrong("6.10", "wrong only on and below the diagonal of query and key")
def two_on(tokens):
    same = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(same)
    target[:, :, 2:] = same[:, :, :-2]
    return target.tril()


@wrong("6.10", "On these inputs your answer stayed the same whatever was done to `tokens`, and the right one doesn't")
def any_earlier(tokens):
    n = tokens.shape[1]
    return torch.ones(len(tokens), n, n, dtype=torch.bool).tril()


@wrong("6.10", "Your answer is False for every input")
def nothing_at_all(tokens):
    return torch.zeros_like(targets(tokens))


@wrong("6.10", "the values are right: `.bool()`")
def as_numbers(tokens):
    return targets(tokens).float()


@wrong("6.10", "wrong only on and below the diagonal of query and key")
def first_copy_only(tokens):
    target = targets(tokens)
    return target & (target.cumsum(-1) == 1)


@wrong("6.10", "Everything along the axis document has the right values of the first")
def one_text(tokens):
    return targets(tokens[:1]).expand(len(tokens), -1, -1)


wrong_value("6.3", "negative", -0.1203, "The size is right, and the sign is not")
wrong_value("6.3", "squared twice", 0.01447**2, UNSAID)
wrong_value("6.3", "in degrees", 83.09, UNSAID)
wrong_value(
    "6.3", "two digits", 0.12, "Right as far as it goes, and rounded too much: more digits, or an exact formula"
)
wrong_value("6.11", "from above", 7.0, UNSAID)
wrong_value("6.11", "complement", 8 / 7, "That is what is missing to 1: one minus the right number")
