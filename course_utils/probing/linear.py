"""Logistic probes of all neurons, and what those of a few are made of."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

KEPT = 0.05  # of the rows where no feature holds; they count 1 / KEPT times, so that the loss stays unbiased


class Probe(NamedTuple):
    """A score for each feature, linear in the activations."""

    weight: Float[Tensor, "neuron feature"]  # on the activations as they are
    bias: Float[Tensor, " feature"]

    def scores(self, acts: Float[Tensor, "position neuron"]) -> Float[Tensor, "position feature"]:
        """The log-odds that each feature holds, as the probe sees them."""
        return acts @ self.weight + self.bias


class Rows(NamedTuple):
    """The rows a probe is fitted to, each counting ``count`` times."""

    acts: Float[Tensor, "row neuron"]
    labels: Float[Tensor, "row feature"]
    count: Float[Tensor, " row"]


def thin(acts: Float[Tensor, "position neuron"], labels: Bool[Tensor, "position feature"], seed: int) -> Rows:
    """Every row where a feature holds, and some of the others, which count for those left out."""
    holds = labels.any(1)
    kept = holds | (torch.rand(len(labels), generator=torch.Generator().manual_seed(seed)) < KEPT)
    return Rows(acts[kept], labels[kept].float(), torch.where(holds[kept], 1.0, 1 / KEPT))


def fit_dense(
    acts: Float[Tensor, "position neuron"], labels: Bool[Tensor, "position feature"], *, seed: int = 0, steps: int = 60
) -> Probe:
    """Logistic regression of every feature on all neurons, for features that hold in a small share of the rows.

    Minimises the summed cross-entropy plus half the squared norm of the weights on whitened activations, by L-BFGS.

    Args:
        seed: which of the rows without any feature are used (``KEPT`` of them).
        steps: at most so many of L-BFGS.
    """
    rows = thin(acts, labels, seed)
    mean, whiten = _whitening(rows)
    x = (rows.acts - mean) @ whiten
    weight = torch.zeros(x.shape[1], labels.shape[1], requires_grad=True)
    bias = log_odds(rows).requires_grad_()
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=steps, history_size=10, line_search_fn="strong_wolfe")
    total = float(rows.labels.sum().clamp(min=1))  # keeps the numbers near 1, whatever the number of rows

    def closure() -> Tensor:
        optimiser.zero_grad()
        entropy = F.binary_cross_entropy_with_logits(
            x @ weight + bias, rows.labels, rows.count[:, None], reduction="sum"
        )
        loss = (entropy + weight.square().sum() / 2) / total
        loss.backward()
        return loss

    optimiser.step(closure)
    direction = whiten @ weight.detach()
    return Probe(direction, bias.detach() - mean @ direction)


def newton(
    x: Float[Tensor, "row column"], y: Float[Tensor, " row"], count: Float[Tensor, " row"], intercept: float
) -> Float[Tensor, " column"]:
    """Logistic regression with half the squared norm as penalty; the last column of ``x`` is ones, its weight free."""
    penalty = torch.ones(x.shape[1])
    penalty[-1] = 0
    at = torch.zeros(x.shape[1])
    at[-1] = intercept

    def loss(w: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(x @ w, y, count, reduction="sum") + (penalty * w * w).sum() / 2

    now = loss(at)
    for _ in range(20):
        p = torch.sigmoid(x @ at)
        gradient = x.T @ (count * (p - y)) + penalty * at
        curvature = (x * (count * p * (1 - p))[:, None]).T @ x + torch.diag(penalty) + 1e-6 * torch.eye(x.shape[1])
        step, size = torch.linalg.solve(curvature, gradient), 1.0
        while (then := loss(at - size * step)) > now and size > 1e-3:
            size /= 2
        if now - then < 1e-4 * now:
            break
        at, now = at - size * step, then
    return at


def log_odds(rows: Rows) -> Float[Tensor, " feature"]:
    """Of the base rates: where a probe that knows nothing stands."""
    rate = (rows.labels * rows.count[:, None]).sum(0) / rows.count.sum()
    return torch.logit(rate.clamp(1e-6, 1 - 1e-6))


def moments(rows: Rows) -> tuple[Float[Tensor, " neuron"], Float[Tensor, " neuron"]]:
    """Mean and deviation of each neuron; a neuron that never moves gets deviation 1."""
    share = rows.count / rows.count.sum()
    mean = share @ rows.acts
    deviation = (share @ (rows.acts - mean).square()).sqrt()
    return mean, torch.where(deviation > 1e-6, deviation, 1.0)


def _whitening(rows: Rows) -> tuple[Float[Tensor, " neuron"], Float[Tensor, "neuron direction"]]:
    """The mean, and the matrix that gives activations unit covariance; directions without variance are left out."""
    share = rows.count / rows.count.sum()
    mean = share @ rows.acts
    x = (rows.acts - mean).double()
    values, vectors = torch.linalg.eigh((x * share.double()[:, None]).T @ x)
    kept = values > 1e-8 * values[-1]
    return mean, (vectors[:, kept] / values[kept].sqrt()).float()
