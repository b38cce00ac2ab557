"""What 2.11 is made of: errors of a model on examples, and how they share its room, with places for slips."""

import torch

from course_utils import toy


def squared(W, b, rows, relu=True, bias=True, over=torch.sum):
    """Error of one model: the square summed over features, averaged over rows."""
    out = rows @ W.T @ W + (b if bias else 0)
    return over(((out.relu() if relu else out) - rows) ** 2, dim=-1).mean()


def off_by(W, b, rows):
    return (rows @ W.T @ W + b).relu() - rows


def relative_spread(D):
    """Standard deviation over mean, 0 if all are alike."""
    return D.std(correction=0) / D.mean()


def of_examples(W, rows):
    """D of each example: of the columns of h = W xᵀ."""
    return toy.feature_dimensionality(W @ rows.T)


def unevenness(W, rows):
    return relative_spread(of_examples(W, rows))


def from_D(number):
    """Something else than the relative spread, of the examples' D."""
    return lambda W, rows: number(of_examples(W, rows))


def curves(W, b, train, test, error=squared, uneven=unevenness):
    seen = [error(W[k], b[k], rows) for k, rows in enumerate(train)]
    unseen = [error(W[k], b[k], test) for k in range(len(W))]
    return torch.stack(seen), torch.stack(unseen), torch.stack([uneven(W[k], rows) for k, rows in enumerate(train)])
