"""A one-layer model in which something stands in the place of its neurons, and what that costs: for exercise 10.2."""

import torch
from torch.nn import functional as F


def said(mid, neurons, rest):
    """The logits of a one-layer model."""
    W_out, b_out, W_U, b_U, eps = rest
    stream = mid + neurons @ W_out + b_out
    stream = stream - stream.mean(-1, keepdim=True)
    return stream / (stream.square().mean(-1, keepdim=True) + eps).sqrt() @ W_U + b_U


def versions(neurons, x_hat):
    return neurons, x_hat, torch.zeros_like(neurons), neurons.mean(0).expand_as(neurons)


def ending(norm):
    """The four losses and both shares, with another norm at the end of the model: of the stream and eps."""

    def answer(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U, eps = rest
        logits = [norm(mid + n @ W_out + b_out, eps) @ W_U + b_U for n in versions(neurons, x_hat)]
        losses = torch.stack([F.cross_entropy(each, target) for each in logits])
        return losses, torch.stack([(a - losses[1]) / (a - losses[0]) for a in losses[2:]])

    return answer


def centred(stream, dim=-1):
    return stream - stream.mean(dim, keepdim=True)


def root_mean_square(stream, eps):
    return (stream.square().mean(-1, keepdim=True) + eps).sqrt()


def report(mid, neurons, x_hat, target, rest, swap=versions, loss=F.cross_entropy):
    losses = torch.stack([loss(said(mid, n, rest), target) for n in swap(neurons, x_hat)])
    clean, spliced, *ablated = losses
    return losses, torch.stack([(a - spliced) / (a - clean) for a in ablated])
