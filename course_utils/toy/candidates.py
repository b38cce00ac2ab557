"""Closed forms for the phase diagram (Elhage et al. 2022, section 3): what each way of storing features would lose.

With one dimension fewer than features there are few sensible ways: drop one feature and predict it by its mean, or
keep all, two of them in opposite directions of one dimension. The best of them, for an importance and a density, is the
phase that training should find.

The expected loss of a given ``W`` and ``b`` is exact (`expected`).

An antipodal pair has two equally long directions here. Let loose, the lengths of a pair of unequal importance drift
apart, in dense data as far as dropping one: training may so lose a few per cent less than the best candidate near a
boundary.
"""

from itertools import combinations
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.toy.expected import expected_loss
from course_utils.toy.sampling import check_density

TIE = 1e-4  # relative difference of losses below which two candidates are as good
LIKE = 0.9  # least cosine between two WᵀW that are called alike
NONE = -1  # what `classify` calls weights that are like no candidate


class Candidates(NamedTuple):
    """Ways of storing the features, each with its best weights and biases at every point of a grid."""

    names: tuple[str, ...]
    loss: Float[Tensor, "candidate *grid"]
    W: Float[Tensor, "candidate *grid hidden feature"]
    b: Float[Tensor, "candidate *grid feature"]

    @property
    def best(self) -> Int[Tensor, "*grid"]:
        """Number of the candidate with the smallest loss."""
        return self.loss.argmin(dim=0)

    @property
    def excess(self) -> Float[Tensor, "candidate *grid"]:
        """How much more than the best each candidate loses, relative to the best: 0 for the best."""
        return self.loss / self.loss.amin(dim=0) - 1

    @property
    def margin(self) -> Float[Tensor, "*grid"]:
        """Excess of the next best candidate: near 0 at a boundary between phases.

        Features of equal importance can swap places, which makes ties; a tie is no boundary and doesn't count.
        """
        return torch.where(self.excess > TIE, self.excess, torch.inf).amin(dim=0)

    def agrees(self, found: Int[Tensor, "*grid"]) -> Bool[Tensor, "*grid"]:
        """Whether ``found``, from ``classify``, is the best candidate or tied with it; "none of these" never is."""
        return (self.excess.gather(0, found.clamp_min(0).unsqueeze(0)).squeeze(0) <= TIE) & (found != NONE)


def candidates(
    n_features: int, importance: float | Float[Tensor, "*grid feature"], density: float | Float[Tensor, "*grid"]
) -> Candidates:
    """The candidates for ``n_features`` in ``n_features − 1`` dimensions, ReLU output; losses as ``weighted_mse``.

    >>> density = torch.logspace(-2, 0, 10)[:, None]                                        # [10, 1]
    >>> importance = torch.stack([torch.ones(10), torch.logspace(-1, 1, 10)], dim=-1)       # [10, 2]
    >>> candidates(2, importance, density).best.shape
    torch.Size([10, 10])

    Args:
        n_features: 2 or 3.
        importance: of each feature, in the last dimension; a number means all alike.
        density: of all features; broadcasts against ``importance`` without its last dimension.

    Raises:
        ValueError: another ``n_features``, importances not above 0, densities outside (0, 1].
    """
    if n_features not in (2, 3):
        raise ValueError(f"candidates are known for 2 or 3 features, not {n_features}")
    importance = torch.as_tensor(importance, dtype=torch.float64)
    if importance.ndim and importance.shape[-1] != n_features:
        raise ValueError(f"importance has {importance.shape[-1]} features in its last dimension, not {n_features}")
    if not (importance > 0).all():
        raise ValueError("importance must be above 0: with 0 the best weights are not determined")
    density = torch.as_tensor(density, dtype=torch.float64)
    check_density(density, zero=False)
    importance = importance.expand(n_features) if importance.ndim == 0 else importance
    grid = torch.broadcast_shapes(importance.shape[:-1], density.shape)
    importance, density = importance.expand(*grid, n_features), density.expand(grid)

    found = [_without(dropped, importance, density) for dropped in reversed(range(n_features))]
    found += [_with_pair(pair, importance, density) for pair in combinations(range(n_features), 2)]
    losses, weights, biases = zip(*found, strict=True)
    stacks = (torch.stack(parts).float() for parts in (losses, weights, biases))
    return Candidates(_names(n_features), *stacks)


def classify(W: Float[Tensor, "*grid hidden feature"]) -> Int[Tensor, "*grid"]:
    """Number of the candidate that a trained ``W`` is most like, as ``candidates`` counts them; −1: none of these.

    Alike means the greatest cosine between the two ``WᵀW``, which a rotation of the hidden space doesn't change. It has
    to be above 0.9. Of two opposite arrows the shorter one then is less than a third as long as the other (dropped) or
    more than half as long (a pair); between that, ``W`` is neither.

    >>> classify(torch.tensor([[[1.0, -0.2]], [[1.0, -0.4]], [[1.0, -0.6]]]))
    tensor([ 0, -1,  2])

    Raises:
        ValueError: not 2 features in 1 dimension or 3 in 2.
    """
    n_hidden, n_features = W.shape[-2:]
    if (n_features, n_hidden) not in ((2, 1), (3, 2)):
        raise ValueError(
            f"candidates are known for 2 features in 1 dimension and 3 in 2, not {n_features} in {n_hidden}"
        )
    patterns = torch.stack([V.mT @ V for V in _patterns(n_features)]).to(W).flatten(1)
    overlaps = (W.mT @ W).flatten(-2)
    along = overlaps @ (patterns / patterns.norm(dim=1, keepdim=True)).mT
    return torch.where(along.amax(-1) > LIKE * overlaps.norm(dim=-1), along.argmax(-1), NONE)


def _without(dropped: int, importance: Tensor, density: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All but one feature have a dimension each and lose nothing; the bias predicts the mean of the dropped one."""
    n_features = importance.shape[-1]
    W = torch.zeros(*density.shape, n_features - 1, n_features, dtype=torch.float64)
    W[...] = _patterns(n_features)[n_features - 1 - dropped]
    b = torch.zeros_like(importance)
    b[..., dropped] = density / 2
    variance = density / 3 - density**2 / 4
    return importance[..., dropped] * variance / n_features, W, b


def _with_pair(pair: tuple[int, int], importance: Tensor, density: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Two features in opposite directions of one dimension; a third, if any, has the other and loses nothing."""
    n_features = importance.shape[-1]
    where = list(pair)
    densities, cell = density.unique(return_inverse=True)
    loss, length, bias = (value[cell] for value in _best_pair(densities))
    W = torch.zeros(*density.shape, n_features - 1, n_features, dtype=torch.float64)
    W[...] = _patterns(n_features)[n_features + list(combinations(range(n_features), 2)).index(pair)]
    W[..., where] *= length[..., None, None]
    b = torch.zeros_like(importance)
    b[..., where] = bias.unsqueeze(-1)
    return loss * importance[..., where].sum(-1) / n_features, W, b


def _best_pair(density: Float[Tensor, "cell"]) -> tuple[Tensor, Tensor, Tensor]:
    """Smallest squared error of either feature of a pair, with the length and bias that have it.

    Both features have the same error, so the best length and bias depend on nothing but the density. The search looks
    at a grid of them and narrows it around the best, again and again.
    """
    squared_length, bias = torch.ones_like(density), torch.zeros_like(density)
    across = torch.linspace(-1, 1, 21, dtype=torch.float64)
    cells = torch.arange(len(density))
    for narrowing in range(16):
        width = 0.6 * 0.4**narrowing
        tried, shifts = torch.broadcast_tensors(
            squared_length[:, None, None] + width * across[:, None], bias[:, None, None] + width * across
        )
        length = tried.sqrt()
        W = torch.stack([length, -length], dim=-1).unsqueeze(-2)
        b = torch.stack([shifts, shifts], dim=-1)
        ones = torch.ones(2, dtype=torch.float64)
        loss = expected_loss(W, b, ones, density[:, None, None]).flatten(1)
        lowest = loss.argmin(1)
        squared_length, bias = tried.flatten(1)[cells, lowest], shifts.flatten(1)[cells, lowest]
    return loss[cells, lowest], squared_length.sqrt(), bias


def _patterns(n_features: int) -> list[Tensor]:
    """Each candidate's directions, ``[hidden, feature]``, in the order of ``candidates``."""
    if n_features == 2:
        rows = [[[1, 0]], [[0, 1]], [[1, -1]]]
    else:
        rows = [
            [[1, 0, 0], [0, 1, 0]],
            [[1, 0, 0], [0, 0, 1]],
            [[0, 1, 0], [0, 0, 1]],
            [[1, -1, 0], [0, 0, 1]],
            [[1, 0, -1], [0, 1, 0]],
            [[0, 1, -1], [1, 0, 0]],
        ]
    return [torch.tensor(row, dtype=torch.float64) for row in rows]


def _names(n_features: int) -> tuple[str, ...]:
    if n_features == 2:
        return "only feature 1", "only feature 2", "antipodal pair"
    dropped = tuple(f"drops feature {i}" for i in (3, 2, 1))
    return *dropped, *(f"antipodal pair {i} and {j}" for i, j in ((1, 2), (1, 3), (2, 3)))
