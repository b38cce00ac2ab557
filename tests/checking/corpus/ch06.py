"""Chapter 6: inside a small language model."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value


def losses(logits, tokens):
    return -logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)


@wrong("6.2", UNSAID)
def perplexities(logits, tokens):
    return losses(logits, tokens).exp()


@wrong("6.2", UNSAID)
def to_base_ten(logits, tokens):
    return losses(logits, tokens) / torch.tensor(10.0).log()


@wrong("6.2", UNSAID)
def summed_up(logits, tokens):
    return losses(logits, tokens).cumsum(1)


@wrong("6.2", UNSAID)
def mean_of_each_text(logits, tokens):
    return losses(logits, tokens).mean(1)


@wrong("6.2", UNSAID)
def the_same_for_every_piece(logits, tokens):
    return losses(logits, tokens).mean(1, keepdim=True).expand(-1, tokens.shape[1] - 1)


@wrong("6.2", UNSAID)
def best_guess(logits, tokens):
    return -logits.log_softmax(-1)[:, :-1].amax(-1)


@wrong("6.2", UNSAID)
def one_minus_probability(logits, tokens):
    return 1 - (-losses(logits, tokens)).exp()


@wrong("6.2", UNSAID)
def last_one_missing(logits, tokens):
    return losses(logits, tokens)[:, :-1]


@wrong("6.2", UNSAID)
def a_zero_in_front(logits, tokens):
    return torch.cat([torch.zeros(len(tokens), 1), losses(logits, tokens)], 1)


@wrong("6.2", UNSAID)
def entropy(logits, tokens):
    p = logits.softmax(-1)[:, :-1]
    return -(p * p.clamp_min(1e-30).log()).sum(-1)


@wrong("6.2", UNSAID)
def of_the_first_text(logits, tokens):
    return losses(logits, tokens[:1].expand_as(tokens))


def on_target(pattern, target):
    return torch.einsum("dhqk,dqk->h", pattern, target.float()) / target.any(-1).sum()


@wrong("6.5", UNSAID)
def sums(pattern, target):
    return torch.einsum("dhqk,dqk->h", pattern, target.float())


@wrong("6.5", UNSAID)
def off_target(pattern, target):
    return 1 - on_target(pattern, target)


@wrong("6.5", UNSAID)
def not_on_target(pattern, target):
    return on_target(pattern, ~target)


@wrong("6.5", UNSAID)
def in_percent(pattern, target):
    return 100 * on_target(pattern, target)


@wrong("6.5", UNSAID)
def one_score(pattern, target):
    return on_target(pattern, target).mean()


@wrong("6.5", UNSAID)
def first_text_only(pattern, target):
    return on_target(pattern[:1], target[:1])


@wrong("6.5", UNSAID)
def share_of_queries(pattern, target):
    best = torch.nn.functional.one_hot(pattern.argmax(-1), pattern.shape[-1])
    return torch.einsum("dhqk,dqk->h", best.float(), target.float()) / target.any(-1).sum()


@wrong("6.5", UNSAID)
def the_largest_score_everywhere(pattern, target):
    return on_target(pattern, target).amax().expand(pattern.shape[1])


def effects(parts, scale, direction):
    return ((parts - parts.mean(-1, keepdim=True)) * direction).sum(-1) / scale


@wrong("6.6", UNSAID)
def scale_squared(parts, scale, direction):
    return effects(parts, scale**2, direction)


@wrong("6.6", UNSAID)
def root_of_the_scale(parts, scale, direction):
    return effects(parts, scale.sqrt(), direction)


@wrong("6.6", UNSAID)
def averaged_over_dimensions(parts, scale, direction):
    return effects(parts, scale, direction) / parts.shape[-1]


@wrong("6.6", UNSAID)
def centred_over_texts(parts, scale, direction):
    return ((parts - parts.mean(1, keepdim=True)) * direction).sum(-1) / scale


@wrong("6.6", UNSAID)
def cumulative(parts, scale, direction):
    return effects(parts, scale, direction).cumsum(0)


@wrong("6.6", UNSAID)
def cosine(parts, scale, direction):
    centred = parts - parts.mean(-1, keepdim=True)
    return torch.cosine_similarity(centred, direction, dim=-1)


@wrong("6.6", UNSAID)
def total_only(parts, scale, direction):
    return effects(parts, scale, direction).sum(0)


@wrong("6.6", UNSAID)
def texts_first(parts, scale, direction):
    return effects(parts, scale, direction).T


@wrong("6.6", UNSAID)
def first_text_s_scale(parts, scale, direction):
    return effects(parts, scale[:1], direction)


def patched(own, other, position, head):
    result = own.clone()
    result[:, position, head] = other[:, position, head]
    return result


@wrong("6.7", UNSAID)
def one_position_on(own, other, position, head):
    return patched(own, other, (position + 1) % own.shape[1], head)


@wrong("6.7", UNSAID)
def zeroed(own, other, position, head):
    result = own.clone()
    result[:, position, head] = 0
    return result


@wrong("6.7", UNSAID)
def up_to_the_position(own, other, position, head):
    result = own.clone()
    result[:, : position + 1, head] = other[:, : position + 1, head]
    return result


@wrong("6.7", UNSAID)
def nothing_done(own, other, position, head):
    return own.clone()


@wrong("6.7", UNSAID)
def difference(own, other, position, head):
    result = own.clone()
    result[:, position, head] = other[:, position, head] - own[:, position, head]
    return result


@wrong("6.7", UNSAID)
def all_but_the_head(own, other, position, head):
    result = other.clone()
    result[:, position, head] = own[:, position, head]
    return result


@wrong("6.7", UNSAID)
def first_head_always(own, other, position, head):
    return patched(own, other, position, 0)


def ablated(values, head):
    result = values.clone()
    result[:, :, head] = values[:, :, head].mean((0, 1))
    return result


@wrong("6.9", UNSAID)
def median(values, head):
    result = values.clone()
    result[:, :, head] = values[:, :, head].flatten(0, 1).median(0).values
    return result


@wrong("6.9", UNSAID)
def next_head(values, head):
    return ablated(values, (head + 1) % values.shape[2])


@wrong("6.9", UNSAID)
def untouched(values, head):
    return values.clone()


@wrong("6.9", UNSAID)
def negated(values, head):
    result = values.clone()
    result[:, :, head] *= -1
    return result


@wrong("6.9", UNSAID)
def first_text_only_ablated(values, head):
    result = values.clone()
    result[0] = ablated(values, head)[0]
    return result


@wrong("6.9", UNSAID)
def all_but_one(values, head):
    result = values.mean((0, 1), keepdim=True).expand_as(values).clone()
    result[:, :, head] = values[:, :, head]
    return result


def targets(tokens):
    same = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(same)
    target[:, :, 1:] = same[:, :, :-1]
    return target.tril()


@wrong("6.10", UNSAID)
def everything_but(tokens):
    return ~targets(tokens)


@wrong("6.10", UNSAID)
def two_on(tokens):
    same = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(same)
    target[:, :, 2:] = same[:, :, :-2]
    return target.tril()


@wrong("6.10", UNSAID)
def any_earlier(tokens):
    n = tokens.shape[1]
    return torch.ones(len(tokens), n, n, dtype=torch.bool).tril()


@wrong("6.10", UNSAID)
def nothing_at_all(tokens):
    return torch.zeros_like(targets(tokens))


@wrong("6.10", UNSAID)
def as_numbers(tokens):
    return targets(tokens).float()


@wrong("6.10", UNSAID)
def first_copy_only(tokens):
    target = targets(tokens)
    return target & (target.cumsum(-1) == 1)


@wrong("6.10", UNSAID)
def one_text(tokens):
    return targets(tokens[:1]).expand(len(tokens), -1, -1)


wrong_value("6.3", "negative", -0.1203, UNSAID)
wrong_value("6.3", "squared twice", 0.01447**2, UNSAID)
wrong_value("6.3", "in degrees", 83.09, UNSAID)
wrong_value("6.3", "two digits", 0.12, UNSAID)
wrong_value("6.11", "a list", [-1 / 7], UNSAID)
wrong_value("6.11", "from above", 7.0, UNSAID)
wrong_value("6.11", "complement", 8 / 7, UNSAID)
