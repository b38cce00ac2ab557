"""Chapter 0: directions, readings, rotations, logits."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value

wrong_value("0.1", "wrong sign", -13.0, UNSAID)
wrong_value("0.1", "as text", "13", UNSAID)
wrong_value("0.1", "rounded", 13.2, UNSAID)
wrong_value("0.1", "half", 6.5, UNSAID)


@wrong("0.2", UNSAID)
def divided_by_dimensions(h, W):
    return (h @ W) / h.shape[1]


@wrong("0.2", UNSAID)
def minus(h, W):
    return -(h @ W)


@wrong("0.2", UNSAID)
def sizes(h, W):
    return (h @ W).abs()


@wrong("0.2", UNSAID)
def softmaxed(h, W):
    return (h @ W).softmax(-1)


@wrong("0.2", UNSAID)
def norm_of_h_taken_off(h, W):
    return (h / h.norm(dim=1, keepdim=True)) @ W


@wrong("0.2", UNSAID)
def first_only(h, W):
    return (h @ W[:, :1]).expand(-1, W.shape[1])


@wrong("0.2", UNSAID)
def summed_over_features(h, W):
    return (h @ W).sum(-1)


@wrong("0.2", UNSAID)
def elementwise(h, W):
    return h[:, :, None] * W[None]


@wrong("0.2", UNSAID)
def rounded(h, W):
    return torch.round(h @ W, decimals=2)


@wrong("0.3", UNSAID)
def halved(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)) / 2


@wrong("0.3", UNSAID)
def averaged(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)) / (x.shape[1] - 1)


@wrong("0.3", UNSAID)
def sign_turned(x, W):
    return x * (W**2).sum(0) - x @ W.T @ W


@wrong("0.3", UNSAID)
def own_length_without_x(x, W):
    return x @ W.T @ W - (W**2).sum(0)


@wrong("0.3", UNSAID)
def own_part_twice(x, W):
    return x @ W.T @ W - 2 * x * (W**2).sum(0)


@wrong("0.3", UNSAID)
def only_positive(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)).relu()


@wrong("0.3", UNSAID)
def relu_of_x(x, W):
    x = x.relu()
    return x @ W.T @ W - x * (W**2).sum(0)


@wrong("0.3", UNSAID)
def lower_half(x, W):
    gram = (W.T @ W).triu(1)
    return x @ gram


@wrong("0.4", UNSAID)
def twice_rotated(x, W, R, relu):
    turned = R @ R @ W
    h = x @ turned.T
    return (h.relu() if relu else h) @ turned


@wrong("0.4", UNSAID)
def not_rotated(x, W, R, relu):
    h = x @ W.T
    return (h.relu() if relu else h) @ W


@wrong("0.4", UNSAID)
def absolute(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (h.abs() if relu else h) @ turned


@wrong("0.4", UNSAID)
def negative_half(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (-(-h).relu() if relu else h) @ turned


@wrong("0.4", UNSAID)
def relu_inverted(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (h if relu else h.relu()) @ turned


@wrong("0.4", UNSAID)
def stops_at_h(x, W, R, relu):
    h = x @ (R @ W).T
    return h.relu() if relu else h


@wrong("0.6", UNSAID)
def sum_of_logits(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word] + logits[rows, other]


@wrong("0.6", UNSAID)
def last_but_one(final, W_U, b_U, word, other):
    logits = final[:, -2] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word] - logits[rows, other]


@wrong("0.6", UNSAID)
def bias_twice(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + 2 * b_U
    rows = torch.arange(len(word))
    return logits[rows, word] - logits[rows, other]


@wrong("0.6", UNSAID)
def counted_from_one(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word - 1] - logits[rows, other - 1]


@wrong("0.6", UNSAID)
def only_the_word(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    return logits[torch.arange(len(word)), word]


@wrong("0.6", UNSAID)
def log_probabilities_of_the_word(final, W_U, b_U, word, other):
    logits = (final[:, -1] @ W_U + b_U).log_softmax(-1)
    return logits[torch.arange(len(word)), word]


@wrong("0.6", UNSAID)
def absolute_difference(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return (logits[rows, word] - logits[rows, other]).abs()


@wrong("0.6", UNSAID)
def all_positions(final, W_U, b_U, word, other):
    logits = final @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, :, word] - logits[rows, :, other]


@wrong("0.6", UNSAID)
def the_mean_of_all(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return (logits[rows, word] - logits[rows, other]).mean()
