"""Chapter 0: directions, readings, rotations, logits."""

import torch

from tests.checking.corpus import UNSAID, wrong, wrong_value

wrong_value("0.1", "wrong sign", -13.0, "The size is right, and the sign is not")
wrong_value("0.1", "as text", "13", "Expected a number, got text: a number without quotes")
wrong_value("0.1", "rounded", 13.2, "Very close (within 2 %): more digits, or an exact formula")
wrong_value("0.1", "half", 6.5, "That is half of the right number: is something left out?")


@wrong("0.2", "Every value is 3× too small, and 3 is the size of the axis hidden")
def divided_by_dimensions(h, W):
    return (h @ W) / h.shape[1]


@wrong("0.2", "Every value has the right size and the wrong sign")
def minus(h, W):
    return -(h @ W)


@wrong("0.2", "Every value has the right size, and those below zero lost their sign")
def sizes(h, W):
    return (h @ W).abs()


@wrong("0.2", "Your values are the softmax of the right ones over the axis feature")
def softmaxed(h, W):
    return (h @ W).softmax(-1)


@wrong("0.2", "right if `h` were brought to length 1 along hidden")
def norm_of_h_taken_off(h, W):
    return (h / h.norm(dim=1, keepdim=True)) @ W


@wrong("0.2", "Everything along the axis feature has the right values of the first")
def first_only(h, W):
    return (h @ W[:, :1]).expand(-1, W.shape[1])


@wrong("0.2", "Your values are the sum of the right ones over the axis feature")
def summed_over_features(h, W):
    return (h @ W).sum(-1)


@wrong("0.2", "One step is missing: the sum of your values over axis 1 is right (counted from 0)")
def elementwise(h, W):
    return h[:, :, None] * W[None]


@wrong("0.2", "Your values are the right ones, rounded to two digits after the point")
def rounded(h, W):
    return torch.round(h @ W, decimals=2)


@wrong("0.3", "Every value is half of the right one")
def halved(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)) / 2


@wrong("0.3", "Every value is 2× too small, and 3 is the size of the axis feature")
def averaged(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)) / (x.shape[1] - 1)


@wrong("0.3", "Every value has the right size and the wrong sign")
def sign_turned(x, W):
    return x * (W**2).sum(0) - x @ W.T @ W


@wrong(
    "0.3",
    "Every value is off by exactly `x` times the squared norm of `W` over hidden minus the squared norm of `W` over",
)
def own_length_without_x(x, W):
    return x @ W.T @ W - (W**2).sum(0)


@wrong("0.3", "Every value is too small by exactly `x` times the squared norm of `W` over hidden")
def own_part_twice(x, W):
    return x @ W.T @ W - 2 * x * (W**2).sum(0)


@wrong("0.3", "Your values are the ReLU of the right ones")
def only_positive(x, W):
    return (x @ W.T @ W - x * (W**2).sum(0)).relu()


@wrong("0.3", "right if `x` were cut off below 0")
def relu_of_x(x, W):
    x = x.relu()
    return x @ W.T @ W - x * (W**2).sum(0)


@wrong("0.3", "wrong only before the last place of the axis feature")
def lower_half(x, W):
    gram = (W.T @ W).triu(1)
    return x @ gram


@wrong("0.4", UNSAID)
def twice_rotated(x, W, R, relu):
    turned = R @ R @ W
    h = x @ turned.T
    return (h.relu() if relu else h) @ turned


@wrong("0.4", "On these inputs your answer stayed the same whatever was done to `R`, and the right one doesn't")
def not_rotated(x, W, R, relu):
    h = x @ W.T
    return (h.relu() if relu else h) @ W


@wrong("0.4", UNSAID)
def absolute(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (h.abs() if relu else h) @ turned


@wrong("0.4", "right if `W` were negative (the other sign everywhere)")
def negative_half(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (-(-h).relu() if relu else h) @ turned


@wrong("0.4", "right if `relu` were the other way round")
def relu_inverted(x, W, R, relu):
    turned = R @ W
    h = x @ turned.T
    return (h if relu else h.relu()) @ turned


@wrong("0.4", "By its sizes, yours looks like [3 batch, 2 hidden]")
def stops_at_h(x, W, R, relu):
    h = x @ (R @ W).T
    return h.relu() if relu else h


@wrong("0.6", "swapping the two words flips the sign")
def sum_of_logits(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word] + logits[rows, other]


@wrong("0.6", "right if `final` were moved on by one place along position")
def last_but_one(final, W_U, b_U, word, other):
    logits = final[:, -2] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word] - logits[rows, other]


@wrong("0.6", "right if `b_U` were twice as large")
def bias_twice(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + 2 * b_U
    rows = torch.arange(len(word))
    return logits[rows, word] - logits[rows, other]


@wrong("0.6", "right answer once `word` and `other` are 1 larger everywhere")
def counted_from_one(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, word - 1] - logits[rows, other - 1]


@wrong("0.6", "On these inputs your answer stayed the same whatever was done to `other`, and the right one doesn't")
def only_the_word(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    return logits[torch.arange(len(word)), word]


@wrong("0.6", "On these inputs your answer stayed the same whatever was done to `other`, and the right one doesn't")
def log_probabilities_of_the_word(final, W_U, b_U, word, other):
    logits = (final[:, -1] @ W_U + b_U).log_softmax(-1)
    return logits[torch.arange(len(word)), word]


@wrong("0.6", "Every value has the right size, and those below zero lost their sign")
def absolute_difference(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return (logits[rows, word] - logits[rows, other]).abs()


@wrong("0.6", "Of your values along axis 1 (counted from 0) only the last ones are wanted")
def all_positions(final, W_U, b_U, word, other):
    logits = final @ W_U + b_U
    rows = torch.arange(len(word))
    return logits[rows, :, word] - logits[rows, :, other]


@wrong("0.6", "Your values are the mean of the right ones over the axis prompt")
def the_mean_of_all(final, W_U, b_U, word, other):
    logits = final[:, -1] @ W_U + b_U
    rows = torch.arange(len(word))
    return (logits[rows, word] - logits[rows, other]).mean()
