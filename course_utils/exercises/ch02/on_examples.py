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


def row_by_row(W, b, train, test):
    """The right answer in plain loops over numbers, with none of the functions above."""

    def hidden(model, row):
        return [sum(w * x for w, x in zip(weights, row)) for weights in model]

    def of(model, bias, rows):
        total = 0.0
        for row in rows:
            h = hidden(model, row)
            for i, value in enumerate(row):
                out = bias[i] + sum(weights[i] * part for weights, part in zip(model, h))
                total += (max(out, 0.0) - value) ** 2
        return total / len(rows)

    def uneven(model, rows):
        hs, shares = [hidden(model, row) for row in rows], []
        for h in hs:
            square = sum(a * a for a in h)
            heard = sum(sum(a * b for a, b in zip(h, other)) ** 2 for other in hs)
            shares.append(square**2 / heard if heard > 0 else 0.0)
        mean = sum(shares) / len(shares)
        return (sum((D - mean) ** 2 for D in shares) / len(shares)) ** 0.5 / mean

    models = list(zip(W.tolist(), b.tolist(), [rows.tolist() for rows in train]))
    seen = torch.tensor([of(*model) for model in models])
    unseen = torch.tensor([of(model, bias, test.tolist()) for model, bias, _ in models])
    return seen, unseen, torch.tensor([uneven(model, x) for model, _, x in models])
